"""What comes in and what goes out: one call, one answer, and the rules of headers every service shares."""

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from typing import BinaryIO

XML, JSON, HTML, TEXT = "application/xml", "application/json", "text/html", "text/plain"
STALE_AFTER = timedelta(minutes=2)
"""How long a search stays fresh (api-dsn §6.3)."""
_CHUNK = 1 << 16


@dataclass(slots=True)
class Call:
    """One request, its body read (and still compressed) but for what the server's limits cut."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: BinaryIO
    at: datetime

    def header(self, name: str) -> str:
        """One header, "" when absent."""
        return str(self.headers.get(name, "")).strip()

    def accepts_gzip(self) -> bool:
        """Whether the caller asks for gzip."""
        return "gzip" in _codings(self.header("Accept-Encoding"))

    def media_type(self) -> str:
        """The Content-Type, lower case, without its parameters."""
        return self.header("Content-Type").split(";")[0].strip().lower()


@dataclass(slots=True)
class Answer:
    """One answer. An empty body goes out without a Content-Type. `gzip`: None compresses when the caller asks."""

    status: int
    body: bytes = b""
    media_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    gzip: bool | None = None


class Stop(Exception):
    """The answer is known: no need to look further."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Cut(Exception):
    """The connection is closed without a word."""


def empty(status: int, **headers: str) -> Stop:
    """To raise: this status without a body. `www_authenticate="…"` becomes the header WWW-Authenticate."""
    named = {name.replace("_", "-").title().replace("Www", "WWW"): value for name, value in headers.items()}
    return Stop(Answer(status, headers=named))


def refuse_without_gzip(call: Call) -> None:
    """406 for an Accept-Encoding without gzip; none at all is accepted (api-dsn §3)."""
    if call.headers.get("Accept-Encoding") is not None and not call.accepts_gzip():
        raise empty(406)


def fresh_headers(at: datetime) -> dict[str, str]:
    """What every search and download carries."""
    return {"Cache-Control": "no-cache", "Expires": http_date(at + STALE_AFTER)}


def http_date(moment: datetime) -> str:
    """An aware moment as HTTP writes it, to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def compressed(body: bytes) -> bytes:
    """The body in gzip, the same bytes each time."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def inflated(file: BinaryIO, limit: int) -> bytes:
    """What a gzip file holds. Raises ValueError when it is not whole gzip, OverflowError above `limit` bytes."""
    parts: list[bytes] = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as member:
            while part := member.read(_CHUNK):
                total += len(part)
                if total > limit:
                    raise OverflowError(f"more than {limit} bytes")
                parts.append(part)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("not whole gzip") from error
    return b"".join(parts)


def _codings(header: str) -> set[str]:
    """The content codings of an Accept-Encoding that are not refused by q=0."""
    found = set()
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        value = weight.strip().removeprefix("q=").strip()
        if not weight or value.strip("0.") != "":
            found.add(coding.strip())
    return found
