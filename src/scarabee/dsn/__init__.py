"""The DSN language in pure Python: norm tables, reading, writing, checking. Knows nothing of its callers."""
