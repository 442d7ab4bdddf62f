"""Where archives are written, and what lies there for a moment: the lock, the scratch folders, the partial files.

sauvegardes/                      the archives, where no other folder was asked for
sauvegardes/verrou                held by the one process that writes or sweeps
sauvegardes/.brouillon-…          copies of the rows while an archive is written or proved; removed whatever happens
scarabee-….tar.zst.age.partiel    an archive that is not finished
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from scarabee.backups.connecting import connected
from scarabee.maintenance.locks import try_lock

_ADVISORY_LOCK = 5_318_008_006
_SCRATCH, _LOCK = ".brouillon-", "verrou"


def backups_folder() -> Path:
    """`sauvegardes` below the data folder, made when missing (0700)."""
    folder = Path(settings.DATA_FOLDER) / "sauvegardes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder (0700) beside the archives of this computer, removed at the end with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=backups_folder()))
    lock = try_lock(folder / _LOCK, alone=True)
    assert lock is not None
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_folder() -> None:
    """Remove what processes that died left here; what somebody still holds is left alone. Only for who is `alone`."""
    for left in backups_folder().glob(f"{_SCRATCH}*"):
        if (lock := try_lock(left / _LOCK, alone=True)) is not None:
            os.close(lock)
            shutil.rmtree(left, ignore_errors=True)
    for left in backups_folder().glob("scarabee-*.partiel"):
        left.unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this is the only process of the installation that writes a backup, held until the block ends.

    It falls by itself when the process dies: a lock on a file, or one of the session of a PostgreSQL connection, which
    holds on every computer.
    """
    if connection.vendor != "postgresql":
        with _alone_here() as mine:
            yield mine
        return
    with connected("turn", connection.settings_dict) as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
        yield cursor.fetchone()[0]


@contextmanager
def _alone_here() -> Iterator[bool]:
    descriptor = try_lock(backups_folder() / _LOCK, alone=True)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
