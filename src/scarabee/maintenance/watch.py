"""What every page and every unit of work looks at: is Scarabée closed, and is the database of this version?

Two small queries, once a second at most in each process, so that a page costs the same as before. What writes looks
anew, and goes through the gate, which is exact.
"""

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from scarabee.maintenance import gate
from scarabee.maintenance.clock import now
from scarabee.maintenance.models import SchemaStamp, Window


@dataclass(frozen=True, slots=True)
class Seen:
    """The window that stands, and the schema of the database; `stamp` is None while nobody prepared it."""

    window: Window | None = None
    stamp: str | None = None
    version: str = ""


def look(*, fresh: bool = False) -> Seen:
    """What stands, as of less than a second ago; `fresh`: now. A database that does not answer shows nothing."""
    moment = time.monotonic()
    if not fresh and moment - _last.at < settings.MAINTENANCE_LOOK_SECONDS:
        return _last.seen
    with _one_at_a_time:
        _last.seen, _last.at = _read(), moment
    return _last.seen


def current() -> Window | None:
    """The window that stands, announced or closed; None when there is none, or its process died."""
    row = Window.objects.filter(pk=1).first()
    return row if row is not None and stands(row) else None


def stands(row: Window) -> bool:
    """Whether this window is not over: its time, or its process, has not come to an end."""
    return row.ends_at > now() if row.ends_at else gate.is_held_alone(gate.Door.OPENER)


def forget() -> None:
    """Look anew next time: this process has just opened or ended a window."""
    _last.at = _NEVER


def _read() -> Seen:
    try:
        stamp = SchemaStamp.objects.filter(pk=1).values_list("stamp", "version").first()
        return Seen(current(), *(stamp or (None, "")))
    except DatabaseError:  # away, or of a version without these tables: the page itself will tell
        return Seen()


_NEVER = float("-inf")


@dataclass(slots=True)
class _Last:
    seen: Seen
    at: float


_last = _Last(Seen(), _NEVER)
_one_at_a_time = threading.Lock()
