"""An archive opened beside everything else, as a SQLite database of this version: looked at, counted, copied from.

Nothing of the installation is touched. An archive of an older version is brought to this one here, one of a newer
version is refused. The folder is readable by its owner alone, and goes when the block ends; what a process that was
killed left behind goes when the next archive is opened.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.db import DatabaseError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from scarabee.backups import archive, contents, copy_text, places, tables
from scarabee.backups.connecting import connected
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.backups.reading import Archive, Found

_START = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-24576;"

type Node = tuple[str, str]
"""An app and the name of one of its migrations."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """An archive that was read to its end and proved. `alias`: the database with its rows, of the current schema.

    `files`: the folder below which its files lie, named as below the data folder. `vault_keys`: lines of a key file.
    """

    alias: str
    manifest: dict[str, Any]
    proof: dict[str, Any]
    files: Path
    vault_keys: bytes = field(repr=False)

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["made_at"])


@contextmanager
def opened(path: Path, identities: Sequence[str]) -> Iterator[Scratch]:
    """Open an archive with the age identity that fits. Raises `ArchiveUnreadable`, `NoRoom`, OSError."""
    places.sweep_scratch(places.READING)
    with (
        places.scratch_folder(places.READING) as folder,
        connected("archive", settings_of(folder / contents.DATABASE)) as alias,
    ):
        with archive.reading(path, identities) as found:
            nodes = _nodes(found)
            keys = _unpack(found, folder, alias, nodes)
            proof = found.proof
        _require_sound(path, alias, proof)
        if not _is_current(nodes):
            executor = MigrationExecutor(connections[alias])
            executor.migrate(executor.loader.graph.leaf_nodes())
        yield Scratch(alias, found.manifest, proof, folder / "fichiers", keys)


def settings_of(database: Path) -> dict[str, Any]:
    """The settings of a SQLite database that is a draft: nothing of it lasts beyond a crash."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(database),
        "OPTIONS": {"init_command": _START, "transaction_mode": "IMMEDIATE"},
    }


def _nodes(found: Archive) -> set[Node]:
    """The migrations that the archive's rows have received. Raises `ArchiveUnreadable` for one not known here."""
    nodes = {(app, name) for app, names in found.manifest["migrations"].items() for name in names}
    if unknown := nodes - _known_nodes():
        raise ArchiveUnreadable(
            Reason.NEWER, found.path, ", ".join(sorted(f"{app} {name}" for app, name in unknown)[:3])
        )
    return nodes


def _unpack(found: Archive, folder: Path, alias: str, nodes: set[Node]) -> bytes:
    """Put every member in its place; returns the keys of the vault."""
    keys, state = b"", None
    for member in found.members():
        if member.name == contents.DATABASE:
            archive.save(member, folder / contents.DATABASE)
        elif (table := contents.table_of(member.name)) is not None:
            state = state or _schema(alias, nodes)
            _fill(found, member, table, alias, state)
        elif member.name == contents.VAULT_KEYS:
            keys = member.file.read()
        else:
            target = folder / member.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.save(member, target)
    return keys


def create_tables(alias: str) -> None:
    """Give an empty database the tables of this version, without going through its history."""
    with connections[alias].schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)


def _schema(alias: str, nodes: set[Node]) -> Apps:
    """Give the database the schema that the archive's rows have; returns the models of that time."""
    if _is_current(nodes):
        create_tables(alias)
        return apps
    executor = MigrationExecutor(connections[alias])
    graph = executor.loader.graph
    last = [one for one in nodes if not any(child in nodes and child[0] == one[0] for child in _children(graph, one))]
    return executor.migrate(sorted(last)).apps


def _is_current(nodes: set[Node]) -> bool:
    return nodes == _known_nodes()


def _known_nodes() -> set[Node]:
    """The migrations of this version."""
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _children(graph: Any, node: Node) -> Iterable[Node]:
    return (child.key for child in graph.node_map[node].children)


def _fill(found: Archive, member: Found, table: str, alias: str, state: Apps) -> None:
    model = next((one for one in state.get_models(include_auto_created=True) if one._meta.db_table == table), None)
    columns = found.manifest["tables"].get(table)
    if model is None or columns is None:  # what the schema itself keeps, as the list of its migrations
        return
    connection = connections[alias]
    try:
        with connection.constraint_checks_disabled(), transaction.atomic(using=alias):
            tables.remove_all(alias, model)
            tables.insert(alias, model, copy_text.batches(member.file, model, columns))
    except (DatabaseError, ValueError) as error:
        raise ArchiveUnreadable(Reason.DIFFERENT, found.path, table) from error


def _require_sound(path: Path, alias: str, proof: dict[str, Any]) -> None:
    """Raise `ArchiveUnreadable` unless the database is whole and holds as many rows of each table as was proved."""
    there = set(connections[alias].introspection.table_names())
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        if cursor.fetchone()[0] != "ok":
            raise ArchiveUnreadable(Reason.DAMAGED, path)
        cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')")
        if cursor.fetchone()[0]:  # views and triggers would run what somebody else wrote
            raise ArchiveUnreadable(Reason.DIFFERENT, path)
        for table, rows in proof["rows"].items():
            if table == MigrationRecorder.Migration._meta.db_table:
                continue
            if table not in there:
                raise ArchiveUnreadable(Reason.DIFFERENT, path, table)
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            if cursor.fetchone()[0] != rows:
                raise ArchiveUnreadable(Reason.DIFFERENT, path, table)
