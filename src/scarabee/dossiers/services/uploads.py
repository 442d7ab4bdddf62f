"""Uploaded files: where they wait between the upload and the import, readable by the data folder's owner alone.

They arrive in `fichiers/imports/arrivees`, move to `fichiers/imports/<number of the import>/`, and go when the
import ends. What is forgotten there is swept after some days.
"""

import errno
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from scarabee.dossiers.models import Act, ImportFile
from scarabee.dossiers.services.archives import Unpacked, unpack
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal

ARRIVALS = "arrivees"
SPARE_BYTES = 200 << 20
"""Left free on the disk besides the uploaded bytes: what an import itself writes."""
NEARLY_FULL_BYTES = 50 << 20
KEEP_DAYS = 7
ARRIVAL_HOURS = 24
MAX_FILES = 2_000
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class Incoming(Protocol):
    """A file as a form gives it (`django.core.files.File`): name, size in bytes, bytes by chunks."""

    name: str | None
    size: int

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that waits. `refusal` non-empty: nothing waits, and why."""

    name: str
    path: Path | None
    size: int
    refusal: str = ""


def imports_folder() -> Path:
    """`fichiers/imports` below the data folder, made when missing (0700)."""
    return _made(Path(settings.DATA_FOLDER) / "fichiers" / "imports")


def arrivals_folder() -> Path:
    """Where bytes arrive before they belong to an import."""
    return _made(imports_folder() / ARRIVALS)


def require_room(size: int) -> None:
    """Raise `Refusal` unless the disk of the data folder has room for `size` bytes and an import of them."""
    free = shutil.disk_usage(imports_folder()).free
    if free < size + SPARE_BYTES:
        raise Refusal(
            f"Il reste {in_words(free)} sur le disque des données : trop peu pour recevoir {in_words(size)}.",
            safe="Rien n’a été reçu ni importé, vos données sont intactes.",
            remedy="Libérez de la place, ou envoyez moins de fichiers à la fois, puis recommencez.",
        )


def is_nearly_full() -> bool:
    """Whether the disk of the data folder has too little room for work under way to be written."""
    return shutil.disk_usage(imports_folder()).free < NEARLY_FULL_BYTES


def keep(files: Iterable[Incoming]) -> tuple[Path, list[Kept]]:
    """Write files into a folder of their own, archives unpacked; returns the folder and what waits in it.

    Raises `Refusal` when there is nothing, too much, or no room: nothing is then left behind.
    """
    incoming = list(files)
    if not incoming:
        raise Refusal("Aucun fichier n’a été reçu.", remedy="Choisissez au moins un fichier DSN, puis recommencez.")
    folder = _made(arrivals_folder() / uuid.uuid4().hex)
    try:
        require_room(sum(file.size or 0 for file in incoming if not hasattr(file, "release")))
        kept = [one for index, file in enumerate(incoming) for one in _keep(folder, index, file)]
        if len(kept) > MAX_FILES:
            raise Refusal(
                f"Ces envois contiennent {len(kept)} fichiers ; un import en prend {MAX_FILES} au plus.",
                remedy="Faites-en plusieurs imports.",
            )
    except OSError as error:
        remove_folder(folder)
        raise disk_refusal(error) from error
    except BaseException:
        remove_folder(folder)
        raise
    return folder, kept


def adopt(folder: Path, act: Act) -> Path:
    """Move what `keep` wrote into the folder of its import; returns that folder."""
    home = imports_folder() / str(act.pk)
    if home.exists():  # left by a data folder put back from an older backup: no row names it
        remove_folder(home)
    os.replace(folder, home)
    return home


def open_waiting(row: ImportFile) -> BinaryIO:
    """The waiting bytes of a file. Raises FileNotFoundError when they are gone."""
    if not row.path:
        raise FileNotFoundError("the bytes of this file were read already")
    return open(Path(settings.DATA_FOLDER) / row.path, "rb")


def relative(path: Path) -> str:
    """A path as `ImportFile.path` keeps it: below the data folder, with slashes."""
    return path.relative_to(settings.DATA_FOLDER).as_posix()


def forget(act: Act) -> None:
    """Remove the waiting files of an import that is over."""
    ImportFile.objects.filter(act=act).exclude(path="").update(path="")
    remove_folder(imports_folder() / str(act.pk))


def sweep() -> int:
    """Remove folders that no import waits for any more; returns how many."""
    waiting = set(
        ImportFile.objects.exclude(path="")
        .filter(act__state__in=(Act.State.PREPARED, Act.State.QUEUED, Act.State.RUNNING))
        .values_list("act_id", flat=True)
    )
    removed = 0
    for folder in imports_folder().iterdir():
        if folder.name.isdigit() and int(folder.name) not in waiting and _is_old(folder, ARRIVAL_HOURS):
            remove_folder(folder)
            removed += 1
    for arrival in arrivals_folder().iterdir():
        if _is_old(arrival, ARRIVAL_HOURS):
            remove_folder(arrival) if arrival.is_dir() else arrival.unlink(missing_ok=True)
            removed += 1
    return removed


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def shown_name(name: str | None) -> str:
    """The name as the user knows it, without folders or control characters, at most 255 characters."""
    last = re.split(r"[\\/]", name or "")[-1]
    clean = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    return clean[-255:] or "sans nom"


def in_words(size: int) -> str:
    """312 Mo, 1,4 Go, 12 ko, 1 ko at least."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):.1f} Go".replace(".", ",")
    if size >= 1 << 20:
        return f"{size >> 20} Mo"
    return f"{max(1, size >> 10)} ko" if size else "0 octet"


def _keep(folder: Path, index: int, file: Incoming) -> list[Kept]:
    name = shown_name(file.name)
    path = folder / f"{index:04d}-{_file_name(name)}"
    release = getattr(file, "release", None)
    if release is not None:
        os.replace(release(), path)
    else:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
    unpacked: Unpacked | None = unpack(path, room=require_room)
    if unpacked is None:
        return [Kept(name, path, path.stat().st_size)]
    path.unlink()
    if unpacked.refusal:
        return [Kept(name, None, 0, unpacked.refusal)]
    return [Kept(f"{name} ▸ {shown_name(member)}"[-255:], at, at.stat().st_size) for member, at in unpacked.members]


def _file_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _ODD.sub("_", plain).strip("._-")[-80:] or "fichier"


def _is_old(path: Path, hours: int) -> bool:
    try:
        return path.stat().st_mtime < (now() - timedelta(hours=hours)).timestamp()
    except FileNotFoundError:
        return False


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def disk_refusal(error: OSError) -> Refusal:
    """What to say when bytes could not be written."""
    safe = "Rien n’a été importé, vos données sont intactes."
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        message = "Le disque est plein : les fichiers n’ont pas pu être reçus en entier."
        return Refusal(message, safe=safe, remedy="Libérez de la place, puis recommencez.")
    return Refusal(
        f"Les fichiers n’ont pas pu être écrits dans le dossier des données ({error.strerror or error}).",
        safe=safe,
        remedy="Vérifiez les droits de ce dossier, puis recommencez.",
    )
