"""A transfer being prepared: its ticks, destination and choices, kept by the server between two gestures.

A draft is a Transfer whose act is PREPARED. It belongs to the user who began it: nobody else sees it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.db.models import Q, QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.querysets import DossierQuerySet
from scarabee.dossiers.services.dossiers import (
    NAME_LENGTH,
    may_create,
    name_key,
    require_kept,
    require_may_create,
)
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Selection

if TYPE_CHECKING:
    from scarabee.transfers.services.planning import Plan


def sources(actor: Actor) -> DossierQuerySet:
    """The dossiers the actor may copy from: role *Gestionnaire*, archived or not, as copying changes nothing."""
    return Dossier.objects.kept_by(actor)


def require_source(actor: Actor, source: Dossier) -> None:
    """Raise `NotVisible` or `NotAllowed` unless the actor may copy from this dossier."""
    if not Dossier.objects.visible_to(actor).filter(pk=source.pk).exists():
        raise NotVisible(
            "Le dossier d’origine n’existe pas, ou vous n’y avez pas accès.", remedy="Choisissez-en un autre."
        )
    if not sources(actor).filter(pk=source.pk).exists():
        raise NotAllowed(
            f"Vous n’avez pas le droit de copier depuis le dossier « {source.name} ».",
            remedy="Demandez à un Administrateur le rôle Gestionnaire sur ce dossier.",
        )


@transaction.atomic
def start_draft(*, actor: Actor, source: Dossier) -> Transfer:
    """A new draft from this dossier; the actor's drafts without any tick go. Raises as `require_source`."""
    require_source(actor, source)
    Act.objects.filter(pk__in=drafts(actor).filter(selection={}).values("pk")).delete()
    act = Act.objects.create(
        kind=Act.Kind.TRANSFER,
        actor_name=actor.name,
        user_id=actor.user_id,
        created_at=now(),
    )
    return Transfer.objects.create(act=act, source=source, source_name=source.name)


@transaction.atomic
def start_again(*, actor: Actor, transfer: Transfer) -> Transfer:
    """A new draft with the ticks, destination and choices of a transfer that did not take place."""
    if transfer.source is None:
        raise Refusal("Le dossier d’origine n’existe plus.", remedy="Commencez un autre transfert.")
    draft = start_draft(actor=actor, source=transfer.source)
    draft.act.dossier, draft.act.dossier_name = transfer.act.dossier, transfer.act.dossier_name
    draft.act.save(update_fields=["dossier", "dossier_name"])
    for name in ("selection", "choices", "if_exists", "declaring", "destination_name", "created_destination"):
        setattr(draft, name, getattr(transfer, name))
    draft.save()
    return draft


def drafts(actor: Actor) -> QuerySet[Transfer]:
    """The actor's own drafts, newest first; one whose dossiers they may no longer see is gone for them."""
    mine = Transfer.objects.filter(act__state=Act.State.PREPARED, act__user=actor.user_id)
    return open_to(actor, mine).select_related("act__dossier", "source").order_by("-act_id")


def open_to(actor: Actor, transfers: QuerySet[Transfer]) -> QuerySet[Transfer]:
    """Those of which the actor may see both dossiers, as far as these still exist."""
    if actor.is_administrator:
        return transfers
    seen = Dossier.objects.visible_to(actor).values("pk")
    return transfers.filter(Q(source=None) | Q(source__in=seen), Q(act__dossier=None) | Q(act__dossier__in=seen))


@transaction.atomic
def drop_draft(*, actor: Actor, transfer: Transfer) -> None:
    """Forget a draft: nothing was written, so nothing is lost but its ticks."""
    _locked(actor, transfer).act.delete()


def save_ticks(*, actor: Actor, transfer: Transfer, selection: Selection) -> Transfer:
    """Keep this selection. Raises `Refusal` when it names what the source does not hold."""
    return change_ticks(actor=actor, transfer=transfer, change=lambda _: selection)


@transaction.atomic
def change_ticks(*, actor: Actor, transfer: Transfer, change: Callable[[Selection], Selection]) -> Transfer:
    """Apply a gesture to the ticks as they are now, so that two gestures at once are both kept."""
    locked = _locked(actor, transfer)
    before = Selection.from_json(locked.selection)
    after = change(before)
    if after == before:
        return locked
    _require_of_source(locked, before, after)
    locked.selection = after.to_json()
    return _save(locked, "selection")


@transaction.atomic
def choose_destination(
    *, actor: Actor, transfer: Transfer, destination: Dossier | None, destination_name: str = ""
) -> Transfer:
    """Copy into this dossier, into a new one of this name, or (neither given) not yet known where.

    Raises `NotVisible` for a dossier that the actor may not see.
    """
    locked = _locked(actor, transfer)
    if destination is not None and not Dossier.objects.visible_to(actor).filter(pk=destination.pk).exists():
        raise NotVisible("Le dossier de destination n’existe pas, ou vous n’y avez pas accès.")
    name = destination.name if destination else " ".join(destination_name.split())[:NAME_LENGTH]
    creates = destination is None and bool(name)
    pk = destination.pk if destination else None
    if (locked.act.dossier_id, locked.destination_name, locked.created_destination) == (pk, name, creates):
        return locked
    locked.act.dossier, locked.act.dossier_name = destination, name
    locked.act.save(update_fields=["dossier", "dossier_name"])
    locked.destination_name, locked.created_destination, locked.choices = name, creates, {}
    return _save(locked, "destination_name", "created_destination", "choices")


