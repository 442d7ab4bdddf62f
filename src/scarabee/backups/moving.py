"""From one computer to a server: this whole installation into an empty PostgreSQL, proved, the source untouched.

What was planned or ordered waits there for a person (`filings.services.after_restore`): two installations that hold the
same orders must never both send.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from scarabee.accounts.services import authority
from scarabee.backups import tables
from scarabee.backups.connecting import connected
from scarabee.backups.tables import Table
from scarabee.filings.services import after_restore
from scarabee.maintenance import journal, window
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.settings import database

MOVED = "installation.deplacee"
OLDEST_POSTGRESQL = 150_000
_UNTOUCHED = "Vos données d’ici n’ont pas été touchées, et rien n’en est resté là-bas."


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands there now, table by table, each read back and equal to the one here. `held`: deposits that wait."""

    tables: list[Table]
    held: int
    seconds: float

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)


def move_to(*, actor: Actor, url: str, tell: tables.Tell = lambda name, rows: None) -> Moved:
    """Copy this installation (SQLite) into the empty PostgreSQL that `url` names (as DATABASE_URL).

    Raises `NotAllowed`, `Refusal` when this is no SQLite, when the server cannot be used or is not empty, and
    `CopyFailed`. Nothing but the schema stays there after a refusal, and the same command may be given again.
    """
    authority.require_administrator(actor)
    if connection.vendor != "sqlite":
        raise Refusal("Cette installation est déjà sur PostgreSQL : il n’y a rien à déplacer.")
    begun = now()
    with connected("destination", _settings(url)) as there:
        _require_usable(there)
        with window.closed(actor=actor, reason="Déplacement vers PostgreSQL"):
            call_command("migrate", database=there, interactive=False, verbosity=0)
            with transaction.atomic():  # of SQLite, which lets nobody else write meanwhile
                copied, held = _copy(actor, there, tell)
    return Moved(copied, held, (now() - begun) / timedelta(seconds=1))


def _settings(url: str) -> dict[str, Any]:
    try:
        return database.from_url(url)
    except ImproperlyConfigured as error:
        raise Refusal(
            str(error).replace("DATABASE_URL", "L’adresse"), remedy="Corrigez-la, puis recommencez."
        ) from None


def _require_usable(there: str) -> None:
    """Raise `Refusal` unless this PostgreSQL answers, is recent enough, writes UTF-8 and is empty."""
    try:
        connections[there].ensure_connection()
    except DatabaseError as error:
        raise Refusal(
            f"Ce serveur ne répond pas, ou refuse la connexion : {_first_line(error)}.",
            safe=_UNTOUCHED,
            remedy="Vérifiez l’hôte, le port, la base, le compte et son mot de passe, puis recommencez.",
        ) from None
    server = connections[there].connection.info
    if server.server_version < OLDEST_POSTGRESQL:
        raise Refusal(
            f"Ce serveur est PostgreSQL {server.server_version // 10_000} : il faut la version 15 ou une plus récente.",
            safe=_UNTOUCHED,
            remedy="Mettez-le à jour, ou choisissez-en un autre.",
        )
    if _parameter(there, "server_encoding") != "UTF8":
        raise Refusal(
            "La base de ce serveur n’est pas en UTF-8.",
            safe=_UNTOUCHED,
            remedy="Créez-la ainsi : CREATE DATABASE scarabee ENCODING 'UTF8' TEMPLATE template0.",
        )
    if not _is_empty(there):
        raise Refusal(
            "La base de destination n’est pas vide : rien n’y est mélangé ni effacé.",
            safe=_UNTOUCHED,
            remedy="Créez une base neuve, puis recommencez avec son adresse.",
        )


def _is_empty(there: str) -> bool:
    """Whether nothing is there but, perhaps, tables of ours without a row: those of a move that was interrupted."""
    found = set(connections[there].introspection.table_names())
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    kept = [model for model in tables.kept_models() if model._meta.db_table in found]
    return found <= ours | {MigrationRecorder.Migration._meta.db_table} and tables.is_empty(there, kept)


def _copy(actor: Actor, there: str, tell: tables.Tell) -> tuple[list[Table], int]:
    """One transaction there: every row, then what keeps a deposit from leaving from both."""
    try:
        with transaction.atomic(using=there):
            copied = tables.copy_all(DEFAULT_DB_ALIAS, there, tables.kept_models(), tell=tell)
            settled = after_restore.settle(actor=actor, made_at=now(), asks=False, using=there)
            journal.record_in(there, actor, MOVED, {"rows": sum(one.rows for one in copied), "tables": len(copied)})
    except DatabaseError as error:
        raise Refusal(
            f"Le serveur a refusé l’enregistrement : {_first_line(error)}.",
            safe=_UNTOUCHED,
            remedy="Vérifiez la place libre et les droits du compte sur le serveur, puis recommencez.",
        ) from None
    return copied, settled.held + settled.unknown


def _parameter(alias: str, name: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
