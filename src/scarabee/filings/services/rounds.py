"""What a worker and a clock do for filings, again and again; a round in which nothing is due costs one query.

The rows are the agenda (`next_at`, `release_at`): a machine that was switched off catches up, and any number of workers
and clocks do no harm. What did something, or failed, leaves a `Run`; a failure that lasts is one row, not thousands.
"""

import logging
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import Error, InterfaceError, OperationalError
from django.db.models import Q

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, Run
from scarabee.filings.services import (
    after_restore,
    alerts,
    exchange,
    following,
    inquiries,
    intake,
    reconciling,
    releases,
    sending,
    sweeping,
)
from scarabee.filings.services.agenda import due
from scarabee.maintenance.clock import now

RUNS_KEPT = timedelta(days=90)
_AGENDA = [
    FilingState.PLANNED, FilingState.SENDING, FilingState.UNKNOWN, FilingState.ACCEPTED, FilingState.RECORDED_BY_HAND,
    FilingState.CONFORM, FilingState.ANOMALIES,
]  # fmt: skip
_LOOK = "agenda"
_FAILED = "Une erreur imprévue a arrêté ce travail ({what}) : il est repris à la prochaine occasion."
PORTAL: list[tuple[str, Callable[..., int]]] = [
    ("inquire", inquiries.run_due),
    ("send", sending.run_due),
    ("reconcile", reconciling.run_due),
    ("follow", following.run_due),
]

logger = logging.getLogger(__name__)


def portal_round(stop: threading.Event | None = None) -> int:
    """Send, look for and follow what is due, holds that are over first; how many filings went on."""
    stop = stop or threading.Event()
    if stop.is_set() or not noted(_LOOK, _is_anything_due):
        return 0
    done = noted("release", releases.release_due) + noted("sweep", sweeping.sweep)
    for kind, run_due in PORTAL:
        if not stop.is_set():
            done += noted(kind, partial(run_due, stop=stop))
    return done


def local_round() -> int:
    """What needs no portal, for the clock, each minute: see `LOCAL`; how much was done."""
    done = sum(noted(kind, work) for kind, work in LOCAL)
    Run.objects.filter(started_at__lt=now() - RUNS_KEPT).delete()
    return done


def _resume_intake() -> int:
    return len(intake.resume_stale())


def _write_notice() -> int:
    """The e-mail of the day, which leaves a `Run` of its own."""
    alerts.run_due()
    return 0


LOCAL: list[tuple[str, Callable[[], int]]] = [
    ("release", releases.release_due),
    ("sweep", sweeping.sweep),
    ("intake", _resume_intake),
    ("folder", exchange.scan),
    ("notice", _write_notice),
]
"""kind → what is done; each returns how much it did."""


def _is_anything_due() -> int:
    moment = now()
    is_due = Q(due(moment), state__in=_AGENDA) | releases.over(moment)
    filings = Filing.objects.filter(is_due).order_by().values("pk")
    return int(filings.union(after_restore.open_acts().order_by().values("pk"), all=True).exists())


def noted(kind: str, work: Callable[[], int]) -> int:
    """Do it, and leave a `Run` when it did something or failed. A failure stops neither the round nor the worker."""
    begun = now()
    try:
        done = work()
        if done and kind != _LOOK:
            Run.objects.create(kind=kind, started_at=begun, finished_at=now(), done=done)
        return done
    except (OperationalError, InterfaceError, OSError) as error:  # the rows stand: taken up again by the next round
        logger.warning("Filings, %s put off: %s", kind, type(error).__name__)
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Filings, %s: %s\n%s", kind, type(error).__name__, where)
        _failed(kind, _FAILED.format(what=type(error).__name__))
    return 0


def _failed(kind: str, problem: str) -> None:
    """Leave a `Run`; a database that cannot take it stops nothing: the log has it."""
    try:
        last = Run.objects.filter(kind=kind).first()
        if last is not None and last.problem == problem:
            Run.objects.filter(pk=last.pk).update(finished_at=now())
        else:
            Run.objects.create(kind=kind, finished_at=now(), problem=problem)
    except Error as error:
        logger.error("Filings, %s: its failure could not be written down: %s", kind, type(error).__name__)
