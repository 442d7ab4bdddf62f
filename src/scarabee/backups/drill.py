"""The drill: once a month the newest archive is brought back beside everything, and compared with what it promised.

What is only ever written may fail on the day it is needed. Rows are counted, the digest of every dossier is worked out
anew, the chain of the journal is followed, the keys inside open what is sealed, and the last entry of its journal must
still stand in ours. The result is a line of the journal and a `Run`.
"""

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from scarabee.accounts.models import PortalIdentifiers
from scarabee.accounts.services import authority
from scarabee.accounts.vault import keys as vault_keys
from scarabee.backups import keys, scratch
from scarabee.backups.anchors import Anchor
from scarabee.backups.models import Backup
from scarabee.backups.scratch import Scratch
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier
from scarabee.filings.models import Run
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

KIND, DRILLED = "drill", "sauvegarde.exercice"
AGAIN_AFTER = timedelta(hours=6)
"""How long after it began a drill that never ended is taken up again."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of it: `problems` in French, none when everything would come back."""

    path: Path
    made_at: datetime
    rows: int
    dossiers: int
    problems: list[str]


def run_due(moment: datetime | None = None) -> int:
    """Do the drill of this month, if nobody did and there is an archive on this computer; how many were done."""
    moment = moment or now()
    backup = newest()
    if backup is None or not _claim(f"{localtime(moment):%Y-%m}", moment):
        return 0
    problem = ""
    try:
        problem = " ".join(drill(actor=Actor.owner("service"), backup=backup).problems)
    except (Refusal, OSError) as error:
        problem = str(error)
    Run.objects.filter(kind=KIND, key=f"{localtime(moment):%Y-%m}").update(
        finished_at=now(), done=int(not problem), problem=problem
    )
    return 1


def drill(*, actor: Actor, backup: Backup | None = None) -> Drill:
    """Bring an archive back beside everything and compare; the newest proved one of this computer if not said.

    Raises `NotAllowed`, `Refusal` when there is none, and as `scratch.opened` does, which the journal tells too.
    """
    authority.require_administrator(actor)
    backup = backup or newest()
    if backup is None:
        raise Refusal(
            "Aucune archive vérifiée n’est sur cet ordinateur.", remedy="Faites une sauvegarde, puis recommencez."
        )
    path = Path(backup.path)
    try:
        with scratch.opened(path, keys.identities()) as there:
            found = Drill(path, there.made_at, sum(there.proof["rows"].values()), *_compared(there))
    except (Refusal, OSError) as error:
        _tell(actor, path, str(error))
        raise
    _tell(actor, path, " ".join(found.problems), rows=found.rows)
    return found


def newest() -> Backup | None:
    """The newest proved archive of the whole installation that stands on this computer."""
    here = Backup.objects.proved().filter(machine=platform.node()).order_by("-made_at")
    return next((one for one in here if Path(one.path).is_file()), None)


def _compared(there: Scratch) -> tuple[int, list[str]]:
    """How many dossiers came back as promised, and what did not."""
    problems = []
    promised = {one["uuid"]: one for one in there.proof["dossiers"]}
    found = {str(one.uuid): dossier_digest(one) for one in Dossier.objects.using(there.alias)}
    same = [uuid for uuid, one in promised.items() if found.get(uuid) == one["digest"]]
    lost = [one["name"] for uuid, one in promised.items() if uuid not in same]
    problems += [f"Le dossier « {name} » n’y est pas intact." for name in lost]
    if broken := journal.verify(there.alias):
        problems.append(f"Le journal y est rompu à l’écriture n° {broken[0]}.")
    head = Anchor(there.proof["journal"]["sequence"], there.proof["journal"]["hash"], there.made_at)
    rows = JournalEntry.objects.using(there.alias).filter(sequence=head.sequence, hash=head.hash)
    if head.sequence and not rows.exists():
        problems.append("La dernière écriture du journal n’y est pas.")
    if not head.stands:
        problems.append(f"L’écriture n° {head.sequence} du journal, qui est dans l’archive, n’est plus ici.")
    if missing := _sealed_without_key(there):
        problems.append(f"Mots de passe que les clés de l’archive n’ouvriraient pas : {missing}.")
    return len(same), problems


def _sealed_without_key(there: Scratch) -> int:
    known = [vault_keys.key_id(line) for line in there.vault_keys.decode().split()]
    return PortalIdentifiers.objects.using(there.alias).exclude(key_id__in=known).count()


def _claim(month: str, moment: datetime) -> bool:
    """Take the drill of a month, which nobody took, or which somebody who died began."""
    try:
        with transaction.atomic():
            Run.objects.create(kind=KIND, key=month, started_at=moment)
    except IntegrityError:
        left = Run.objects.filter(kind=KIND, key=month, finished_at=None, started_at__lt=moment - AGAIN_AFTER)
        return bool(left.update(started_at=moment))
    return True


@transaction.atomic
def _tell(actor: Actor, path: Path, failure: str, rows: int | None = None) -> None:
    journal.record(actor, DRILLED, archive=path.name, failure=failure, rows=rows)
