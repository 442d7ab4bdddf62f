"""One more database beside the installation's own, for this thread and for as long as a block lasts."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.utils import ConnectionHandler


@contextmanager
def connected(prefix: str, settings: dict[str, Any]) -> Iterator[str]:
    """Give a database an alias of its own (`prefix` and some letters); `settings` as in DATABASES."""
    alias = f"{prefix}-{secrets.token_hex(4)}"
    connections[alias] = ConnectionHandler({"default": {}, alias: settings})[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
