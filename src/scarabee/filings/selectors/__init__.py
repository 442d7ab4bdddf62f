"""What the screens of deposits show."""
