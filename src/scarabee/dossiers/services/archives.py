"""ZIP archives of DSN files, unpacked with care: a few kilobytes may claim to be terabytes."""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import IO, cast

MAX_MEMBERS = 1_000
MAX_BYTES = 4 << 30
MAX_RATIO = 200
"""Unpacked bytes per packed byte; DSN text, which repeats itself a lot, stays under 60."""
_CHUNK = 1 << 20
_LARGEST_LIST = 4 << 20
"""Bytes of the list at the end of an archive: some ninety thousand names at most are ever looked at."""
_DOCUMENTS = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF")
_ENCRYPTED = 1


@dataclass(slots=True)
class Unpacked:
    """The members of an archive (name, path), or why none was unpacked."""

    members: list[tuple[str, Path]] = field(default_factory=list)
    refusal: str = ""


def unpack(path: Path, *, room: Callable[[int], None], into: Path | None = None) -> Unpacked | None:
    """Unpack a ZIP beside itself, or into a folder; None when the file is not one (a document counts as not).

    `room(size)` raises when the disk lacks it. An archive that is too big, damaged or locked gives a refusal, and
    leaves nothing behind.
    """
    target = path if into is None else into / path.name
    with path.open("rb") as start:
        if start.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            return None
    try:
        with _opened(path) as archive:
            members = [one for one in archive.infolist() if _is_file(one)]
            if any(one.filename in _DOCUMENTS for one in members):
                return None
            refusal = _why_not(members)
            if refusal:
                return Unpacked(refusal=refusal)
            room(sum(one.file_size for one in members))
            return _extract(archive, members, target)
    except zipfile.BadZipFile:
        _remove_members(target)
        return Unpacked(
            refusal="l’archive ZIP est abîmée ou d’un genre inconnu. Ouvrez-la et envoyez les fichiers DSN."
        )


class _Sparing(FileIO):
    """The file of an archive, whose list the library would take into memory however long it is."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGEST_LIST:
            raise zipfile.BadZipFile("a list of files that is too long")
        return super().read(size) or b""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive. Raises BadZipFile, whatever the library stumbled over."""
    with _Sparing(path) as file:
        try:
            archive = zipfile.ZipFile(cast(IO[bytes], file))
        except Exception as error:
            raise zipfile.BadZipFile("no list of its files") from error
        with archive:
            yield archive


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a member holds. Raises BadZipFile, whatever the library stumbled over: each way of packing has its own."""
    try:
        with archive.open(member) as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except Exception as error:
        raise zipfile.BadZipFile("a member that cannot be read") from error


def _is_file(member: zipfile.ZipInfo) -> bool:
    last = member.filename.rsplit("/", 1)[-1]
    return bool(last) and not last.startswith(".") and not member.filename.startswith("__MACOSX/")


def _why_not(members: list[zipfile.ZipInfo]) -> str:
    packed, size = sum(one.compress_size for one in members), sum(one.file_size for one in members)
    if not members:
        return "l’archive ZIP est vide."
    if len(members) > MAX_MEMBERS:
        return f"l’archive ZIP contient {len(members)} fichiers ; {MAX_MEMBERS} au plus sont ouverts. Partagez-la."
    if size > MAX_BYTES or size > MAX_RATIO * max(packed, 1024):
        return "l’archive ZIP se gonfle au-delà de ce que des DSN font : elle n’a pas été ouverte."
    if any(one.flag_bits & _ENCRYPTED for one in members):
        return "l’archive ZIP est protégée par un mot de passe. Ouvrez-la et envoyez les fichiers DSN."
    return ""


def _extract(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], path: Path) -> Unpacked:
    unpacked = Unpacked()
    for index, member in enumerate(members):
        at = path.with_name(f"{path.name}.{index:04d}")
        descriptor = os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            left = member.file_size  # what it announced, and was checked for, is all it gets
            for chunk in _bytes_of(archive, member):
                left -= len(chunk)
                if left < 0:
                    raise zipfile.BadZipFile("more bytes than announced")
                target.write(chunk)
        unpacked.members.append((member.filename, at))
    return unpacked


def _remove_members(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}.[0-9][0-9][0-9][0-9]"):
        left.unlink(missing_ok=True)
