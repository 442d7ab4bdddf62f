"""Reading an archive: age, zstd and tar the other way, streamed, believing nothing.

age authenticates every 64 KiB before it gives them; sizes and hashes are compared with `preuve.json` once the end is
reached. A thread decrypts into a pipe, since the library pushes what whoever reads wants to pull.
"""

import hashlib
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

import pyrage
import zstandard

from scarabee.backups import contents
from scarabee.backups.errors import ArchiveUnreadable, NoRoom, Reason

SPARE_BYTES = 200 << 20
"""Left free on a disk that an archive is opened onto."""
_CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
_AGE = b"age-encryption.org/v1\n"
_LARGEST_HEADER = 64 << 10
_LARGEST_WINDOW = 128 << 20
_LARGEST_PAGE = {contents.READ_ME: 1 << 20, contents.MANIFEST: 16 << 20, contents.PROOF: 256 << 20}
_LARGEST_END = 1 << 20
_MOST_MEMBERS = 200_000
_MOST_GROWTH = 2_000
_ALWAYS_ALLOWED = 1 << 30


class Stream(Protocol):
    """What a member's bytes are read from: fewer bytes than asked for only at the end."""

    def read(self, size: int = -1) -> bytes: ...


class Found(NamedTuple):
    """A member of an archive: its name, its size in bytes, and its bytes, to be read before the next member."""

    name: str
    size: int
    file: Stream


class Archive:
    """An archive that is being read. `manifest` is there at once, `proof` (`preuve.json`) after the last member."""

    def __init__(self, path: Path, stream: Stream) -> None:
        self.path = path
        self._tar = _Entries(path, stream)
        self._seen: dict[str, dict[str, Any]] = {}
        self._page(contents.READ_ME)
        self.manifest: dict[str, Any] = self._page(contents.MANIFEST)
        self.proof: dict[str, Any] = {}
        if self.manifest.get("format") != contents.FORMAT:
            newer = isinstance(number := self.manifest.get("format"), int) and number > contents.FORMAT
            raise ArchiveUnreadable(Reason.NEWER if newer else Reason.FORMAT, path)

    def members(self) -> Iterator[Found]:
        """What lies between the manifest and the proof, in order; what of it is not read is passed over.

        Raises `ArchiveUnreadable`: only when this ends by itself is everything that was read whole and proved.
        """
        while (entry := self._tar.next()).name != contents.PROOF:
            if not contents.is_allowed(entry.name) or entry.name in self._seen:
                raise ArchiveUnreadable(Reason.FORMAT, self.path)
            yield Found(entry.name, entry.size, entry)
            self._note(entry)
        proof = self._parsed(entry)
        self._tar.end()
        if not isinstance(proof, dict) or proof.get("members") != self._seen:
            raise ArchiveUnreadable(Reason.DIFFERENT, self.path)
        self.proof = proof

    def _page(self, name: str) -> Any:
        entry = self._tar.next()
        if entry.name != name:
            raise ArchiveUnreadable(Reason.FORMAT, self.path)
        page = self._parsed(entry) if name.endswith(".json") else None
        self._note(entry)
        return page

    def _parsed(self, entry: "_Entry") -> Any:
        if entry.size > _LARGEST_PAGE[entry.name]:
            raise ArchiveUnreadable(Reason.TOO_LARGE, self.path)
        try:
            page = json.loads(entry.read())
        except (ValueError, RecursionError):
            raise ArchiveUnreadable(Reason.FORMAT, self.path) from None
        if not isinstance(page, dict):
            raise ArchiveUnreadable(Reason.FORMAT, self.path)
        return page

    def _note(self, entry: "_Entry") -> None:
        entry.skip()
        self._seen[entry.name] = {"size": entry.size, "sha256": entry.digest.hexdigest()}


@contextmanager
def reading(path: Path, identities: Sequence[str]) -> Iterator[Archive]:
    """Open an archive with the first of these age identities (`AGE-SECRET-KEY-1…`) that fits.

    Raises `ArchiveUnreadable`, now or while its members are read; OSError when the file itself cannot be read.
    """
    keys = [pyrage.x25519.Identity.from_str(one) for one in identities]
    with path.open("rb") as file:
        _check_start(path, file)
        decrypted = _Decrypted(path, file, keys)
        try:
            stream = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).stream_reader(
                cast(IO[bytes], decrypted), read_across_frames=True, closefd=False
            )
            yield Archive(path, stream)
        except zstandard.ZstdError:
            raise ArchiveUnreadable(Reason.FORMAT, path) from None
        finally:
            decrypted.close()


