"""Who works: each worker and each clock leaves the time of its last round, so that their silence is noticed."""

import logging
import os
import socket
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max

from scarabee import __version__
from scarabee.maintenance.clock import now
from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok, warning
from scarabee.maintenance.models import Heartbeat

SILENT_AFTER = timedelta(minutes=5)
"""A worker and a clock say each minute that they are there; a long round may last a few."""
KEPT = timedelta(days=1)

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What a process is."""

    WORKER = "worker"
    CLOCK = "clock"


_WORDS = {Kind.WORKER: ("travailleur", "scarabee-worker"), Kind.CLOCK: ("horloge", "scarabee-clock")}


def beat(kind: Kind) -> None:
    """Say that this process has just done a round. A database that is away stops nobody: silence tells it too."""
    moment = now()
    told = {"beaten_at": moment, "version": __version__}
    try:
        Heartbeat.objects.update_or_create(**_me(kind), defaults=told, create_defaults={**told, "started_at": moment})
        Heartbeat.objects.filter(beaten_at__lt=moment - KEPT).delete()
    except DatabaseError as error:
        logger.warning("Heartbeat not written: %s", type(error).__name__)


def stop(kind: Kind) -> None:
    """Say that this process ends as it was told to."""
    try:
        Heartbeat.objects.filter(**_me(kind)).delete()
    except DatabaseError as error:
        logger.warning("Heartbeat not removed: %s", type(error).__name__)


def _me(kind: Kind) -> dict[str, Any]:
    return {"kind": kind, "machine": socket.gethostname()[:150], "pid": os.getpid()}


def last_beats() -> dict[str, datetime]:
    """The last beat of each kind of process that was seen since yesterday; one query."""
    return dict(Heartbeat.objects.order_by().values_list("kind").annotate(Max("beaten_at")))


def worker() -> Found:
    """Does somebody do the long jobs?"""
    return _judged(Kind.WORKER)


def clock() -> Found:
    """Does somebody do what is due?"""
    return _judged(Kind.CLOCK)


def _judged(kind: Kind) -> Found:
    moment = now()
    beats = Heartbeat.objects.filter(kind=kind).order_by("-beaten_at").values_list("machine", "pid", "beaten_at")
    rows = [(f"{machine} n° {pid}", moment - at) for machine, pid, at in beats]
    name, unit = _WORDS[kind]
    alive = [f"{who} (il y a {age.seconds} s)" for who, age in rows if age < SILENT_AFTER]
    if alive:
        return ok(f"{name.capitalize()} : {', '.join(alive)}.")
    if not settings.SERVICE and not rows:
        return warning(f"Aucun processus « {name} » ne tourne.", "Lancez « scarabee demarrer ».")
    last = f" ; le dernier signe date de {rows[0][1].total_seconds() // 60:.0f} min" if rows else ""
    remedy = f"systemctl status '{unit}*'" if settings.SERVICE else "Relancez « scarabee demarrer »."
    return error(f"Aucun processus « {name} » ne tourne{last}.", remedy)


CHECKS = (
    Check("worker", "Travaux", worker, needs=SCHEMA),
    Check("horloge", "Horloge", clock, needs=SCHEMA),
)
