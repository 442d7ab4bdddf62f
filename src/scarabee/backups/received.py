"""Archives that a browser sends, to return to them: they wait in `sauvegardes/recues`, and go after a week."""

import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from scarabee.backups import places
from scarabee.backups.errors import NoRoom
from scarabee.backups.reading import SPARE_BYTES
from scarabee.dossiers.services.uploads import in_words

FOLDER = "recues"
KEPT = timedelta(days=7)


def receive(file: UploadedFile[Any]) -> Path:
    """Keep these bytes; where they are. Raises `NoRoom`, OSError: nothing is then left."""
    folder = places.backups_folder() / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < (file.size or 0) + SPARE_BYTES:
        raise NoRoom(
            f"Il reste {in_words(free)} sur le disque des données : trop peu pour recevoir cette archive.",
            remedy="Libérez de la place, puis recommencez.",
        )
    path = folder / f"{uuid.uuid4().hex}.tar.zst.age"
    try:
        with path.open("xb") as written:
            path.chmod(0o600)
            for chunk in file.chunks():
                written.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def sweep(moment: datetime) -> None:
    """Remove those that are older than a week."""
    for path in (places.backups_folder() / FOLDER).glob("*.age"):
        if path.stat().st_mtime < (moment - KEPT).timestamp():
            path.unlink(missing_ok=True)
