"""Packages: what a deletion took away, kept for some days, and brought back on demand (design §2, Deletion).

A package is compressed JSON lines: a head, then for each kind of the registry a line that names it and its
columns, followed by its rows. It holds the rows that went and those they hang on (employer, declarations,
envois), so that what was deleted since comes back with them. Contents stay where they are: the sweep leaves
them alone.
"""

import base64
import json
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO, TextIOWrapper
from typing import Any, cast

import zstandard
from django.conf import settings
from django.db import models

from scarabee.dossiers import registry
from scarabee.dossiers.models import Act, Content, DeletedPackage, Employee, Employer
from scarabee.maintenance.clock import now

FORMAT = 1
DEFAULT_DAYS = 30
LEVEL = 6
BATCH_ROWS = 4000


@dataclass(frozen=True, slots=True)
class Head:
    """First line of a package. `employee_id` None: a whole employer. `successors`: those that followed it."""

    employer_id: int
    siret: str
    employee_id: int | None = None
    successors: list[int] = field(default_factory=list)
    format: int = FORMAT
    lacks_people: bool = False
    """Somebody was erased from it since: its declarations hold fewer people than they say."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one kind, as {column: value}."""

    kind: registry.RowKind
    rows: list[dict[str, Any]]


def keep_days() -> int:
    """How many days a package is kept."""
    return int(getattr(settings, "SCARABEE_PACKAGE_DAYS", DEFAULT_DAYS))


def rows_of(kind: registry.RowKind, *, employer: Employer, employee: Employee | None = None) -> models.QuerySet[Any]:
    """The rows of a kind that hang on an employer, or on one of its employees, or that these hang on."""
    rows = kind.model._default_manager.order_by("pk")
    if kind.name == "employers":
        return rows.filter(pk=employer.pk)
    if kind.name == "employees":
        return rows.filter(pk=employee.pk) if employee else rows.filter(employer_id=employer.pk)
    declarations = registry.by_name("declarations").model._default_manager.filter(employer_id=employer.pk)
    if employee:
        declarations = declarations.filter(
            pk__in=employee.months.order_by().values_list("declaration_id", flat=True).distinct()
        )
    if kind.name == "declarations":
        return rows.filter(pk__in=declarations.values("pk")) if employee else rows.filter(employer_id=employer.pk)
    if kind.name == "envois":
        return rows.filter(pk__in=declarations.order_by().values("envoi_id").distinct())
    column = owner_column(kind)
    if kind.owner == "employee":
        people: Any = [employee.pk] if employee else Employee.objects.filter(employer_id=employer.pk).values("pk")
        return rows.filter(**{f"{column}__in": people})
    if employee:
        return rows.filter(employee_id=employee.pk) if kind.is_of_people else rows.none()
    return rows.filter(**{f"{column}__in": declarations.values("pk") if kind.owner == "declaration" else [employer.pk]})


def owner_column(kind: registry.RowKind) -> str:
    """The column by which rows of a kind hang on their owner. Raises LookupError when the kind has none."""
    for column, parent in kind.parents.items():
        if parent == f"{kind.owner}s":
            return column
    raise LookupError(f"{kind.name} names no column of its owner, {kind.owner}")


def pack(*, act: Act, label: str, employer: Employer, employee: Employee | None = None) -> DeletedPackage:
    """Put aside the rows that a deletion is about to take away."""
    head = Head(
        employer.pk, employer.siret, employee.pk if employee else None,
        [] if employee else list(employer.successors.values_list("pk", flat=True)),
    )  # fmt: skip
    compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    pieces: list[bytes] = []
    contents: set[int] = set()
    for line in _lines(head, employer, employee, contents):
        pieces.append(compressor.compress(line.encode() + b"\n"))
    pieces.append(compressor.flush())
    made = now()
    return DeletedPackage.objects.create(
        act=act, dossier_id=employer.dossier_id, label=label[:255], rows=b"".join(pieces),
        contents=pack_ids(contents), keep_until=made + timedelta(days=keep_days()),
    )  # fmt: skip


