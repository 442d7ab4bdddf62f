"""What can be done with dossiers: one module per job, functions that take the actor first."""