def save(member: Found, path: Path) -> None:
    """Write a member into a new file (0600). Raises `NoRoom` before it writes, FileExistsError, OSError."""
    free = shutil.disk_usage(path.parent).free
    if free < member.size + SPARE_BYTES:
        from scarabee.dossiers.services.uploads import in_words

        raise NoRoom(
            f"Il reste {in_words(free)} sur le disque de « {path.parent} » : trop peu pour y ouvrir l’archive, "
            f"qui en demande {in_words(member.size)}.",
            remedy="Libérez de la place, puis recommencez.",
        )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := member.file.read(_CHUNK):
            file.write(chunk)


def _check_start(path: Path, file: IO[bytes]) -> None:
    """Look at the header before age does, which reads one without an end again and again."""
    start = file.read(_LARGEST_HEADER)
    file.seek(0)
    if start and not start.startswith(_AGE):
        raise ArchiveUnreadable(Reason.FORMAT, path)
    if b"\n--- " not in start:
        raise ArchiveUnreadable(Reason.TRUNCATED if len(start) < _LARGEST_HEADER else Reason.FORMAT, path)


class _Decrypted:
    """The decrypted bytes, to be pulled; what goes wrong is said once the good bytes are used up."""

    def __init__(self, path: Path, file: IO[bytes], keys: Sequence[Any]) -> None:
        self._path = path
        self._watched = _Watched(file)
        self._out, into = os.pipe()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._decrypt, args=(into, keys), name="age", daemon=True)
        self._thread.start()

    def read(self, size: int = -1) -> bytes:
        chunk = os.read(self._out, size if size >= 0 else _CHUNK)
        if not chunk:
            self._thread.join()
            if self._error is not None:
                raise self._in_words(self._error) from None
        return chunk

    def close(self) -> None:
        """Stop, wherever it is: the thread finds nobody at the other end."""
        os.close(self._out)
        self._thread.join()

    def _decrypt(self, into: int, keys: Sequence[Any]) -> None:
        try:
            with os.fdopen(into, "wb", buffering=0) as sink:
                pyrage.decrypt_io(self._watched, sink, keys)
        except Exception as error:  # said by `read`, in the thread of whoever reads
            self._error = error

    def _in_words(self, error: Exception) -> Exception:
        """The library knows few words: what it could not authenticate is an OSError without a number."""
        if self._watched.error is not None:
            return self._watched.error
        text = str(error)
        if "No matching keys" in text:
            return ArchiveUnreadable(Reason.KEY, self._path)
        if isinstance(error, pyrage.DecryptError):
            return ArchiveUnreadable(Reason.FORMAT, self._path)
        return ArchiveUnreadable(Reason.TRUNCATED if self._watched.is_over else Reason.DAMAGED, self._path)


class _Watched:
    """The archive's file: remembers whether its end was reached, and why it could not be read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self.error: OSError | None = None

    @property
    def is_over(self) -> bool:
        return self._file.tell() >= self._size

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            raise


class _Entry:
    """One member, read through its hash."""

    def __init__(self, path: Path, stream: Stream, name: str, size: int) -> None:
        self._path = path
        self._stream = stream
        self._left = size
        self.name = name
        self.size = size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        chunk = _exactly(self._path, self._stream, wanted)
        self.digest.update(chunk)
        self._left -= wanted
        return chunk

    def skip(self) -> None:
        """Read what is left, and what fills its last block."""
        while self.read(_CHUNK):
            pass
        _exactly(self._path, self._stream, -self.size % _BLOCK)


class _Entries:
    """The headers of the tar: plain files, of sizes that can be believed."""

    def __init__(self, path: Path, stream: Stream) -> None:
        self._path = path
        self._stream = stream
        self._count = 0
        self._growing = 0
        self._allowed = path.stat().st_size * _MOST_GROWTH + _ALWAYS_ALLOWED

    def next(self) -> _Entry:
        header = _exactly(self._path, self._stream, _BLOCK)
        if not any(header):
            raise ArchiveUnreadable(Reason.TRUNCATED, self._path)
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise ArchiveUnreadable(Reason.FORMAT, self._path) from None
        self._count += 1
        if not info.isreg() or info.size < 0 or self._count > _MOST_MEMBERS:
            raise ArchiveUnreadable(Reason.FORMAT, self._path)
        if info.name != contents.DATABASE:  # emptied pages shrink to nothing; whoever writes them looks for room
            self._growing += info.size
        if self._growing > self._allowed:
            raise ArchiveUnreadable(Reason.TOO_LARGE, self._path)
        return _Entry(self._path, self._stream, info.name, info.size)

    def end(self) -> None:
        """Nothing but zeros, to the very end: only there does age say that nothing was cut off."""
        left = _LARGEST_END
        while chunk := self._stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0 or any(chunk):
                raise ArchiveUnreadable(Reason.FORMAT, self._path)


def _exactly(path: Path, stream: Stream, size: int) -> bytes:
    """This many bytes. Raises `ArchiveUnreadable` when there are fewer."""
    pieces, left = [], size
    while left:
        piece = stream.read(left)
        if not piece:
            raise ArchiveUnreadable(Reason.TRUNCATED, path)
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
