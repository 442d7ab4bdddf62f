"""What a worker does beside its queue: deposits, what becomes of them, returns. It stops between two of them."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

ROUND_SECONDS = 3
STOP_SECONDS = 12
"""How long a deposit under way may take to end: less than the launcher waits before it kills."""


@contextmanager
def beside() -> Iterator[None]:
    """Within it, what is due at the portal is done by a thread of its own; at the end it has stopped.

    It is told to stop as soon as this process is, even while the queue is in the middle of a long task.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_round_after_round, args=[stop], name="portal", daemon=True)
    with _told_of_signals(stop):
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(STOP_SECONDS)


def do_once() -> None:
    """Everything that is due now."""
    from scarabee.filings.services import rounds

    while rounds.portal_round():
        pass
    _collect(threading.Event())


def _round_after_round(stop: threading.Event) -> None:
    """Until told to stop. Deposits go first: returns are collected between two rounds of them."""
    from django.db import connection

    from scarabee.filings.services import rounds
    from scarabee.maintenance import work
    from scarabee.maintenance.versions import OlderVersion
    from scarabee.maintenance.work import UntilMaintenance

    pause = UntilMaintenance(stop)
    while not stop.is_set():
        with suppress(OlderVersion), work.unit() as may:
            if may:
                rounds.portal_round(pause)
                _collect(pause)
        connection.close()
        stop.wait(ROUND_SECONDS)


def _collect(stop: threading.Event) -> None:
    from scarabee.filings.services import rounds
    from scarabee.returns.services import collecting

    if not stop.is_set():
        rounds.noted("collect", partial(collecting.run_due, stop=stop))


@contextmanager
def _told_of_signals(stop: threading.Event) -> Iterator[None]:
    """Set the event on SIGTERM or Ctrl-C, whoever handles them: the queue puts its own handlers in place."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    former = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        while got := ours.recv(1):
            if got[0] in (signal.SIGTERM, signal.SIGINT):
                stop.set()

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        theirs.close()
        listener.join()
        ours.close()
