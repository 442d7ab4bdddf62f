"""What a bureau keeps: dossiers, employers, employees, contracts and their monthly history."""
