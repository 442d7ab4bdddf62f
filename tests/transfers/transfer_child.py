# ruff: noqa: E402
"""A process of its own that transfers, so that a test may kill it: `python -m tests.transfers.transfer_child ACT …`.

The data folder is SCARABEE_DONNEES; what it prints is one JSON document, after a line READY when the work begins.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.db import connection

from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Dossier, EmployeeMonth, ImportFile
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.undo import undo_act
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services import execution

OWNER = Actor.owner()


def take(name: str, path: str) -> dict[str, Any]:
    """Import a file into a dossier."""
    act = open_import(actor=OWNER, dossier=get_or_create(actor=OWNER, name=name))
    with Path(path).open("rb") as stream:
        row = import_file(actor=OWNER, act=act, stream=stream, name="essai.dsn")
    Act.objects.filter(pk=act.pk).update(state=Act.State.DONE)
    return {**state(), "said": "" if row.status != ImportFile.Status.REFUSED else str(row.report)}


def transfer() -> dict[str, Any]:
    """Everything from A to B."""
    source, destination = (get_or_create(actor=OWNER, name=name) for name in "AB")
    ticked = {pk: Ticked(Mode.WHOLE) for pk in source.employers.values_list("pk", flat=True)}
    print("READY", flush=True)
    said = ""
    try:
        execution.transfer_now(actor=OWNER, source=source, destination=destination, selection=Selection(ticked))
    except Refusal as refusal:
        said = str(refusal)
    return {**state(), "said": said}


def transfer_on_a_small_disk(spare_pages: str) -> dict[str, Any]:
    """Transfer while the database may only grow by some pages of 4 KB."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + int(spare_pages)}")
    return transfer()


def undo() -> dict[str, Any]:
    """Undo the last transfer that was done."""
    act = Act.objects.filter(kind=Act.Kind.TRANSFER, state=Act.State.DONE).latest("pk")
    undo_act(actor=OWNER, act=act)
    return state()


def close() -> dict[str, Any]:
    """What a worker does a while after another was killed."""
    Act.objects.filter(state=Act.State.RUNNING).update(heartbeat=None)
    execution.close_interrupted()
    return state()


def state() -> dict[str, Any]:
    return {
        "digests": {one.name: dossier_digest(one) for one in Dossier.objects.all()},
        "months": EmployeeMonth.objects.count(),
        "acts": list(Act.objects.filter(kind=Act.Kind.TRANSFER).order_by("pk").values_list("state", flat=True)),
    }


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