def unpack(package: DeletedPackage) -> tuple[Head, Iterator[Rows]]:
    """The head of a package and its rows, in the order of the registry, by `BATCH_ROWS` at most.

    Columns that no longer exist are left out. Raises KeyError for a kind that is no longer registered.
    """
    reader = zstandard.ZstdDecompressor().stream_reader(BytesIO(bytes(package.rows)))
    lines = iter(TextIOWrapper(reader, encoding="utf-8", newline="\n"))
    return Head(**json.loads(next(lines))), _batches(lines)


def without_people(package: DeletedPackage, employee_ids: Collection[int]) -> bool:
    """Take people out of a package that holds others too; False, and nothing changed, when it holds none of them.

    Nothing is saved: the caller does, or deletes the package when it was about one of them (`Head.employee_id`).
    """
    head, batches = unpack(package)
    compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    pieces = [compressor.compress(json.dumps(asdict(replace(head, lacks_people=True))).encode() + b"\n")]
    contents, taken = set[int](), 0
    for batch in batches:
        columns = [column.attname for column in batch.kind.model._meta.concrete_fields]
        pointers = [one.attname for one in batch.kind.model._meta.concrete_fields if one.related_model is Content]
        owner = "id" if batch.kind.name == "employees" else "employee_id"
        kept = [row for row in batch.rows if row.get(owner) not in employee_ids]
        taken += len(batch.rows) - len(kept)
        columns = [name for name in columns if name in batch.rows[0]]
        lines = [json.dumps({"kind": batch.kind.name, "columns": columns})]
        lines += [json.dumps([_plain(row[name]) for name in columns], ensure_ascii=False) for row in kept]
        contents.update(row[name] for row in kept for name in pointers if row[name] is not None)
        pieces.append(compressor.compress("".join(f"{line}\n" for line in lines).encode()))
    if taken:
        pieces.append(compressor.flush())
        package.rows, package.contents = b"".join(pieces), pack_ids(contents)
    return bool(taken)


def pack_ids(ids: Iterable[int]) -> bytes:
    """Ids as 8-byte integers, sorted."""
    return array("q", sorted(ids)).tobytes()


def unpack_ids(packed: bytes) -> array[int]:
    """The ids that `pack_ids` packed."""
    ids = array("q")
    ids.frombytes(bytes(packed))
    return ids


def _lines(head: Head, employer: Employer, employee: Employee | None, contents: set[int]) -> Iterator[str]:
    yield json.dumps(asdict(head))
    for kind in registry.kinds():
        columns = [column.attname for column in kind.model._meta.concrete_fields]
        pointers = [
            index for index, column in enumerate(kind.model._meta.concrete_fields) if column.related_model is Content
        ]
        yield json.dumps({"kind": kind.name, "columns": columns})
        rows = rows_of(kind, employer=employer, employee=employee)
        for row in rows.values_list(*columns).iterator(chunk_size=BATCH_ROWS):
            contents.update(row[index] for index in pointers if row[index] is not None)
            yield json.dumps([_plain(value) for value in row], ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | str | dict | list | None) else str(value)


def _batches(lines: Iterator[str]) -> Iterator[Rows]:
    kind: registry.RowKind | None = None
    columns: list[tuple[str, models.Field[Any, Any] | None]] = []
    waiting: list[dict[str, Any]] = []
    for line in lines:
        told = json.loads(line)
        if isinstance(told, dict):
            if kind is not None and waiting:
                yield Rows(kind, waiting)
                waiting = []
            kind = registry.by_name(told["kind"])
            known = {column.attname: column for column in kind.model._meta.concrete_fields}
            columns = [(name, known.get(name)) for name in told["columns"]]
            continue
        waiting.append(
            {name: _stored(column, value) for (name, column), value in zip(columns, told, strict=True) if column}
        )
        if kind is not None and len(waiting) >= BATCH_ROWS:
            yield Rows(kind, waiting)
            waiting = []
    if kind is not None and waiting:
        yield Rows(kind, waiting)


def _stored(column: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(column, models.BinaryField):
        return base64.b64decode(value) if value is not None else None
    if isinstance(column, models.JSONField):
        return cast(dict[str, Any], value)
    if isinstance(column, models.DateTimeField) and value is not None:
        return datetime.fromisoformat(value)
    return value
