"""What comes back for a deposit: read from the file itself, so that the same bytes always bring the same returns."""
