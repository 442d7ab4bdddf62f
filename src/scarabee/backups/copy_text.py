"""What PostgreSQL's COPY writes (text format), read into the form in which rows travel (`tables`).

One line for each row, values between tabulations, `\\N` for NULL, backslashes before what would be mistaken.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Field, Model

from scarabee.backups.reading import Stream
from scarabee.backups.tables import Row, moment_text, rows_at_once, type_of

_CHUNK = 1 << 20
_NULL = b"\\N"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MEANT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def batches(stream: Stream, model: type[Model], columns: Sequence[str]) -> Iterator[list[Row]]:
    """The rows of a table, in the order of the model's own columns, by lists of `tables.rows_at_once`.

    `columns`: in the order of the file. Raises ValueError for what COPY does not write.
    """
    fields = [model._meta.get_field(name) for name in _field_names(model)]
    places = [columns.index(field.column) for field in fields]  # type: ignore[union-attr]
    forms = [_form_of(field) for field in fields]  # type: ignore[arg-type]
    size, rows = rows_at_once(model), list[Row]()
    for line in _lines(stream):
        values = line.split(b"\t")
        if len(values) != len(columns):
            raise ValueError("a line of COPY has another number of values than its table has columns")
        rows.append(tuple(_value(values[place], form) for place, form in zip(places, forms, strict=True)))
        if len(rows) == size:
            yield rows
            rows = []
    if rows:
        yield rows


def _field_names(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.local_concrete_fields]


def _lines(stream: Stream) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        raise ValueError("the last line of COPY has no end")


def _value(raw: bytes, form: Callable[[bytes], Any]) -> Any:
    if raw == _NULL:
        return None
    if b"\\" in raw:
        raw = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), raw)
    return form(raw)


def _form_of(field: Field[Any, Any]) -> Callable[[bytes], Any]:
    return _FORMS.get(type_of(field), bytes.decode)


def _moment(raw: bytes) -> str:
    return moment_text(datetime.fromisoformat(raw.decode()))


def _bytes(raw: bytes) -> bytes:
    if not raw.startswith(b"\\x"):
        raise ValueError("COPY writes bytes in hexadecimal")
    return bytes.fromhex(raw[2:].decode())


_FORMS: dict[str, Callable[[bytes], Any]] = {
    "BooleanField": lambda raw: int(raw == b"t"), "DateTimeField": _moment, "BinaryField": _bytes,
    "UUIDField": lambda raw: raw.decode().replace("-", ""),
}  # fmt: skip
"""Numbers go in as text: the columns of SQLite turn them into numbers."""
