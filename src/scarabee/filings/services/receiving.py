"""Where received files wait until they are read: `fichiers/depots/<number of the batch>/`, readable by its owner."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from scarabee.dossiers.services import uploads
from scarabee.filings.enums import FileState
from scarabee.filings.models import Batch, ReceivedFile
from scarabee.maintenance.clock import now

ARRIVAL_HOURS = 24
BEAT_SECONDS = 5.0


class Waiting(io.BufferedReader):
    """The bytes of a waiting file; while they are read, its batch gives signs of life."""

    def __init__(self, path: Path, batch_id: int) -> None:
        super().__init__(io.FileIO(path))
        self.batch_id = batch_id
        self.beaten_at = time.monotonic()

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() - self.beaten_at > BEAT_SECONDS:
            self.beaten_at = time.monotonic()
            beat(self.batch_id)
        return super().read(size)


def folder_of(batch: Batch) -> Path:
    """The folder of a batch, which may not exist."""
    return Path(settings.DATA_FOLDER) / "fichiers" / "depots" / str(batch.pk)


def adopt(arrived: Path, batch: Batch) -> Path:
    """Move what `uploads.keep` wrote into the folder of its batch; returns that folder."""
    home = folder_of(batch)
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.exists():  # left by a data folder put back from an older backup: no row names it
        uploads.remove_folder(home)
    os.replace(arrived, home)
    return home


def open_waiting(row: ReceivedFile) -> Waiting:
    """The waiting bytes of a file. Raises FileNotFoundError when they are gone."""
    if not row.path:
        raise FileNotFoundError("the bytes of this file were read already")
    return Waiting(Path(settings.DATA_FOLDER) / row.path, row.batch_id)


def beat(batch_id: int) -> None:
    """Tell that a batch is being read."""
    Batch.objects.filter(pk=batch_id).update(heartbeat=now())


def forget(batch: Batch) -> None:
    """Remove the waiting files of a batch that was read."""
    ReceivedFile.objects.filter(batch=batch).exclude(path="").update(path="")
    uploads.remove_folder(folder_of(batch))


def sweep() -> int:
    """Remove folders that no batch waits for any more; how many."""
    place = Path(settings.DATA_FOLDER) / "fichiers" / "depots"
    if not place.is_dir():
        return 0
    waiting = ReceivedFile.objects.filter(state=FileState.WAITING).exclude(path="")
    kept = {str(pk) for pk in waiting.values_list("batch_id", flat=True)}
    old = (now() - timedelta(hours=ARRIVAL_HOURS)).timestamp()
    gone = [one for one in place.iterdir() if one.name not in kept and one.stat().st_mtime < old]
    for folder in gone:
        uploads.remove_folder(folder)
    return len(gone)
