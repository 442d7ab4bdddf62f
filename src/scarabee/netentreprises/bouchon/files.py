"""Files that are whole or absent, and the lock of a folder."""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarabee.netentreprises.bouchon.errors import BouchonRefusal, system_words

_DRAFT = ".brouillon-"
_LOCK = "verrou"

if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_folder(folder: Path) -> int:
    """Make the folder when missing and hold its lock until the descriptor given back is closed.

    Raises BouchonRefusal when another process, or another bouchon of this one, holds it, or when the system refuses.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise BouchonRefusal(
            f"Le dossier « {folder} » ne peut pas servir au bouchon ({system_words(error)}).",
            "Choisissez-en un où ce compte peut écrire.",
        ) from None
    try:
        _try_lock(descriptor)
    except OSError:
        os.close(descriptor)
        raise BouchonRefusal(
            f"Un autre bouchon se sert déjà du dossier « {folder} ».",
            "Arrêtez-le d’abord, ou choisissez un autre dossier.",
        ) from None
    return descriptor


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file at one stroke, for good."""
    write_file(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8"))


def write_file(path: Path, content: bytes) -> None:
    """Replace a file at one stroke, for good: a draft, fsync, rename, fsync of the folder."""
    draft = path.with_name(f"{_DRAFT}{uuid.uuid4().hex}")
    _write_new(draft, content)
    os.replace(draft, path)
    sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with these files appear at one stroke, for good. It must not exist."""
    draft = path.with_name(f"{_DRAFT}{uuid.uuid4().hex}")
    draft.mkdir(mode=0o700)
    for name, content in files.items():
        _write_new(draft / name, content)
    sync_folder(draft)
    os.rename(draft, path)
    sync_folder(path.parent)


def remove_drafts(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for path in folder.glob(f"{_DRAFT}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename last. Windows has no such call, and does not need it."""
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems refuse it for folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
