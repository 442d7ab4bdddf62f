"""The data folder: where it is, its secret key, and the schema of its database.

This module is read by the settings themselves, so it imports nothing of Django at the top.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_dir

from scarabee import __version__
from scarabee.maintenance.lasting import replace_file
from scarabee.maintenance.locks import exclusive_lock

FOLDER_VARIABLE = "SCARABEE_DONNEES"
DATABASE_NAME = "scarabee.sqlite3"
_LOCK_NAME = "verrou"
KEY_NAME = "cle-secrete"
_SCHEMA_KEY = 5_318_008_004


def data_folder() -> Path:
    """The data folder named by SCARABEE_DONNEES, or the platform's own; made (0700) when missing.

    Raises OSError when the folder cannot be made.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or user_data_dir("scarabee", appauthor=False)).expanduser()
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the data folder: only one process at a time prepares it."""
    with exclusive_lock(folder / _LOCK_NAME):
        yield


def secret_key(folder: Path) -> str:
    """The signing key of this data folder, made once and readable by its owner alone."""
    path = folder / KEY_NAME
    if key := _read_key(path):
        return key
    with folder_lock(folder):
        if key := _read_key(path):
            return key
        key = secrets.token_urlsafe(50)
        replace_file(path, key.encode("ascii"))
        return key


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def prepare_folder() -> bool:
    """Bring the database of the data folder to the schema of this version; True when something was done.

    Every command calls it first. When the stamp kept in the database is the one of the installed migrations, one small
    query is all it costs. Otherwise one process migrates while the others wait for it, a copy of the data first (see
    upgrading). Raises Refusal when a newer version has worked on this database, or as `upgrading.bring_up_to_date`.
    """
    if is_up_to_date():
        return False
    from django.core.management import call_command

    from scarabee.maintenance import upgrading, versions

    with preparing() as found:
        if found == _wanted():
            return False
        versions.refuse_newer(found[1] if found else "")
        if versions.missing_migrations():
            if upgrading.holds_data():
                upgrading.bring_up_to_date()
            else:
                call_command("migrate", interactive=False, verbosity=0)
        stamp()
    return True


def is_up_to_date() -> bool:
    """Whether the database is stamped with the migrations and the version of this code."""
    return database_stamp() == _wanted()


@contextmanager
def preparing() -> Iterator[tuple[str, str] | None]:
    """Within it, no other process changes the schema; yields what `database_stamp` says then.

    Whoever waits here holds no place at the gate of maintenance: the one who migrates waits for it to be empty.
    """
    from django.conf import settings

    from scarabee.maintenance import gate

    with gate.stepped_aside(), folder_lock(Path(settings.DATA_FOLDER)), _schema_lock():
        yield database_stamp()


def stamp() -> None:
    """Write down that the database is of this version."""
    _store(*_wanted())
    _restrict_database_file()


def _wanted() -> tuple[str, str]:
    return migration_stamp(), __version__


@contextmanager
def _schema_lock() -> Iterator[None]:
    """With PostgreSQL, other machines have folders of their own: the database holds them back."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_SCHEMA_KEY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_SCHEMA_KEY])


def migration_stamp() -> str:
    """SHA-256 of the names of all migrations of all installed apps: changes when one is added or removed."""
    from django.apps import apps

    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        folder = Path(app.path) / "migrations"
        for path in sorted(folder.glob("[0-9]*.py")) if folder.is_dir() else ():
            digest.update(f"{app.label}/{path.stem}\n".encode())
    return digest.hexdigest()


def database_stamp() -> tuple[str, str] | None:
    """The stamp and the version that this database keeps; None when it has none, or is older than such versions."""
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT stamp, version FROM maintenance_schemastamp WHERE id = 1")
            row = cursor.fetchone()
    except DatabaseError:  # no table, or no such column yet
        return None
    return (row[0], row[1]) if row else None


def _store(stamp: str, version: str) -> None:
    from scarabee.maintenance.models import SchemaStamp

    SchemaStamp.objects.update_or_create(id=1, defaults={"stamp": stamp, "version": version})


def _restrict_database_file() -> None:
    from django.db import connection

    if connection.vendor == "sqlite" and connection.settings_dict["NAME"]:
        path = Path(str(connection.settings_dict["NAME"]))
        if path.exists():
            path.chmod(0o600)
