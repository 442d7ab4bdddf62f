"""Signs of life of long work: said again and again by a thread, whatever the work itself is busy with."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

BEAT_SECONDS = 15


@contextmanager
def alive(say: Callable[[], object]) -> Iterator[None]:
    """Within it, a thread says every few seconds that the work goes on. Not for within a transaction.

    A database that is busy is no harm: it is said at the next beat.
    """
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=[say, over], name="life-sign", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(say: Callable[[], object], over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        try:
            say()
        except DatabaseError:
            continue
        finally:
            connection.close()
