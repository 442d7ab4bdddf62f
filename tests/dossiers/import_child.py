"""A process of its own that imports, so that a test may kill it: `python -m tests.dossiers.import_child ACT …`.

The data folder is SCARABEE_DONNEES; what it prints is one JSON document, after a line READY when the work begins.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.core.files.base import File
from django.db import connection

from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Declaration, Dossier, Employee, EmployeeMonth
from scarabee.dossiers.services import import_runs, import_surveys, importing
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.maintenance.clock import now
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor

OWNER = Actor.owner()


def prepare(*paths: str) -> int:
    """An import of files into the dossier, ready to be run; its number."""
    dossier = get_or_create(actor=OWNER, name="Essai")
    with ExitStack() as stack:
        files = [File(stack.enter_context(Path(path).open("rb")), name=Path(path).name) for path in paths]
        act = import_runs.prepare_import(actor=OWNER, dossier=dossier, files=files)
    assert import_surveys.is_surveyed(act)
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED, heartbeat=now())
    return act.pk


def run(number: str) -> dict[str, Any]:
    print("READY", flush=True)
    import_runs.run(int(number))
    return state()


def run_on_a_small_disk(number: str, spare_pages: str) -> dict[str, Any]:
    """Run while the database may only grow by some pages of 4 KB."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + int(spare_pages)}")
    import_runs.run(int(number))
    return state()


def leave_for_dead(number: str) -> None:
    """As a worker leaves an import when it is killed before its first file."""
    Act.objects.filter(pk=int(number)).update(state=Act.State.RUNNING, heartbeat=now() - timedelta(minutes=2))


def resume() -> dict[str, Any]:
    """What a worker does a while after another was killed."""
    Act.objects.filter(state=Act.State.RUNNING).update(heartbeat=now() - timedelta(minutes=2))
    import_runs.resume_stale_imports()
    return state()


def state() -> dict[str, Any]:
    """What is in the dossier, read to the last byte."""
    dossier = Dossier.objects.get()
    months = EmployeeMonth.objects.values_list("content_id", flat=True)
    contents.load(months)
    return {
        "digest": dossier_digest(dossier),
        "declarations": Declaration.objects.count(),
        "employees": Employee.objects.count(),
        "months": len(months),
        "acts": list(Act.objects.order_by("pk").values_list("state", flat=True)),
        "files": [
            [row.status, *[error["message"] for error in row.report.get("errors", [])]]
            for act in Act.objects.order_by("pk")
            for row in act.files.all()
        ],
        "counts": [act.receipt.get("counts", importing.NOTHING_NEW) for act in Act.objects.order_by("pk")],
    }


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
