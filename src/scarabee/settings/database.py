"""The database, from DATABASE_URL when it names PostgreSQL, else SQLite in the data folder."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_START = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA secure_delete=ON;
PRAGMA cache_size=-24576;
PRAGMA temp_store=MEMORY;
"""
LOCK_TIMEOUT_SECONDS = 60
CONNECT_SECONDS = 10


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
    """PostgreSQL from postgresql://user:password@host:port/name?option=value; `host` may be the folder of a socket.

    Raises ImproperlyConfigured, which never quotes the address: it holds a password.
    """
    parts, port = _split(url)
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name or "/" in name:
        raise _badly_written("il y manque le nom de la base, après la dernière barre")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **options},
    }


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise _badly_written("l’hôte ou le port n’est pas lisible") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL doit commencer par postgresql:// ; sans cette variable, Scarabée utilise SQLite."
        )
    if parts.fragment:
        raise _badly_written("elle contient un #")
    return parts, port


def _badly_written(why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"DATABASE_URL est mal écrite : {why}. Il faut postgresql://utilisateur:motdepasse@hôte:5432/base ; les signes "
        "# % / : ? @ d’un mot de passe s’y écrivent %23 %25 %2F %3A %3F %40."
    )
