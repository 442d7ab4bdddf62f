"""Long work about parts, asked for by whoever may: reading an archive, taking a part out of it, writing one.

A job is its asker's own. `asked` says of what: {"dossier": name, "sirets": [...], "number": of a person, "name": of the
new dossier} of an archive; {"dossier": number, "employers": [numbers], "others": [public keys], "sender": text} of what
stands here. People of an archive are kept in `result` encrypted with the key of backups, as they are in the archive.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyrage
from django.db import transaction
from django.db.models import QuerySet

from scarabee.backups import jobs, keys, recipients
from scarabee.backups.held_people import HeldPerson
from scarabee.backups.models import Backup, Job
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import require_kept, require_may_create
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

KINDS = (Job.Kind.PART_LOOK, Job.Kind.PULL, Job.Kind.PART)


def ask_look(*, actor: Actor, path: str, received_as: str = "", dossier: str = "", siret: str = "") -> Job:
    """Read an archive; of one of its dossiers the employers, of one of these the people.

    Raises `NotAllowed`, `Refusal` while the actor has another archive read.
    """
    asked = {"dossier": dossier, "sirets": [siret] if siret else []}
    return _ask(actor, Job.Kind.PART_LOOK, path=path, received_as=received_as, asked=asked)


def ask_pull(
    *, actor: Actor, look: Job, dossier: str, sirets: Sequence[str] = (), number: int | None = None, name: str = ""
) -> Job:
    """Take out of the archive that was looked at what `pulling.pull` is told. Raises as `ask_look`."""
    asked = {"dossier": dossier, "sirets": list(sirets), "number": number, "name": name}
    return _ask(actor, Job.Kind.PULL, path=look.path, received_as=look.received_as, asked=asked)


def ask_save(
    *, actor: Actor, dossier: Dossier, employers: Sequence[Employer] = (), other: str = "", sender: str = ""
) -> Job:
    """Write an archive of a part; `other`: the public key of who may open it too. Raises as `ask_look`, `checked`."""
    require_kept(actor, dossier)
    asked = {
        "dossier": dossier.pk, "employers": [one.pk for one in employers],
        "others": [recipients.checked(other)] if other else [], "sender": sender,
    }  # fmt: skip
    return _ask(actor, Job.Kind.PART, asked=asked)


def of(actor: Actor) -> QuerySet[Job]:
    """The jobs about parts that the actor asked for, the newest first, without what came of them."""
    return Job.objects.filter(kind__in=KINDS, user_number=actor.user_id).defer("result")


def own(actor: Actor, number: int) -> Job:
    """One of them. Raises `NotAllowed` unless the actor may still make dossiers, `NotVisible`."""
    require_may_create(actor)
    job = of(actor).defer(None).filter(pk=number).first()
    if job is None:
        raise NotVisible("Ce travail n’existe pas, ou n’est pas le vôtre.", remedy="Voyez la liste de vos travaux.")
    return job


def archives(actor: Actor) -> QuerySet[Backup]:
    """The archives of the list from which the actor may take a part, the newest first: of parts, one's own only."""
    standing = Backup.objects.filter(deleted_at=None).exclude(proved_at=None).order_by("-made_at")
    if actor.is_administrator:
        return standing
    return standing.filter(kind=Backup.Kind.INSTALLATION) | standing.filter(actor_name=actor.name)


def seal(people: Sequence[HeldPerson]) -> str:
    """These people, for `result`: readable with the key of backups only."""
    if not people:
        return ""
    to = pyrage.x25519.Recipient.from_str(recipients.mine())
    told = json.dumps([asdict(one) for one in people]).encode()
    return base64.b64encode(pyrage.encrypt(told, [to])).decode()


def people(job: Job) -> list[HeldPerson]:
    """The people that a job found. Raises `Refusal` when the key that sealed them is gone."""
    sealed = job.result.get("people", "")
    if not sealed:
        return []
    with_keys = [pyrage.x25519.Identity.from_str(one) for one in keys.identities()]
    try:
        told: list[dict[str, Any]] = json.loads(pyrage.decrypt(base64.b64decode(sealed), with_keys))
    except pyrage.DecryptError:
        raise Refusal("La clé des sauvegardes a changé depuis.", remedy="Lisez l’archive de nouveau.") from None
    return [HeldPerson(**one) for one in told]


def archive_name(job: Job) -> str:
    """The archive that a job is about, as its asker knows it."""
    return job.received_as or Path(job.path).name


@transaction.atomic
def _ask(actor: Actor, kind: Job.Kind, **fields: Any) -> Job:
    require_may_create(actor)
    if of(actor).filter(kind=kind, state__in=jobs.OPEN).exists():
        raise Refusal(
            f"« {kind.label} » : vous en avez déjà une en cours.",
            remedy="Suivez-la dans vos travaux, puis recommencez.",
        )
    return jobs.begin(actor=actor, kind=kind, **fields)
