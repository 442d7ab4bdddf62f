"""The files of an exchange folder: which are whole, how they are read, where they go. Nothing is ever deleted.

A file is whole when two looks at least `REST_SECONDS` apart found it the same, whatever the clock of its disk says, or
when nothing touched it for `OLD_SECONDS`. The looks are kept in the memory of the process that makes them.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

REST_SECONDS = 10.0
OLD_SECONDS = 60.0
CHUNK_BYTES = 1 << 20
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
_SYSTEM = frozenset({"thumbs.db", "desktop.ini"})


class Look(NamedTuple):
    """What tells whether a file changed."""

    size: int
    changed_ns: int
    inode: int


@dataclass(slots=True)
class Dropped:
    """A whole file, open. As `uploads.Incoming`: name, size, bytes by chunks."""

    path: Path
    look: Look
    stream: BinaryIO
    name: str | None
    size: int

    @property
    def is_archive(self) -> bool:
        self.stream.seek(0)
        return self.stream.read(2) == b"PK"

    @property
    def is_unchanged(self) -> bool:
        """Whether what was read is still what stands there."""
        try:
            return look_at(self.path.lstat()) == self.look
        except FileNotFoundError:
            return False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        self.stream.seek(0)
        while block := self.stream.read(chunk_size or CHUNK_BYTES):
            yield block


class Looks:
    """What the process saw of each file, and since when it is the same."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[Look, float]] = {}

    def is_whole(self, path: Path, found: Look, moment: float) -> bool:
        """Whether the file stopped growing; `moment`: now, in seconds since the epoch."""
        before = self._seen.get(path)
        if before is None or before[0] != found:
            before = self._seen[path] = (found, moment)
        return abs(moment - before[1]) >= REST_SECONDS or moment - found.changed_ns / 1e9 >= OLD_SECONDS

    def forget_gone(self, folder: Path, there: set[Path]) -> None:
        """Keep nothing of files that went."""
        for path in [one for one in self._seen if one.parent == folder and one not in there]:
            del self._seen[path]


def candidates(folder: Path) -> list[Path]:
    """What lies in the folder itself and may be a DSN, by name: files and links, neither hidden nor unfinished.

    Raises OSError when the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_symlink() or entry.is_file(follow_symlinks=False)]
    return [folder / name for name in sorted(names) if not _is_passed_over(name)]


def look_at(found: os.stat_result) -> Look:
    return Look(found.st_size, max(found.st_mtime_ns, found.st_ctime_ns), found.st_ino)


def open_whole(path: Path) -> Dropped | None:
    """The file, open, with what was seen of it; None when it is no plain file. Raises OSError; follows no link."""
    flags = (
        getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    )  # a pipe would wait
    descriptor = os.open(path, os.O_RDONLY | flags)
    stream = os.fdopen(descriptor, "rb")
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        stream.close()
        return None
    return Dropped(path, look_at(found), stream, path.name, found.st_size)


def put_away(path: Path, home: Path) -> Path | None:
    """Move a file into a folder under a name that is free; its new place, None when somebody moved it first.

    The name is taken by an empty file, which the file then replaces: nothing is ever written over. Raises OSError.
    """
    target = _reserved(home, path.name)
    try:
        os.replace(path, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            return None
        raise
    return target


def write_beside(path: Path, text: str) -> None:
    """A text of the same name beside a file that was put away."""
    _reserved(path.parent, f"{path.name}.txt").write_text(text, encoding="utf-8-sig")


def _reserved(home: Path, name: str) -> Path:
    """An empty file of this name, or of the next one that is free."""
    stem, suffix = os.path.splitext(name)
    number = 1
    while True:
        target = home / (name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            number += 1
        else:
            return target


def _is_passed_over(name: str) -> bool:
    low = name.lower()
    return name.startswith((".", "~")) or low.endswith(_UNFINISHED) or low in _SYSTEM
