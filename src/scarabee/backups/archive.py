"""Writing an archive: tar, compressed by zstd, encrypted by age; standard formats, streamed.

age pulls, zstd and tar give: nothing is held but a few buffers. A member whose size is only known once it is over
(a table that PostgreSQL copies out) waits compressed in a temporary file without a name; its frame then goes into the
archive as it is, since frames of zstd that follow one another are one stream.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyrage
import zstandard

from scarabee.backups import contents
from scarabee.backups.reading import Archive, reading, save
from scarabee.maintenance.lasting import sync_folder

__all__ = ["Archive", "Member", "Written", "reading", "save", "write"]

PARTIAL = ".partiel"
PAGES_LEVEL = -1
"""Of zstd, for what is compressed already for the most part: a database, whose contents are."""
TEXT_LEVEL = 1
"""Of zstd, for what COPY writes: hexadecimal digits, which the quicker levels leave as they are."""
CHUNK = 1 << 20
_IN_MEMORY = 8 << 20
_BLOCK = tarfile.BLOCKSIZE
_LARGEST_USTAR = 8 << 30
"""A larger size does not fit into the octal digits of the oldest form of tar."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file to write: its bytes by chunks. `size` None: known once they are all there."""

    name: str
    size: int | None
    chunks: Iterable[bytes]

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> "Member":
        return cls(name, len(content), (content,))


@dataclass(frozen=True, slots=True)
class Written:
    """An archive that stands: its size in bytes, its SHA-256, and those of its members by name."""

    path: Path
    size: int
    sha256: str
    members: Mapping[str, Mapping[str, Any]]


def write(
    path: Path,
    *,
    recipients: Sequence[str],
    manifest: Mapping[str, Any],
    members: Iterable[Member],
    findings: Callable[[], Mapping[str, Any]] = dict,
    scratch: Path | None = None,
) -> Written:
    """Write an archive that each of the recipients (`age1…`) can open.

    It is written beside its name (`.partiel`, 0600), made lasting, then renamed: a name without `.partiel` is a whole
    archive. `findings`, asked for once every member was written, completes `preuve.json`. `scratch`: where members of
    unknown size wait. Raises OSError, and whatever the members raise; the partial file is then removed.
    """
    partial = path.with_name(path.name + PARTIAL)
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sink = _Sink(file)
            tar = _Tar({"format": contents.FORMAT, **manifest}, members, findings, scratch or path.parent)
            _encrypt(_Source(tar.compressed()), sink, recipients)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):  # the disk may be gone
            partial.unlink()
        raise
    sync_folder(path.parent)
    return Written(path, sink.size, sink.digest.hexdigest(), tar.written)


def _encrypt(source: "_Source", sink: "_Sink", recipients: Sequence[str]) -> None:
    """Let age pull; what one of the two raised comes out as it was, the library only tells of it."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    try:
        pyrage.encrypt_io(source, sink, keys)
    except pyrage.EncryptError:
        if error := source.error or sink.error:
            raise error from None
        raise


class _Source:
    """The compressed bytes, as the library wants to read them."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._chunks, b""))
                if not self._rest:
                    return b""
        except BaseException as error:
            self.error = error
            raise
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


class _Sink:
    """The archive's file; counts and hashes what it takes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()
        self.error: BaseException | None = None

    def write(self, chunk: bytes) -> int:
        try:
            self._file.write(chunk)
        except BaseException as error:
            self.error = error
            raise
        self.digest.update(chunk)
        self.size += len(chunk)
        return len(chunk)

    def flush(self) -> None: ...


@dataclass(slots=True)
class _Tar:
    """The members one after the other, and what was written of each."""

    manifest: dict[str, Any]
    members: Iterable[Member]
    findings: Callable[[], Mapping[str, Any]]
    scratch: Path
    written: dict[str, dict[str, Any]] = field(default_factory=dict)

    def compressed(self) -> Iterator[bytes]:
        """The whole tar, compressed: one frame of zstd, or several in a row. Never an empty chunk."""
        return (chunk for chunk in self._frames() if chunk)

    def _frames(self) -> Iterator[bytes]:
        stream = _compressor(PAGES_LEVEL).compressobj()
        for member in self._all():
            if member.size is not None:
                yield from map(stream.compress, self._plain(member, member.size))
                continue
            with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self.scratch)) as spool:
                size = self._spool(member, spool)
                yield stream.compress(_header(member.name, size))
                yield stream.flush()
                spool.seek(0)
                yield from iter(lambda: spool.read(CHUNK), b"")
            stream = _compressor(PAGES_LEVEL).compressobj()
        yield stream.compress(bytes(2 * _BLOCK))
        yield stream.flush()

    def _all(self) -> Iterator[Member]:
        yield Member.of_bytes(contents.READ_ME, contents.read_me(self.manifest).encode())
        yield Member.of_bytes(contents.MANIFEST, _json(self.manifest))
        yield from self.members
        yield Member.of_bytes(contents.PROOF, _json({"members": self.written, **self.findings()}))

    def _plain(self, member: Member, size: int) -> Iterator[bytes]:
        yield _header(member.name, size)
        digest, given = hashlib.sha256(), 0
        for chunk in member.chunks:
            digest.update(chunk)
            given += len(chunk)
            yield chunk
        if given != size:
            raise OSError(f"{member.name} changed while it was read")
        self._note(member.name, size, digest.hexdigest())
        yield _padding(size)

    def _spool(self, member: Member, spool: IO[bytes]) -> int:
        stream, digest, size = _compressor(TEXT_LEVEL).compressobj(), hashlib.sha256(), 0
        for chunk in member.chunks:
            digest.update(chunk)
            size += len(chunk)
            spool.write(stream.compress(chunk))
        spool.write(stream.compress(_padding(size)))
        spool.write(stream.flush())
        self._note(member.name, size, digest.hexdigest())
        return size

    def _note(self, name: str, size: int, sha256: str) -> None:
        self.written[name] = {"size": size, "sha256": sha256}


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an open file, a mebibyte at a time."""
    return iter(lambda: file.read(CHUNK), b"")


def _compressor(level: int) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=level)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    if size < _LARGEST_USTAR:
        return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
