"""What follows once a part was taken out of an archive: into the dossier it came from, by a transfer; or away again."""

from typing import cast
from uuid import UUID

from django.db import transaction

from scarabee.backups.models import Job
from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services import drafts


def arrived(actor: Actor, job: Job) -> Dossier | None:
    """The new dossier, while it stands and the actor keeps it."""
    return cast(Dossier | None, Dossier.objects.kept_by(actor).filter(uuid=UUID(job.result["dossier"])).first())


def origin(actor: Actor, job: Job) -> Dossier | None:
    """The dossier that the archive was made of, when it stands here and the actor may write into it."""
    return cast(Dossier | None, Dossier.objects.writable_by(actor).filter(uuid=UUID(job.result["origin"])).first())


@transaction.atomic
def prepare(*, actor: Actor, dossier: Dossier, job: Job) -> Transfer:
    """A transfer of all that arrived, into the dossier it came from where there is one; its preview is to be read.

    Raises as `drafts.start_draft`.
    """
    draft = drafts.start_draft(actor=actor, source=dossier)
    draft = drafts.save_ticks(actor=actor, transfer=draft, selection=_all_of(dossier, job))
    if target := origin(actor, job):
        draft = drafts.choose_destination(actor=actor, transfer=draft, destination=target)
    return draft


def act_of(job: Job) -> Act:
    """The act that brought it. Raises `NotVisible` when it is no more."""
    act = Act.objects.filter(pk=job.result["act"], kind=Act.Kind.RESTORATION).first()
    if act is None:
        raise NotVisible("Cette reprise n’est plus connue ici.")
    return act


def _all_of(dossier: Dossier, job: Job) -> Selection:
    """Employers as they came: whole, or for one of their people only."""
    if job.asked.get("number") is None:
        numbers = Employer.objects.filter(dossier=dossier).values_list("pk", flat=True)
        return Selection({pk: Ticked(Mode.WHOLE) for pk in numbers})
    people: dict[int, set[int]] = {}
    for employer, person in Employee.objects.filter(dossier=dossier).values_list("employer", "pk"):
        people.setdefault(employer, set()).add(person)
    return Selection({employer: Ticked(Mode.SOME, frozenset(some)) for employer, some in people.items()})
