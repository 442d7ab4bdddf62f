"""The database, from DATABASE_URL when it names PostgreSQL, else SQLite in the data folder."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_START = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA secure_delete=ON;
PRAGMA cache_size=-24576;
PRAGMA temp_store=MEMORY;
"""
LOCK_TIMEOUT_SECONDS = 60


def sqlite(path: Path | str) -> dict[str, Any]:
    """SQLite, one writer at a time, nothing lost on a power cut, deleted rows overwritten."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_TIMEOUT_SECONDS,
            "init_command": SQLITE_START,
        },
    }


def from_url(url: str) -> dict[str, Any]:
    """PostgreSQL from postgres://user:password@host:port/name?option=value.

    Raises ImproperlyConfigured for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL doit commencer par postgresql:// ; sans cette variable, Scarabée utilise SQLite."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
