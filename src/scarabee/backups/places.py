"""Where archives are written, and what lies there for a moment: the lock, the scratch folders, the partial files.

sauvegardes/                      the archives, where no other folder was asked for
sauvegardes/verrou                held by the one process that writes or sweeps
sauvegardes/.brouillon-…          copies of the rows while an archive is written or proved; removed whatever happens
sauvegardes/.lecture-…            an archive that is open; the same
scarabee-….tar.zst.age.partiel    an archive that is not finished
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from scarabee.maintenance import gate
from scarabee.maintenance.locks import try_lock

WRITING, READING = ".brouillon-", ".lecture-"
_LOCK = "verrou"


def backups_folder() -> Path:
    """`sauvegardes` below the data folder, made when missing (0700)."""
    folder = Path(settings.DATA_FOLDER) / "sauvegardes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def scratch_folder(prefix: str = WRITING) -> Iterator[Path]:
    """An empty folder (0700) beside the archives of this computer, removed at the end with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=backups_folder()))
    lock = try_lock(folder / _LOCK, alone=True)
    assert lock is not None
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_scratch(prefix: str) -> None:
    """Remove the scratch folders of processes that died; those that somebody still holds are left alone."""
    for left in backups_folder().glob(f"{prefix}*"):
        if (lock := try_lock(left / _LOCK, alone=True)) is not None:
            os.close(lock)
            shutil.rmtree(left, ignore_errors=True)


def sweep_folder() -> None:
    """Remove what processes that died left of archives they wrote. Only for who is `alone`."""
    sweep_scratch(WRITING)
    for left in backups_folder().glob("scarabee-*.partiel"):
        left.unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this is the only process of the installation that writes a backup, held until the block ends."""
    backups_folder()
    with gate.alone(gate.Door.BACKUP, seconds=0) as held:
        yield held is not None
