"""The API DSN of Net-Entreprises: client, errors, and a stand-in server (bouchon). Knows nothing of Django."""
