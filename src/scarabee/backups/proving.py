"""Proving an archive: read again to its end, every byte authenticated and hashed, rows counted, the base checked."""

import os
import platform
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import transaction

from scarabee.accounts.services import authority
from scarabee.backups import contents, keys, places
from scarabee.backups.archive import CHUNK, reading, save
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.backups.models import Backup
from scarabee.backups.reading import Archive, Found
from scarabee.backups.snapshot import count_rows
from scarabee.dossiers import content_proof
from scarabee.dossiers.models import Content
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

PROVED, UNREADABLE = "sauvegarde.verifiee", "sauvegarde.illisible"
REFUSED = ".refusee"
NOT_PROVED = "Écrite, mais sa relecture n’a pas pu finir : vérifiez-la avant de compter sur elle."
KEYS_MISSING = (
    "La clé du coffre n’a pas pu être lue : cette archive seule ne rouvrira pas les mots de passe enregistrés. "
    "« scarabee coffre » dit où elle est ; rendez-la lisible, puis refaites une sauvegarde."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """An archive that was read whole, and what it told: its manifest, rows by table, dossiers, last journal entry."""

    path: Path
    manifest: Mapping[str, Any]
    rows: Mapping[str, int]
    dossiers: list[dict[str, str]]
    journal: Mapping[str, Any]
    members: int


def prove(path: Path) -> Proof:
    """Read an archive to its end, and compare everything with what it says of itself.

    Raises `ArchiveUnreadable`, `NoRoom`, OSError.
    """
    with places.scratch_folder() as scratch, reading(path, keys.identities()) as opened:
        rows: dict[str, int] = {}
        for member in opened.members():
            if member.name == contents.DATABASE:
                rows |= _checked(opened, member, scratch)
            elif table := contents.table_of(member.name):
                rows[table] = _counted(member)
        proof = opened.proof
        if proof.get("rows") != rows:
            raise ArchiveUnreadable(Reason.DIFFERENT, path, "des lignes manquent")
        told = proof.get("dossiers", []), proof.get("journal", {})
        return Proof(path, opened.manifest, rows, *told, len(proof["members"]))


def verify(*, actor: Actor, path: Path, backup: Backup | None = None) -> Proof:
    """Prove an archive, and write down in its row, if it has one, and in the journal what came of it.

    An archive just written (`backup`) that cannot be proved loses its name (`.refusee`). Raises `NotAllowed` unless an
    Administrateur asks, and as `prove` does.
    """
    authority.require_administrator(actor)
    here = Backup.objects.filter(machine=platform.node(), path=str(path.resolve()), deleted_at=None)
    row = backup or here.first()
    try:
        proof = prove(path)
    except ArchiveUnreadable as error:
        if backup is not None:
            os.replace(path, path.with_name(path.name + REFUSED))
        with transaction.atomic():
            _note(row, problem=str(error), proved_at=None)
            journal.record(actor, UNREADABLE, archive=path.name, failure=error.message)
        raise
    except BaseException:
        _note(backup, problem=NOT_PROVED)
        raise
    lacks = KEYS_MISSING if proof.manifest.get("vault_keys_missing") else ""
    with transaction.atomic():
        _note(row, problem=lacks, proved_at=now(), counts=dict(proof.rows))
        journal.record(actor, PROVED, archive=path.name, bytes=path.stat().st_size)
    return proof


def _note(row: Backup | None, **values: Any) -> None:
    if row is not None:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))


def _checked(opened: Archive, member: Found, scratch: Path) -> dict[str, int]:
    """The rows by table of the database, once SQLite found nothing wrong with it."""
    path = scratch / contents.DATABASE
    save(member, path)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise ArchiveUnreadable(Reason.DIFFERENT, opened.path, "la base SQLite est abîmée")
            rows = count_rows(database)
            if damaged := _damaged_contents(database, rows):
                raise ArchiveUnreadable(Reason.DIFFERENT, opened.path, f"contenus abîmés dans la base : {damaged}")
            return rows
    except sqlite3.DatabaseError:
        raise ArchiveUnreadable(Reason.DIFFERENT, opened.path, "la base SQLite est abîmée") from None
    finally:
        path.unlink(missing_ok=True)


def _damaged_contents(database: sqlite3.Connection, rows: Mapping[str, int]) -> int:
    """What SQLite cannot see: it keeps no checksum of what it stores."""
    table = Content._meta.db_table
    if table not in rows:
        return 0
    return content_proof.damaged(database.execute(f"SELECT {', '.join(content_proof.COLUMNS)} FROM {table}"))


def _counted(member: Found) -> int:
    """How many rows a table holds: COPY ends each with a line feed, and writes those of the values as two letters."""
    rows = 0
    while chunk := member.file.read(CHUNK):
        rows += chunk.count(b"\n")
    return rows
