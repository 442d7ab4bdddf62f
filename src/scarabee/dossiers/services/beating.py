"""A sign of life of an act that is being prepared, for as long as that lasts: see `import_surveys.stale`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from scarabee.dossiers.models import Act
from scarabee.maintenance.clock import now

BEAT_SECONDS = 15


@contextmanager
def alive(act: Act) -> Iterator[None]:
    """Within it, a thread says again and again that this act is under way. Not for within a transaction."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=[act.pk, stop], name="act-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(number: int, stop: threading.Event) -> None:
    while not stop.wait(BEAT_SECONDS):
        try:
            Act.objects.filter(pk=number, state=Act.State.RUNNING).update(heartbeat=now())
        except DatabaseError:  # busy: said at the next beat
            continue
        finally:
            connection.close()
