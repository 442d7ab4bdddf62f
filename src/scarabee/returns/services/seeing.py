"""Which returns an actor may see, and which have been read.

A return is seen by whoever sees a dossier that holds an employer it is about; one that is about nobody known here, by
Administrateurs only.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Return, ReturnAbout


def visible_returns(actor: Actor) -> QuerySet[Any]:
    """The returns that the actor may see. One about several employers may tell of others: see `visible_sirets`."""
    rows: QuerySet[Any] = Return.objects.all()
    if actor.is_administrator:
        return rows
    abouts = ReturnAbout.objects.filter(item=OuterRef("pk"), siret__in=held_sirets(actor))
    return rows.filter(Exists(abouts))


def get_return(actor: Actor, number: int) -> Return:
    """The return of that number, with its filing, and `may_mark`: whether the actor may say that it has been read,
    being *Gestionnaire* of an employer it is about. Raises `NotVisible`.
    """
    may_mark = Exists(_markable(actor).filter(pk=OuterRef("pk")))
    rows = visible_returns(actor).select_related("filing", "identity").annotate(may_mark=may_mark)
    found: Return | None = rows.filter(pk=number).first()
    if found is None:
        raise NotVisible(
            "Ce retour n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste : elle est à jour."
        )
    return found


def visible_sirets(actor: Actor, item: Return) -> frozenset[str] | None:
    """The employers of a return that the actor may read of; None: all of it, and its document whole."""
    told = set(item.abouts.values_list("siret", flat=True))
    if actor.is_administrator:
        return None
    held = set(held_sirets(actor).filter(siret__in=told))
    return None if held >= told else frozenset(held)


def held_sirets(actor: Actor) -> QuerySet[Any]:
    """The SIRETs of the dossiers that the actor may see, as a subquery."""
    dossiers = Dossier.objects.visible_to(actor).order_by().values("pk")
    sirets: QuerySet[Any] = Employer.objects.filter(dossier__in=dossiers).order_by().values_list("siret", flat=True)
    return sirets


def mark_seen(*, actor: Actor, numbers: Iterable[int]) -> int:
    """Say that somebody has read these returns; those read already, or that the actor may not mark, stay. How many.

    Raises `NotVisible` when the actor sees none of them, `NotAllowed` when none is of a dossier they may change.
    """
    wanted = list(numbers)
    found = list(_markable(actor).filter(pk__in=wanted).order_by().values_list("pk", flat=True))
    if not found and wanted:
        if not visible_returns(actor).filter(pk__in=wanted).exists():
            raise NotVisible("Ce retour n’existe pas, ou vous n’y avez pas accès.")
        raise NotAllowed("Vous pouvez lire ce retour ; un Gestionnaire de son dossier le marque comme lu.")
    return Return.objects.filter(pk__in=found, seen_at=None).update(seen_at=now(), seen_by=actor.name[:150])


def _markable(actor: Actor) -> QuerySet[Any]:
    if actor.is_administrator:
        return visible_returns(actor)
    dossiers = Dossier.objects.writable_by(actor).order_by().values("pk")
    sirets = Employer.objects.filter(dossier__in=dossiers).order_by().values("siret")
    rows: QuerySet[Any] = Return.objects.filter(
        Exists(ReturnAbout.objects.filter(item=OuterRef("pk"), siret__in=sirets))
    )
    return rows
