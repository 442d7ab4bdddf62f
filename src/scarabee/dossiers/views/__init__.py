"""Pages of the dossiers: thin doors to the selectors and services."""
