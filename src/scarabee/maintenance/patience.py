"""Writing what may as well be written later: a database busy with something else is not waited for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def without_waiting() -> Iterator[None]:
    """Inside, SQLite answers "locked" (OperationalError) at once instead of waiting for its turn to write."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    usual = round(float(connection.settings_dict["OPTIONS"].get("timeout", 5)) * 1000)
    connection.connection.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {usual}")