@transaction.atomic
def choose(
    *,
    actor: Actor,
    transfer: Transfer,
    if_exists: IfExists,
    choices: Mapping[str, IfExists],
    declaring: Declaring,
) -> Transfer:
    """Keep what to do with what is already there, in general and per item, and who declares afterwards."""
    locked = _locked(actor, transfer)
    locked.if_exists, locked.declaring = if_exists, declaring
    locked.choices = {key: IfExists(value).value for key, value in choices.items() if value != if_exists}
    return _save(locked, "if_exists", "declaring", "choices")


def draft_plan(*, actor: Actor, transfer: Transfer) -> "Plan":
    """What the draft would do; keeps the revisions it saw. Raises `Refusal` when it cannot be done."""
    from scarabee.transfers.services.planning import make_plan  # which asks `sources` of this module

    if reason := why_not(actor=actor, transfer=transfer):
        raise Refusal(reason)
    plan = make_plan(
        actor=actor,
        source=cast(Dossier, transfer.source),
        destination=transfer.act.dossier,
        destination_name=transfer.destination_name,
        selection=Selection.from_json(transfer.selection),
        if_exists=IfExists(transfer.if_exists),
        choices={key: IfExists(value) for key, value in transfer.choices.items()},
    )
    transfer.source_revision, transfer.destination_revision = plan.source_revision, plan.destination_revision
    Transfer.objects.filter(pk=transfer.pk).update(
        source_revision=plan.source_revision, destination_revision=plan.destination_revision
    )
    return plan


def require_rights(*, actor: Actor, transfer: Transfer) -> None:
    """Raise `NotVisible` or `NotAllowed` unless the actor has the rights on both dossiers, whatever else is missing."""
    if transfer.source is not None:
        require_source(actor, transfer.source)
    if transfer.created_destination:
        require_may_create(actor)
    elif transfer.act.dossier is not None:
        require_kept(actor, transfer.act.dossier)


def why_not(*, actor: Actor, transfer: Transfer) -> str:
    """Why *Transférer* is not active yet, in French; empty when it is. Two queries, whatever is ticked."""
    if transfer.act.state != Act.State.PREPARED:
        return "Ce transfert est déjà parti."
    if transfer.source is None:
        return "Le dossier d’origine n’existe plus. Commencez un autre transfert."
    if not transfer.selection:
        return "Cochez au moins un employeur ou un salarié."
    if not transfer.destination_name:
        return "Choisissez le dossier de destination, ou donnez un nom au nouveau dossier."
    if not sources(actor).filter(pk=transfer.source_id).exists():
        return f"Vous n’avez plus le droit de copier depuis le dossier « {transfer.source_name} »."
    if transfer.created_destination:
        return _why_not_create(actor, transfer.destination_name)
    return _why_not_into(actor, transfer)


def _why_not_create(actor: Actor, name: str) -> str:
    if not name_key(name):
        return "Le nom du nouveau dossier est vide."
    if not may_create(actor):
        return "Vous n’avez pas le droit de créer un dossier. Choisissez-en un dans la liste."
    if Dossier.objects.filter(name_key=name_key(name)).exists():
        return f"Un dossier s’appelle déjà « {name} ». Choisissez-le dans la liste, ou donnez un autre nom."
    return ""


def _why_not_into(actor: Actor, transfer: Transfer) -> str:
    destination = transfer.act.dossier
    if destination is None:
        return f"Le dossier « {transfer.destination_name} » n’existe plus. Choisissez une autre destination."
    if destination.pk == transfer.source_id:
        return "La destination ne peut pas être le dossier d’origine."
    if destination.is_archived:
        return f"Le dossier « {destination.name} » est archivé : il ne se modifie plus. Choisissez-en un autre."
    if not Dossier.objects.writable_by(actor).filter(pk=destination.pk).exists():
        return f"Vous n’avez pas le droit de modifier le dossier « {destination.name} »."
    return ""


def _locked(actor: Actor, transfer: Transfer) -> Transfer:
    """The draft as it is now, locked. Raises `NotVisible` unless it is one of the actor's."""
    locked = (
        drafts(actor)
        .select_related("act", "source")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=transfer.pk)
        .first()
    )
    if locked is None:
        raise NotVisible(
            "Cette préparation n’existe plus, ou elle est déjà partie.",
            safe="Aucune donnée n’a été modifiée par ce geste.",
            remedy="Regardez la liste des transferts, ou commencez-en un autre.",
        )
    return locked


def _save(transfer: Transfer, *fields: str) -> Transfer:
    """Store these fields; the preview seen so far no longer counts."""
    transfer.source_revision = transfer.destination_revision = 0
    transfer.save(update_fields=[*fields, "source_revision", "destination_revision"])
    return transfer


def _require_of_source(transfer: Transfer, before: Selection, after: Selection) -> None:
    """Raise `Refusal` when a newly ticked item does not stand in the source dossier."""
    employers = after.employers.keys() - before.employers.keys()
    pairs = {
        (employee, pk)
        for pk, ticked in after.employers.items()
        for employee in ticked.employees - (before.employers[pk].employees if pk in before.employers else frozenset())
    }
    known: set[int] = set()
    for some in chunks(sorted(employers)):
        known.update(Employer.objects.filter(dossier=transfer.source, pk__in=some).values_list("pk", flat=True))
    paired: set[tuple[int, int]] = set()
    for some in chunks(sorted(employee for employee, _ in pairs)):
        paired.update(Employee.objects.filter(dossier=transfer.source, pk__in=some).values_list("pk", "employer_id"))
    if known != employers or paired != pairs:
        raise Refusal(
            "Un employeur ou un salarié coché n’est plus dans le dossier d’origine.",
            safe="Vos autres coches sont gardées, aucune donnée n’a été modifiée.",
            remedy="Rechargez la page : elle montre le dossier tel qu’il est maintenant.",
        )
