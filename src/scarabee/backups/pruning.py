"""The last five archives of each script are kept; an older one goes only once a newer one is proved."""

import platform
from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from scarabee.backups import folders
from scarabee.backups.models import Backup, Script
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

KEPT = 5
DELETED = "sauvegarde.effacee"


def keep_last(*, actor: Actor, script: Script) -> int:
    """Delete the archives of a script that are older than its last five proved ones; how many went.

    One whose folder is not there is left for the next time.
    """
    mine = Backup.objects.filter(script=script.name, machine=platform.node(), deleted_at=None)
    old = _older(mine.exclude(proved_at=None), mine)
    return sum(_delete(actor, one, Path(one.path), _forget_archive) for one in old)


def keep_last_copies(*, actor: Actor, script: Script) -> int:
    """The same of the copies in its second folder."""
    copied = Backup.objects.filter(script=script.name).exclude(copied_at=None)
    return sum(_delete(actor, one, Path(one.copied_to), _forget_copy) for one in _older(copied, copied))


def _older(kept: QuerySet[Backup], among: QuerySet[Backup]) -> list[Backup]:
    last = list(kept.exclude(made_at=None).order_by("-made_at", "-pk")[KEPT - 1 : KEPT])
    if not last:
        return []
    return list(among.filter(made_at__lt=last[0].made_at).exclude(pk=last[0].pk))


def _delete(actor: Actor, backup: Backup, path: Path, forget: Callable[[Backup], None]) -> int:
    try:
        folders.watched(lambda step: _unlink(path), folder=path.parent)
    except (OSError, Refusal):
        return 0
    with transaction.atomic():
        forget(backup)
        journal.record(actor, DELETED, archive=path.name, folder=str(path.parent))
    return 1


def _unlink(path: Path) -> None:
    """Raises OSError, also when its folder is away: nothing is known of it then."""
    path.parent.stat()
    path.unlink(missing_ok=True)


def _forget_archive(backup: Backup) -> None:
    backup.deleted_at = now()
    backup.save(update_fields=["deleted_at"])


def _forget_copy(backup: Backup) -> None:
    backup.copied_to, backup.copied_at = "", None
    backup.save(update_fields=["copied_to", "copied_at"])
