"""Reading a request from a socket against a deadline: a slow caller gives up his place, a huge body is cut."""

import io
import socket
import tempfile
import time
from email.message import Message
from typing import Any, BinaryIO

_CHUNK = 1 << 16
_IN_MEMORY = 1 << 18
_CHUNK_LINE_BYTES = 1024
_TRAILERS = 100
BAD_REQUEST, TOO_LARGE, NOT_IMPLEMENTED = 400, 413, 501


class Unreadable(Exception):
    """The body cannot be read to its end: `status` says why, and the connection must be closed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class DeadlineStream(io.RawIOBase):
    """What a socket sends, until a deadline; beyond it, reading raises TimeoutError."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = 0.0

    def within(self, seconds: float) -> None:
        """From now on, everything must have come in so many seconds."""
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def read_body(source: io.BufferedIOBase, headers: Message, limit: int) -> BinaryIO:
    """The body as a temporary file, at its start. Raises Unreadable: 400 ill-framed, 413 too large, 501 unknown."""
    coding = str(headers.get("Transfer-Encoding", "")).strip().lower()
    lengths = headers.get_all("Content-Length", [])
    target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who serves the call
    try:
        if coding:
            if coding != "chunked":
                raise Unreadable(NOT_IMPLEMENTED)
            if lengths:
                raise Unreadable(BAD_REQUEST)
            _copy_chunks(source, target, limit)
        elif lengths:
            _copy(source, target, _length(lengths, limit))
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return target  # type: ignore[return-value]


def _length(values: list[Any], limit: int) -> int:
    text = str(values[0]).strip()
    if len(values) > 1 or not (text.isascii() and text.isdigit()):
        raise Unreadable(BAD_REQUEST)
    if len(text) > len(str(limit)) or int(text) > limit:
        raise Unreadable(TOO_LARGE)
    return int(text)


def _copy(source: io.BufferedIOBase, target: Any, length: int) -> None:
    while length:
        part = source.read(min(length, _CHUNK))
        if not part:
            raise ConnectionError("cut body")
        target.write(part)
        length -= len(part)


def _copy_chunks(source: io.BufferedIOBase, target: Any, limit: int) -> None:
    total = 0
    while size := _chunk_size(source):
        total += size
        if total > limit:
            raise Unreadable(TOO_LARGE)
        _copy(source, target, size)
        if source.readline(_CHUNK_LINE_BYTES) not in (b"\r\n", b"\n"):
            raise Unreadable(BAD_REQUEST)
    for _ in range(_TRAILERS):
        if source.readline(_CHUNK_LINE_BYTES) in (b"\r\n", b"\n", b""):
            return
    raise Unreadable(BAD_REQUEST)


def _chunk_size(source: io.BufferedIOBase) -> int:
    line = source.readline(_CHUNK_LINE_BYTES)
    if not line:
        raise ConnectionError("cut body")
    text = line.partition(b";")[0].strip()
    if not text or len(text) > 12 or text.strip(b"0123456789abcdefABCDEF"):
        raise Unreadable(BAD_REQUEST)
    return int(text, 16)
