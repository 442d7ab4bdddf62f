"""Plan, execute, prove, undo: the steps of a transfer (design §3)."""
