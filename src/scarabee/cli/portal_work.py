"""What a worker does beside its queue: deposits, and what becomes of them. It stops between two deposits."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SECONDS = 12
"""How long a deposit under way may take to end: less than the launcher waits before it kills."""


@contextmanager
def beside() -> Iterator[None]:
    """Within it, what is due at the portal is done by a thread of its own; at the end it has stopped.

    It is told to stop as soon as this process is, even while the queue is in the middle of a long task.
    """
    from scarabee.filings.services import rounds

    stop = threading.Event()
    thread = threading.Thread(target=rounds.run_for_ever, args=[stop], name="portal", daemon=True)
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
