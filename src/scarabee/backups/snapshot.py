"""Everything an installation holds, at one moment: the rows, the waiting files, the keys of the vault.

One transaction that only reads sees the same rows from its first query to its last, and keeps nobody from writing.
SQLite copies its pages out within it, by its own backup interface, into a scratch file; PostgreSQL gives each table by
COPY, straight into the archive.
"""

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from scarabee import __version__
from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.accounts.vault import KeyMissing
from scarabee.accounts.vault import keys as vault_keys
from scarabee.backups import contents
from scarabee.backups.archive import Member, chunks_of
from scarabee.backups.errors import NotWritten
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier
from scarabee.maintenance.folder import migration_stamp
from scarabee.maintenance.models import JournalEntry

_ROWS_AT_ONCE = 500
_FORM = "SET LOCAL bytea_output = 'hex'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'"
_COLUMNS = (
    "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "WHERE c.relname = ANY(%s) AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped "
    "AND a.attgenerated = '' ORDER BY c.relname, a.attnum"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What goes into an archive. `findings` is complete once the members were given."""

    manifest: Mapping[str, Any]
    members: Iterator[Member]
    findings: Callable[[], Mapping[str, Any]]


def expected_size() -> int:
    """About how many bytes the rows and the waiting files take, uncompressed."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            tables = connection.introspection.table_names(cursor)
            cursor.execute("SELECT sum(pg_table_size(to_regclass(quote_ident(t)))) FROM unnest(%s::text[]) t", [tables])
        rows = int(cursor.fetchone()[0])
    return rows + sum(path.stat().st_size for path in _waiting_files())


@contextmanager
def taken(scratch: Path, **about: Any) -> Iterator[Snapshot]:
    """The installation as it is now; its members must be used up before the block ends.

    `scratch`: an empty folder for what has to lie still meanwhile. `about` goes into the manifest. Raises OSError,
    and RuntimeError inside a transaction.
    """
    files = list(_linked(scratch))
    keys, missing = _vault_keys()
    portal = bind_or_refuse()
    with ExitStack() as stack:
        stack.enter_context(frozen())
        found, tables = _findings(), _columns()
        manifest = {**about, **origin(), "portal": portal, "tables": tables}
        manifest |= {"vault_keys": len(keys), "vault_keys_missing": missing}
        if connection.vendor == "sqlite":
            rows = _sqlite(scratch, found)
            stack.close()  # all is copied out: the log of the writers may be emptied again
        else:
            rows = _postgresql(tables, found)
        yield Snapshot(manifest, _members(rows, files, keys), lambda: found)


@contextmanager
def frozen() -> Iterator[None]:
    """A transaction in which nothing moves and that keeps nobody waiting."""
    begun: Any = connection  # "transaction_mode" is SQLite's alone
    if connection.vendor == "sqlite":
        usual, begun.transaction_mode = begun.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(_FORM)
            yield
    finally:
        if connection.vendor == "sqlite":
            begun.transaction_mode = usual


def origin() -> dict[str, Any]:
    """Which version and engine the rows come from, and which migrations they have received."""
    migrations: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        migrations.setdefault(app, []).append(name)
    return {
        "version": __version__,
        "schema": migration_stamp(),
        "migrations": migrations,
        "engine": connection.vendor,
    }


def _findings() -> dict[str, Any]:
    """What a reader can compare with what it finds; the rows of tables are added when they are counted."""
    dossiers = [
        {"uuid": str(dossier.uuid), "name": dossier.name, "digest": dossier_digest(dossier)}
        for dossier in Dossier.objects.order_by("pk")
    ]
    last = JournalEntry.objects.order_by("-sequence").values("sequence", "hash").first()
    return {"rows": {}, "dossiers": dossiers, "journal": last or {"sequence": 0, "hash": ""}}


def _sqlite(scratch: Path, found: dict[str, Any]) -> Iterator[Member]:
    path = scratch / contents.DATABASE
    path.touch(mode=0o600)
    copy = sqlite3.connect(path)
    try:
        copy.execute("PRAGMA synchronous = OFF")  # it is a draft: what lasts is the archive
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, that needs no other beside it
        found["rows"].update(count_rows(copy))
    except sqlite3.OperationalError as error:
        raise NotWritten(path, OSError(errno.ENOSPC if "full" in str(error) else errno.EIO, "")) from None
    finally:
        copy.close()
    return _from_file(contents.DATABASE, path)


def count_rows(database: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table of a SQLite database holds."""
    tables = [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not name.startswith("sqlite_")
    ]
    return {name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in tables}


def _from_file(name: str, path: Path) -> Iterator[Member]:
    with path.open("rb") as file:
        yield Member(name, path.stat().st_size, chunks_of(file))
    path.unlink()


def _postgresql(tables: dict[str, list[str]], found: dict[str, Any]) -> Iterator[Member]:
    for table, columns in tables.items():
        yield Member(contents.table_member(table), None, _copied(table, columns, found["rows"]))


def _copied(table: str, columns: list[str], rows: dict[str, int]) -> Iterator[bytes]:
    """The rows as COPY gives them, taken from libpq itself: row by row, psycopg's own way costs half as much again."""
    from psycopg.pq import ExecStatus

    names = ", ".join(map(connection.ops.quote_name, columns))
    server = connection.connection.pgconn
    _require(server.exec_(f"COPY {connection.ops.quote_name(table)} ({names}) TO STDOUT".encode()), ExecStatus.COPY_OUT)
    lines = iter(lambda: server.get_copy_data(0)[1], b"")
    while batch := b"".join(islice(lines, _ROWS_AT_ONCE)):
        yield batch
    over = server.get_result()
    _require(over, ExecStatus.COMMAND_OK)
    rows[table] = over.command_tuples
    server.get_result()


def _require(result: Any, status: int) -> None:
    if result is None or result.status != status:
        raise OperationalError("COPY did not go to its end")


def _columns() -> dict[str, list[str]]:
    """The columns of each table as COPY gives them; none for SQLite, whose file tells itself."""
    if connection.vendor == "sqlite":
        return {}
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        cursor.execute(_COLUMNS, [tables])
        found: dict[str, list[str]] = {table: [] for table in tables}
        for table, column in cursor.fetchall():
            found[table].append(column)
    return found


def _members(rows: Iterator[Member], files: list[tuple[str, Path]], keys: list[str]) -> Iterator[Member]:
    yield from rows
    for name, path in files:
        yield from _from_file(name, path)
    if keys:
        yield Member.of_bytes(contents.VAULT_KEYS, "".join(f"{key}\n" for key in keys).encode())


def _vault_keys() -> tuple[list[str], bool]:
    """The keys of the vault themselves, wherever they are kept, and whether one cannot be had."""
    try:
        found = vault_keys.read_keys()
    except KeyMissing:
        return [], True
    return [key.secret for key in found if key.secret], not all(key.secret for key in found)


def _linked(scratch: Path) -> Iterator[tuple[str, Path]]:
    """Each waiting file under one more name, so that it stays when the import that wants it ends meanwhile."""
    home = Path(settings.DATA_FOLDER)
    for number, path in enumerate(_waiting_files()):
        kept = scratch / f"fichier-{number}"
        with suppress(FileNotFoundError):
            try:
                kept.hardlink_to(path)
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                shutil.copyfile(path, kept)
            yield path.relative_to(home).as_posix(), kept


def _waiting_files() -> list[Path]:
    """The files of the data folder that some row may name; those that are still arriving have none yet."""
    home = Path(settings.DATA_FOLDER) / "fichiers"
    arriving = home / "imports" / "arrivees"
    found = sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in found if arriving not in path.parents]
