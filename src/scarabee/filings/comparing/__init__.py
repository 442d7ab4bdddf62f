"""A monthly declaration compared with the dossier and with last month, before it is deposited (design §5)."""
