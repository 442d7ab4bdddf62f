"""The gate: whatever writes goes through it with the others, a maintenance holds it alone.

The operating system or PostgreSQL keeps these locks and lets go of them when their holder dies, so that nothing has to
beat to be known alive. With SQLite everybody is on one machine: a file of the data folder is locked. With PostgreSQL,
machines share nothing but the database: an advisory lock of the session (no transaction pooler may stand between).
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, connection

from scarabee.maintenance.locks import try_lock

_POLL_SECONDS = 0.1


class Door(Enum):
    """What is held: the name of the file, the key of the advisory lock."""

    WORK = ("maintenance.travaux", 5_318_008_011)
    """With others: a request that writes, a unit of work, a command. Alone: a maintenance."""
    OPENER = ("maintenance.ouverte", 5_318_008_012)
    """Alone: the one process that keeps a maintenance window open."""
    BACKUP = ("sauvegardes/verrou", 5_318_008_006)
    """Alone: the one process that writes a backup of everything."""

    @property
    def path(self) -> Path:
        return Path(settings.DATA_FOLDER) / self.value[0]

    @property
    def key(self) -> int:
        return self.value[1]


class Held(Protocol):
    """A lock that is ours."""

    def release(self) -> None: ...

    def stands(self) -> bool:
        """Whether it is ours still: a connection that broke took it along."""
        ...


@contextmanager
def together(door: Door = Door.WORK) -> Iterator[bool]:
    """Hold the door with others; False, at once, when somebody holds it alone."""
    held = _take(door)
    if held is None:
        yield False
        return
    outer, _mine.share = getattr(_mine, "share", None), held
    try:
        yield True
    finally:
        if _mine.share is not None:
            _mine.share.release()
        _mine.share = outer


@contextmanager
def alone(door: Door, *, seconds: float) -> Iterator[Held | None]:
    """Hold the door alone, waiting at most so long for the others to leave; None when they did not."""
    until = time.monotonic() + seconds
    attempt: _Attempt = _Session(door) if connection.vendor == "postgresql" else _File(door)
    try:
        while not (taken := attempt.take()) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        yield attempt if taken else None
    finally:
        attempt.release()


@contextmanager
def stepped_aside(door: Door = Door.WORK) -> Iterator[None]:
    """Within it, the place this thread has at the door with others is given up: it is about to be there alone."""
    share: Held | None = getattr(_mine, "share", None)
    if share is None:
        yield
        return
    share.release()
    _mine.share = None
    try:
        yield
    finally:
        _mine.share = _take(door)


def is_held_alone(door: Door) -> bool:
    """Whether somebody, this process included, holds the door alone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_WHO_HOLDS, [door.key >> 32, door.key & 0xFFFFFFFF])
            return bool(cursor.fetchone()[0])
    held = _take_file(door)
    if held is not None:
        held.release()
    return held is None


_mine = threading.local()
_WHO_HOLDS = """
SELECT EXISTS (SELECT 1 FROM pg_locks
  WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 1 AND mode = 'ExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def _take(door: Door) -> Held | None:
    if connection.vendor != "postgresql":
        return _take_file(door)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", [door.key])
        return _Share(door) if cursor.fetchone()[0] else None


def _take_file(door: Door) -> Held | None:
    try:
        descriptor = try_lock(door.path, alone=False)
    except OSError:
        if door.path.exists():
            raise
        return _File(door)  # a full or read-only disk, on which nobody could make the file to hold it alone either
    return None if descriptor is None else _File(door, descriptor)


class _Attempt(Held, Protocol):
    """A lock that is to be ours alone."""

    def take(self) -> bool: ...


@dataclass(slots=True)
class _File:
    door: Door
    descriptor: int | None = None

    def take(self) -> bool:
        self.descriptor = try_lock(self.door.path, alone=True)
        return self.descriptor is not None

    def release(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def stands(self) -> bool:
        return self.descriptor is not None


@dataclass(slots=True)
class _Share:
    """Held by the connection of this thread, for as long as that lasts."""

    door: Door

    def release(self) -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [self.door.key])

    def stands(self) -> bool:
        return True


class _Session:
    """Held by a connection of its own: what else this thread does never touches it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.own: Any = connection.copy()
        self.session = 0

    def take(self) -> bool:
        with self.own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s), pg_backend_pid()", [self.door.key])
            taken, self.session = cursor.fetchone()
        return bool(taken)

    def release(self) -> None:
        self.own.close()

    def stands(self) -> bool:
        try:
            with self.own.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                return bool(cursor.fetchone()[0] == self.session)
        except DatabaseError:
            return False
