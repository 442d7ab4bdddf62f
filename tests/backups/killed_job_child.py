"""Workers that die in the middle of a job: `python -m tests.backups.killed_job_child`, on its data folder.

Each attempt is a process of its own, forked, in which SIGKILL comes before the nth statement. Writes as JSON what the
clock then said of the job, and what was left.
"""

import json
import signal
import sys
from datetime import timedelta
from functools import partial
from typing import Any

from tests.backups.killed_child import Statements, in_a_fork

PARTS = (0.3, 0.6, 0.9)


def main() -> None:
    import django

    django.setup()
    from tests.backups.bureau import fill

    from scarabee.backups import parts, places
    from scarabee.backups.models import Backup, Job
    from scarabee.dossiers.models import Act, Dossier, Employee
    from scarabee.maintenance.journal import Actor

    fill()
    val = Dossier.objects.get(name="Associations du Val")
    path = parts.save(actor=Actor.owner(), dossier=val, reason="essai").path
    asked: dict[str, Any] = {"dossier": "", "sirets": [], "number": None, "name": "Repris"}
    before = [Dossier.objects.count(), Employee.objects.count(), Act.objects.count()]
    told: dict[str, Any] = {}
    for kind, about in ((Job.Kind.SAVE, {}), (Job.Kind.PULL, {"path": path, "asked": asked})):
        total = killed_at(kind, about, 0)
        undo_pull()
        told[kind.value] = [one_kill(kind, about, max(1, int(total * part))) for part in PARTS]
    after = [Dossier.objects.count(), Employee.objects.count(), Act.objects.count()]
    left = sorted(one.name for one in places.backups_folder().iterdir() if one.name.startswith("."))
    partial_files = sorted(one.name for one in places.backups_folder().glob("*.partiel"))
    running = Backup.objects.filter(made_at=None, problem="").count()
    json.dump({"told": told, "same": before == after, "left": left + partial_files, "running": running}, sys.stdout)


def one_kill(kind: Any, about: dict[str, Any], last: int) -> dict[str, Any]:
    """What is told of a job whose worker died before its nth statement."""
    from scarabee.backups import jobs
    from scarabee.backups.models import Job
    from scarabee.maintenance.clock import now

    code = killed_at(kind, about, last)
    jobs.resume(now() + timedelta(minutes=4))
    job = Job.objects.order_by("-pk")[0]
    return {"killed": code == -signal.SIGKILL, "state": job.state, "said": "interrompu" in job.problem}


def killed_at(kind: Any, about: dict[str, Any], last: int) -> int:
    """A worker takes a new job, and dies; how many statements it sent, when it may live (`last` 0)."""
    from django.db import connections

    from scarabee.backups.models import Job

    job = Job.objects.create(kind=kind, actor_name="Zoé", **about)
    connections.close_all()
    code = in_a_fork(partial(work, job.pk, last))
    connections.close_all()
    return code


def work(number: int, last: int) -> int:
    from django.db import connection

    from scarabee.backups import jobs

    counted = Statements(last)
    with connection.execute_wrapper(counted):
        jobs.run(number)
    return counted.count


def undo_pull() -> None:
    """Take away what the job that was let live brought."""
    from scarabee.dossiers.models import Act
    from scarabee.dossiers.services.undo import undo_act
    from scarabee.maintenance.journal import Actor

    for act in Act.objects.filter(kind=Act.Kind.RESTORATION, receipt__created_dossier=True):
        undo_act(actor=Actor.owner(), act=act)
        act.delete()


if __name__ == "__main__":
    main()
