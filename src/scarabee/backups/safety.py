"""The automatic copy before an act: a small proved archive of the employers that it may change, kept thirty days."""

import logging
import platform
from datetime import timedelta
from pathlib import Path

from scarabee.backups import parts
from scarabee.backups.models import Backup
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor

KEPT = timedelta(days=30)
PREFIX = "copie de sécurité "
logger = logging.getLogger(__name__)


def put_aside(actor: Actor, dossier: Dossier, employers: list[Employer], reason: str) -> None:
    """Save these employers of a dossier. Raises `Refusal` when that cannot be done: the act does not begin."""
    try:
        parts.save(actor=actor, dossier=dossier, employers=employers, reason=f"{PREFIX}{reason}")
    except NotAllowed:
        raise
    except Refusal as error:
        raise Refusal(
            f"La copie de sécurité {reason} n’a pas pu être écrite : {error.message}",
            safe="Rien n’a été modifié, vos données sont intactes.",
            remedy=error.remedy,
        ) from error
    sweep()


def sweep() -> int:
    """Remove the copies of this computer that are older than thirty days; how many."""
    old = Backup.objects.filter(
        reason__startswith=PREFIX, machine=platform.node(), deleted_at=None, made_at__lt=now() - KEPT
    )
    count = 0
    for backup in old:
        try:
            Path(backup.path).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("a safety copy could not be removed: %s", error.strerror)
            continue
        backup.deleted_at = now()
        backup.save(update_fields=["deleted_at"])
        count += 1
    return count
