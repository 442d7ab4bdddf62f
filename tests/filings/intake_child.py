"""A process of its own that takes files in, so that a test may kill it: `python -m tests.filings.intake_child ACT …`.

The data folder is SCARABEE_DONNEES; what it prints is one JSON document on its last line.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.core.files.base import File

from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, Filing, ReceivedFile
from scarabee.filings.services import bringing_in, intake, making
from scarabee.maintenance.clock import now
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor

OWNER = Actor.owner()
STOPS = {
    "before the import": (bringing_in, "import_file"),
    "before the filings": (making, "make_filings"),
    "before the end": (bringing_in, "finish"),
}
"""Where the process may be killed: just before this function of this module begins."""


def prepare(times: str, *paths: str) -> list[int]:
    """The same files kept for a dossier so many times, not read yet; the numbers of their batches."""
    intake.AT_ONCE_BYTES = -1
    intake._ring = lambda batch_id: None
    return [_received(paths) for _ in range(int(times))]


def _received(paths: Sequence[str]) -> int:
    dossier = get_or_create(actor=OWNER, name="Essai")
    with ExitStack() as stack:
        files: list[Any] = [File(stack.enter_context(Path(path).open("rb")), name=Path(path).name) for path in paths]
        batch = intake.receive(actor=OWNER, dossier=dossier, files=files, source=Source.COMMAND, orders_essais=True)
    return batch.pk


def die(number: str, stop: str, times: str = "1") -> dict[str, Any]:
    """Read, and be killed at this place the so-manieth time it is reached."""
    module, name = STOPS[stop]
    left = int(times)
    real = getattr(module, name)

    def dying(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)

    setattr(module, name, dying)
    _grow_old()
    return treat(number)


def treat(number: str) -> dict[str, Any]:
    print("READY", flush=True)
    intake.treat(int(number))
    return state()


def resume() -> dict[str, Any]:
    """What a worker does a while after another was killed."""
    _grow_old()
    intake.resume_stale()
    return state()


def _grow_old() -> None:
    """The reader before gave its last sign of life long ago."""
    Batch.objects.filter(finished_at=None).update(heartbeat=now() - timedelta(minutes=2))


def state() -> dict[str, Any]:
    """What is there, read to the last byte."""
    filings = Filing.objects.order_by("pk")
    contents.load(one.content_id for one in filings if one.content_id)
    return {
        "digest": dossier_digest(Dossier.objects.get()),
        "batches": [one.finished_at is not None for one in Batch.objects.order_by("pk")],
        "files": list(ReceivedFile.objects.order_by("pk").values_list("state", flat=True)),
        "filings": [[one.siret, one.month, one.state, one.sha256] for one in filings],
        "moves": [[move.state for move in one.moves.all()] for one in filings],
        "acts": list(Act.objects.order_by("pk").values_list("state", flat=True)),
        "imported": list(ImportFile.objects.order_by("pk").values_list("name", "status")),
        "waiting": sorted(str(path.name) for path in _waiting()),
    }


def _waiting() -> list[Path]:
    folder = Path(os.environ["SCARABEE_DONNEES"]) / "fichiers" / "depots"
    return [path for path in folder.rglob("*") if path.is_file()]


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
