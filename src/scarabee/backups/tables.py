"""All rows of one database into another, whatever their engines: SQLite, PostgreSQL, in any pairing.

Values travel in one form that both engines take: text, whole numbers, bytes (`_FORMS`). Rows go by batches, in the
order of their keys, so that memory stays flat and the digest of a table is the same wherever it stands.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import DatabaseError, connections, transaction
from django.db.models import BinaryField, DecimalField, Field, JSONField, Model

from scarabee.maintenance.errors import Refusal

ROWS, WIDE_ROWS = 2000, 50
"""How many rows are read at once; of a table that holds documents, fewer."""
OF_THE_SCHEMA = frozenset({"auth", "contenttypes"})
"""Apps whose rows come with the schema."""
OF_THIS_PLACE = frozenset(
    {"maintenance.SchemaStamp", "maintenance.Window", "maintenance.Presence", "maintenance.Heartbeat", "backups.Job"}
)
"""What tells of an installation, not of the bureau: it neither travels nor gives way."""
PASSING = frozenset(
    {"accounts.Session", "accounts.OneTimeLink", "accounts.ConnectionTest", "django_tasks_database.DBTaskResult"}
)
"""What nobody should find again elsewhere or later: open sessions, links good once, bells (the rows are the truth)."""

type Row = tuple[Any, ...]
type Tell = Callable[[str, int], None]
"""Told the name of a table and its number of rows once it stands at its destination."""


@dataclass(frozen=True, slots=True)
class Table:
    """What stands in a table: how many rows, and SHA-256 (hexadecimal) over all their values."""

    name: str
    rows: int
    digest: str


class CopyFailed(Refusal):
    """A table could not be copied, or its copy differs. Raise it out of the transaction: nothing is then kept."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(
            f"La copie de la table « {table} » a échoué : {why}.",
            safe="Rien n’en a été gardé : tout est comme avant.",
            remedy="Recommencez. Si cela se reproduit, gardez les deux et signalez l’erreur.",
        )


def kept_models() -> list[type[Model]]:
    """The models whose rows a copy brings along, those that others point at first."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.app_label not in OF_THE_SCHEMA
        and model._meta.label not in PASSING | OF_THIS_PLACE
    ]  # fmt: skip
    return in_order(found)


def in_order(models: Iterable[type[Model]]) -> list[type[Model]]:
    """The models, each after those that its foreign keys point at."""
    wanted = {model._meta.label: model for model in models}
    before = {
        label: {
            field.related_model._meta.label
            for field in model._meta.concrete_fields
            if field.related_model is not None and field.related_model._meta.label != label
        }
        for label, model in sorted(wanted.items())
    }
    return [wanted[label] for label in TopologicalSorter(before).static_order() if label in wanted]


def empty(alias: str, models: Sequence[type[Model]]) -> None:
    """Remove all rows of these models, and of those that pass. The caller holds the transaction.

    `models` in the order of `in_order`; no other table may point at them.
    """
    names = [_quoted(model) for model in [*models, *_passing_models()]]
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)}")
        else:
            for name in reversed(names):
                cursor.execute(f"DELETE FROM {name}")


def copy_all(
    source: str, destination: str, models: Sequence[type[Model]], *, tell: Tell = lambda name, rows: None
) -> list[Table]:
    """Copy every row of these models between two databases of one schema; what was copied, table by table.

    Each table is read back from the destination and compared before the next. The destination's tables are empty, and
    the caller holds its transaction. Raises `CopyFailed`.
    """
    copied = []
    for model in models:
        seen = _Digest(model)
        try:
            with transaction.atomic(using=destination):
                insert(destination, model, seen.watching(batches(source, model)))
        except (DatabaseError, ValueError) as error:
            raise CopyFailed(model._meta.db_table, _why(error)) from error
        there = table_of(destination, model)
        if there != seen.table:
            raise CopyFailed(
                model._meta.db_table,
                f"{seen.table.rows} lignes lues, {there.rows} relues, et leurs empreintes diffèrent",
            )
        copied.append(there)
        tell(there.name, there.rows)
    _move_sequences(source, destination, models)
    return copied


def table_of(alias: str, model: type[Model]) -> Table:
    """Count and digest the rows of a model as they stand."""
    seen = _Digest(model)
    for _ in seen.watching(batches(alias, model)):
        pass
    return seen.table


def remove_all(alias: str, model: type[Model]) -> None:
    """Remove the rows of one table."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DELETE FROM {_quoted(model)}")


def is_empty(alias: str, models: Iterable[type[Model]]) -> bool:
    """Whether none of these tables has a row."""
    return not any(model._base_manager.using(alias).exists() for model in models)


def batches(alias: str, model: type[Model]) -> Iterator[list[Row]]:
    """The rows of a model in the order of its key, by lists of `rows_at_once`, in the form that travels."""
    connection = connections[alias]
    key = _name(model._meta.pk.column)
    if connection.vendor == "postgresql" and model._meta.pk.get_internal_type() == "CharField":
        key += ' COLLATE "C"'
    size = rows_at_once(model)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {_columns(model)} FROM {_quoted(model)} ORDER BY {key}")
        while rows := cursor.fetchmany(size):
            yield formed(model, rows)


