"""What each kind of job about parts does (see `part_jobs` for what it is asked)."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scarabee.backups import part_jobs, parts, pulling, received_parts
from scarabee.backups.errors import ArchiveUnreadable
from scarabee.backups.models import Job
from scarabee.dossiers import registry
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

FOR_US, FOR_OTHERS = "à la demande", "pour un autre tiers"

type Say = Callable[[str], object]


def look(job: Job, actor: Actor, say: Say) -> None:
    """Say in `result` what the archive holds for the asker."""
    say("Lecture et vérification de l’archive")
    asked = job.asked
    try:
        found = received_parts.look(
            actor=actor, path=Path(job.path), dossier=asked["dossier"], siret=next(iter(asked["sirets"]), "")
        )
    except ArchiveUnreadable as error:
        job.result = {"reason": error.reason.name}
        raise
    job.result = asdict(found) | {"made_at": found.made_at.isoformat(), "people": part_jobs.seal(found.people)}


def pull(job: Job, actor: Actor, say: Say) -> None:
    """Take a part out of the archive; `result` says what arrived, and where."""
    asked = job.asked
    done = pulling.pull(
        actor=actor, path=Path(job.path), dossier=asked["dossier"],
        sirets=[] if asked["number"] is not None else asked["sirets"], number=asked["number"], name=asked["name"],
        tell=say,
    )  # fmt: skip
    job.result = {
        "act": done.act.pk, "dossier": str(done.dossier.uuid), "name": done.dossier.name, "rows": done.rows,
        "left_out": done.left_out, "origin": done.act.receipt["origin"],
        "takeovers": [{"siret": one.siret, "where": one.where} for one in done.takeovers],
    }  # fmt: skip


def save(job: Job, actor: Actor, say: Say) -> None:
    """Write the archive of a part; `backup_number` is its row."""
    say("Écriture et vérification de l’archive")
    asked = job.asked
    dossier = Dossier.objects.visible_to(actor).filter(pk=asked["dossier"]).first()
    employers = list(Employer.objects.filter(pk__in=asked["employers"], dossier=asked["dossier"]))
    if dossier is None or len(employers) != len(asked["employers"]):
        raise NotVisible("Ce qui devait être sauvegardé n’est plus là, ou vous n’y avez plus accès.")
    backup = parts.save(
        actor=actor, dossier=dossier, employers=employers, others=asked["others"], sender=asked["sender"],
        reason=FOR_OTHERS if asked["others"] else FOR_US,
    )  # fmt: skip
    job.backup_number = backup.pk
    job.result = rows_of(backup.counts)


def rows_of(counts: dict[str, int]) -> dict[str, Any]:
    """How many of what people count, from the rows of each table of an archive."""
    return {"rows": {one.name: counts.get(one.model._meta.db_table, 0) for one in registry.kinds()}}
