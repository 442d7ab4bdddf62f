"""What screens and commands read: each function takes the actor, and costs few queries whatever the size."""