def insert(alias: str, model: type[Model], rows: Iterable[list[Row]]) -> None:
    """Add rows in the form that travels: COPY on PostgreSQL, one prepared statement on SQLite."""
    table, columns, connection = _quoted(model), _columns(model), connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for batch in rows:
                    for row in batch:
                        copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(model._meta.local_concrete_fields))
            for batch in rows:
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)


def formed(model: type[Model], rows: Sequence[Row]) -> list[Row]:
    """Rows as a driver gives them, in the form that travels."""
    special = [(place, form) for place, field in enumerate(_fields(model)) if (form := _form_of(field))]
    if not special:
        return list(rows)
    return [_with(row, special) for row in rows]


def rows_at_once(model: type[Model]) -> int:
    """How many rows of a model are held in memory."""
    return (
        WIDE_ROWS if any(isinstance(field, BinaryField) and not field.max_length for field in _fields(model)) else ROWS
    )


class _Digest:
    """Counts and hashes the batches of a table as they pass; its JSON by what it says, not by how it is written."""

    def __init__(self, model: type[Model]) -> None:
        self._name = model._meta.db_table
        self._json = [(place, _said) for place, field in enumerate(_fields(model)) if isinstance(field, JSONField)]
        self._hash = hashlib.sha256()
        self._rows = 0

    def watching(self, rows: Iterable[list[Row]]) -> Iterator[list[Row]]:
        for batch in rows:
            self._rows += len(batch)
            same = [_with(row, self._json) for row in batch] if self._json else batch
            self._hash.update(repr(same).encode())
            yield batch

    @property
    def table(self) -> Table:
        return Table(self._name, self._rows, self._hash.hexdigest())


def _with(row: Row, forms: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    values = list(row)
    for place, form in forms:
        if values[place] is not None:
            values[place] = form(values[place])
    return tuple(values)


def _form_of(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of this field is brought into the form that travels; None when it has it already."""
    if isinstance(field, DecimalField):
        step = Decimal(1).scaleb(-field.decimal_places)
        return lambda value: str(Decimal(str(value)).quantize(step))
    return _FORMS.get(type_of(field))


def type_of(field: Field[Any, Any]) -> str:
    """The internal type of a field; of a foreign key, that of what it points at."""
    return str(getattr(field, "target_field", field).get_internal_type())


def moment_text(value: datetime) -> str:
    """In UTC, without saying so: both engines take it for that."""
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(" ")


def _iso(value: date | time) -> str:
    return value.isoformat()


def _uuid(value: UUID | str) -> str:
    return value.hex if isinstance(value, UUID) else value


_FORMS: dict[str, Callable[[Any], Any]] = {
    "BooleanField": int, "DateTimeField": moment_text, "DateField": _iso, "TimeField": _iso, "UUIDField": _uuid,
    "BinaryField": bytes,
}  # fmt: skip


def _said(text: str) -> str:
    """What a JSON text says: in the order of its keys, its numbers in one writing."""
    if text in ("{}", "[]"):
        return text
    return json.dumps(json.loads(text, parse_float=_number, parse_int=_number), sort_keys=True)


def _number(text: str) -> int | str:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else str(value.normalize())


def _move_sequences(source: str, destination: str, models: Sequence[type[Model]]) -> None:
    """Let new rows have numbers that no row has, or had in either database: people have seen them."""
    for model in models:
        pk = model._meta.pk
        if pk.get_internal_type() not in ("AutoField", "BigAutoField"):
            continue
        last = max(_last_number(source, model), _last_number(destination, model))
        with connections[destination].cursor() as cursor:
            if connections[destination].vendor == "postgresql":
                if last:
                    cursor.execute(
                        "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [_quoted(model), pk.column, last]
                    )
                continue
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [model._meta.db_table, last])


def _last_number(alias: str, model: type[Model]) -> int:
    """The last number that this table gave."""
    connection, pk = connections[alias], model._meta.pk
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))", [_quoted(model), pk.column])
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        given = cursor.fetchone()
        cursor.execute(f"SELECT MAX({_name(pk.column)}) FROM {_quoted(model)}")
        highest = cursor.fetchone()
    return max((given and given[0]) or 0, highest[0] or 0)


def _passing_models() -> list[type[Model]]:
    return [apps.get_model(label) for label in sorted(PASSING)]


def _why(error: Exception) -> str:
    """The reason of the engine, without the row that it may quote."""
    return str(error).partition("\n")[0][:200]


def _fields(model: type[Model]) -> Sequence[Field[Any, Any]]:
    return model._meta.local_concrete_fields


def _columns(model: type[Model]) -> str:
    return ", ".join(_name(field.column) for field in _fields(model))


def _quoted(model: type[Model]) -> str:
    return _name(model._meta.db_table)


def _name(name: str | None) -> str:
    return f'"{name}"'
