"""Long work about backups: asked for by a clock or a person, done by a worker, found again on its page.

The row is the truth, the queue a bell. A job beats while it runs: one that fell silent was killed, and its row says so.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from scarabee.accounts.models import User
from scarabee.accounts.services import authority
from scarabee.backups import received
from scarabee.backups.models import Job, Script
from scarabee.maintenance import lifesigns
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor

OPEN = (Job.State.WAITING, Job.State.RUNNING)
SILENT_AFTER = timedelta(minutes=3)
RING_AGAIN_AFTER = timedelta(minutes=2)
KEPT = timedelta(days=90)
INTERRUPTED = (
    "Ce travail a été interrompu : l’ordinateur, ou Scarabée, s’est arrêté. Vos données sont intactes ; ce qui était "
    "inachevé est effacé. Recommencez ; ce qui est planifié recommence de soi-même."
)
_FAILED = "Une erreur imprévue a arrêté ce travail ({}). Vos données sont intactes. Recommencez."

logger = logging.getLogger(__name__)


def ask(*, actor: Actor, kind: Job.Kind, script: Script | None = None, path: str = "", received_as: str = "") -> Job:
    """Open a job for a person, and ring for it. Raises `NotAllowed`, `Refusal` while one of its kind is under way."""
    with transaction.atomic():
        authority.take_turn()
        authority.require_administrator(actor)
        if Job.objects.filter(kind=kind, state__in=OPEN).exists():
            raise Refusal(
                f"« {kind.label} » est déjà en cours.",
                remedy="Suivez-la dans la liste des travaux, puis recommencez.",
            )
        return begin(actor=actor, kind=kind, script=script.name if script else "", path=path, received_as=received_as)


def begin(*, actor: Actor, kind: Job.Kind, **fields: Any) -> Job:
    """Open a job for a person whose right to it was looked at, and ring for it; within the caller's transaction."""
    job: Job = Job.objects.create(
        kind=kind, actor_name=actor.name, user_number=actor.user_id, created_at=now(), **fields
    )
    transaction.on_commit(partial(_ring, job.pk))
    return job


def open_once(kind: Job.Kind, *, key: str, script: Script | None = None) -> int:
    """Open a job for the clock, unless it stands already; how many were opened."""
    try:
        with transaction.atomic():
            begin(actor=Actor.owner("service"), kind=kind, key=key, script=script.name if script else "")
    except IntegrityError:
        return 0
    return 1


def run(number: int) -> None:
    """Do a waiting job. Harmless when run twice: one takes it, and its row says how it ended."""
    from scarabee.backups import doing

    moment = now()
    waiting = Job.objects.filter(pk=number, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.RUNNING, started_at=moment, heartbeat=moment):
        return
    job = Job.objects.get(pk=number)
    problem = ""
    try:
        with lifesigns.alive(lambda: Job.objects.filter(pk=number).update(heartbeat=now())):
            doing.do(job, _actor(job))
    except Refusal as refusal:
        problem = str(refusal)
    except Exception as error:
        logger.error("Backup job %s: %s", job.kind, type(error).__name__, exc_info=error)
        problem = _FAILED.format(type(error).__name__)
    state = Job.State.FAILED if problem else Job.State.DONE
    Job.objects.filter(pk=number).update(
        state=state, problem=problem, finished_at=now(), step="", result=job.result, backup_number=job.backup_number
    )
    if problem:
        doing.after_failure(job, now())


def resume(moment: datetime) -> None:
    """Say of the jobs that fell silent that they were interrupted, and ring again for those nobody took."""
    from scarabee.backups import doing

    for job in Job.objects.filter(state=Job.State.RUNNING, heartbeat__lt=moment - SILENT_AFTER):
        silent = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, heartbeat=job.heartbeat)
        if silent.update(state=Job.State.INTERRUPTED, problem=INTERRUPTED, finished_at=moment, step=""):
            doing.after_failure(job, moment)
            doing.tidy()
    late = moment - RING_AGAIN_AFTER
    for job in Job.objects.filter(
        Q(heartbeat=None) | Q(heartbeat__lt=late), state=Job.State.WAITING, created_at__lt=late
    ):
        if Job.objects.filter(pk=job.pk, state=Job.State.WAITING, heartbeat=job.heartbeat).update(heartbeat=moment):
            _ring(job.pk)
    Job.objects.filter(finished_at__lt=moment - KEPT).delete()
    Job.objects.filter(kind=Job.Kind.PART_LOOK, finished_at__lt=moment - received.KEPT).delete()
    received.sweep(moment)


def _actor(job: Job) -> Actor:
    """Who asked, with the rights of now. Raises `NotAllowed` when the account is closed."""
    if job.user_number is None:
        return Actor.owner("service")
    user = User.objects.filter(pk=job.user_number, is_active=True).first()
    if user is None:
        raise NotAllowed(f"Le compte « {job.actor_name} », qui a demandé ce travail, n’est plus actif.")
    return Actor.of(user, via="service")


def _ring(number: int) -> None:
    from scarabee.backups import tasks

    tasks.run_job.enqueue(number)
