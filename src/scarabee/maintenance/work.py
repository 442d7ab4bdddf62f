"""A unit of background work: none begins while a maintenance is announced, or on the data of a newer version."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import DatabaseError, connection

from scarabee.maintenance import gate, versions, watch

_CLOSED = "Maintenance (%s) : aucun travail nouveau n’est pris ; ceux qui attendent repartiront après."
_AWAY = "La base de données ne répond pas : aucun travail n’est pris pour l’instant."
_AGAIN = "Les travaux reprennent."

logger = logging.getLogger(__name__)


@contextmanager
def unit() -> Iterator[bool]:
    """A place at the gate, until the work is done; False when it must wait. What it waits for is logged once.

    Raises OlderVersion in a process of an older version: it has to be replaced, not to wait.
    """
    connection.close_if_unusable_or_obsolete()  # nobody else renews the connection of a process that lives for weeks
    with ExitStack() as stack:
        try:
            may = _why_wait() is None and stack.enter_context(gate.together())
            if may:
                _say(_AGAIN)
        except DatabaseError:
            may = False
            _say(_AWAY)
        yield may


def _why_wait() -> str | None:
    """Why nothing new must begin, None when it may. Raises OlderVersion."""
    seen = watch.look(fresh=True)
    if versions.age(seen) is versions.Age.OLDER:
        raise versions.OlderVersion(seen.version)
    if seen.window is None:
        return None
    _say(_CLOSED % seen.window.reason)
    return seen.window.reason


class UntilMaintenance(threading.Event):
    """Set when `stop` is, and as soon as a maintenance is announced: a long round ends after what it holds."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self.stop = stop

    def is_set(self) -> bool:
        return self.stop.is_set() or watch.look().window is not None


def _say(text: str) -> None:
    """Log a line once, not at every look."""
    if text != _said[-1]:
        _said[:] = [text]
        logger.warning("%s", text)


_said = [_AGAIN]
