"""One answer of the portal, as it came: nothing is judged here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HTML = "text/html"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body out of gzip; the body never shows in a repr, since it may be a token.

    `asked_at`: when the request left, by the clock of this machine (aware).
    """

    status: int
    asked_at: datetime
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)

    def header_values(self, name: str) -> list[str]:
        """Every value of a header. Their encoding is told by nothing: UTF-8 when it reads so, else Latin-1."""
        wanted = name.lower().encode("ascii")
        return [_decoded(value).strip() for key, value in self.headers if key.lower() == wanted]

    def header(self, name: str) -> str:
        """The first value of a header, "" when there is none."""
        return next(iter(self.header_values(name)), "")

    @property
    def media_type(self) -> str:
        """The Content-Type in lower case, without its parameters; "" when there is none."""
        return self.header("Content-Type").split(";")[0].strip().lower()

    @property
    def start(self) -> bytes:
        """The first bytes that are neither a byte order mark nor blank, in lower case."""
        return self.content[:1024].removeprefix(_BOM).lstrip()[:20].lower()

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, by its label or by its first bytes."""
        return self.media_type == HTML or self.start.startswith((b"<!doctype html", b"<html"))

    @property
    def dated_at(self) -> datetime | None:
        """What time it was at the portal when it answered (header Date, aware); None when it is not said."""
        return _moment(self.header("Date"))

    @property
    def expires_at(self) -> datetime | None:
        """The end of validity of the answer, by the clock of this machine, to the second; None when it is not said.

        The header Expires is the portal's clock. When the answer also says what time it is there (Date), the time left
        is counted from when the request left, so that a machine whose clock is wrong is not misled.
        """
        expires, date = _moment(self.header("Expires")), _moment(self.header("Date"))
        if expires is None or date is None:
            return expires
        return self.asked_at.replace(microsecond=0) + (expires - date)


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _moment(text: str) -> datetime | None:
    """An HTTP date, aware; None for anything else, such as the « 0 » or « -1 » of some servers."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
