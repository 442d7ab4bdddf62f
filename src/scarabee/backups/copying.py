"""The second folder: a proved archive is copied there, and the copy read again and compared.

A key that is not plugged in is no failure of the backup: the script says since when its copy is late.
"""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from scarabee.backups import folders, pruning
from scarabee.backups.archive import PARTIAL
from scarabee.backups.folders import Step
from scarabee.backups.models import Backup, Script
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.lasting import sync_folder

COPIED, LATE = "sauvegarde.copiee", "sauvegarde.copie_manquee"
AGAIN = timedelta(hours=1)
_CHUNK = 1 << 20


def copy_out(*, actor: Actor, script: Script, backup: Backup) -> bool:
    """Copy a proved archive into the second folder of its script, if it has one; whether it is there.

    What kept it from being copied is written in the script, and tried again each hour.
    """
    if not script.second_folder:
        return False
    folder = Path(script.second_folder)
    try:
        other_disk = folders.watched(lambda step: _copied(step, script, backup, folder), folder=folder)
    except (Refusal, OSError) as error:
        refusal = folders.missing(folder, error) if isinstance(error, OSError) else error
        _say_late(actor, script, backup, str(refusal))
        return False
    _say_copied(actor, script, backup, folder, other_disk)
    pruning.keep_last_copies(actor=actor, script=script)
    return True


def _copied(step: Step, script: Script, backup: Backup, folder: Path) -> bool:
    """Copy and compare; whether the folder is on another disk than the archive. Raises OSError, `Refusal`."""
    source = Path(backup.path)
    other_disk = os.stat(folder).st_dev != os.stat(source).st_dev
    if script.on_other_disk and not other_disk:
        raise Refusal(
            f"Le dossier « {folder} » est vide de son support : la clé ou le partage n’est pas branché.",
            safe="L’archive est à sa place, prouvée.",
            remedy="Branchez-le : la copie se fait d’elle-même dans l’heure.",
        )
    target = folder / source.name
    if not (target.is_file() and _digest(target, step) == backup.sha256):
        _write(step, source, target)
        if _digest(target, step) != backup.sha256:
            target.unlink()
            raise Refusal(
                f"La copie faite dans « {folder} » n’est pas identique à l’archive : elle est effacée.",
                safe="L’archive est à sa place, prouvée.",
                remedy="Ce support est peut-être usé : essayez-en un autre.",
            )
    return other_disk


def _write(step: Step, source: Path, target: Path) -> None:
    draft = target.with_name(target.name + PARTIAL)
    draft.unlink(missing_ok=True)
    try:
        with source.open("rb") as read, draft.open("xb") as written:
            while chunk := read.read(_CHUNK):
                step()
                written.write(chunk)
            written.flush()
            os.fsync(written.fileno())
            if hasattr(os, "posix_fadvise"):  # so that it is read again from the disk, not from memory
                os.posix_fadvise(written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        step()
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _digest(path: Path, step: Step) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            step()
            found.update(chunk)
    return found.hexdigest()


@transaction.atomic
def _say_late(actor: Actor, script: Script, backup: Backup, problem: str) -> None:
    was_late = script.copy_late_since
    script.copy_problem, script.copy_late_since, script.copy_at = problem, was_late or now(), now() + AGAIN
    script.save(update_fields=["copy_problem", "copy_late_since", "copy_at"])
    if was_late is None:
        journal.record(actor, LATE, archive=Path(backup.path).name, failure=problem)


@transaction.atomic
def _say_copied(actor: Actor, script: Script, backup: Backup, folder: Path, other_disk: bool) -> None:
    script.copy_problem, script.copy_late_since, script.copy_at = "", None, None
    script.on_other_disk = other_disk
    script.save(update_fields=["copy_problem", "copy_late_since", "copy_at", "on_other_disk"])
    backup.copied_to, backup.copied_at = str(folder / Path(backup.path).name), now()
    backup.save(update_fields=["copied_to", "copied_at"])
    journal.record(actor, COPIED, archive=Path(backup.path).name, folder=str(folder))
