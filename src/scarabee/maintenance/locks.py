"""Locks on files, released by the system when the process that holds them dies."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "nt":  # pragma: no cover
    import msvcrt

    _PLACES = 1024
    """Windows knows no shared lock here: who shares locks one byte of so many, who is alone locks them all."""

    def _acquire(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
                return
            except OSError:  # LK_LOCK gives up after ten seconds: ask again
                continue

    def _try(descriptor: int, *, alone: bool) -> bool:
        places = [0] if alone else random.sample(range(_PLACES), _PLACES)
        for place in places:
            os.lseek(descriptor, place, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, _PLACES if alone else 1)  # type: ignore[attr-defined]
                return True
            except OSError:
                continue
        return False

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _try(descriptor: int, *, alone: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Wait until this process alone holds the lock file `path` (created if missing), then run the block."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path, *, alone: bool) -> int | None:
    """Take the lock file `path` (created if missing) now, alone or with others; None when that cannot be.

    The lock lasts until the descriptor that is given back is closed, or this process dies. A file that is there is
    shared without writing: a full or read-only disk is no obstacle. Raises OSError when it cannot be opened or created.
    """
    try:
        descriptor = os.open(path, os.O_RDWR if alone else os.O_RDONLY)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _try(descriptor, alone=alone):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
