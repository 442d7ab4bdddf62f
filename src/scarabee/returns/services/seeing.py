"""Which returns an actor may see, and which have been read.

A return is seen by whoever sees the dossier that declares an employer it is about, or may read the deposit it answers;
one that is about nobody known here, by Administrateurs only. A SIRET that a dossier merely holds shows nothing: whoever
may import can name any, and a return tells of everybody in it (as `filings.services.sight`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from scarabee.dossiers.models import Dossier, Employer
from scarabee.filings.services.sight import visible_filings
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Return, ReturnAbout


def visible_returns(actor: Actor) -> QuerySet[Any]:
    """The returns that the actor may see. One about several employers may tell of others: see `visible_sirets`."""
    rows: QuerySet[Any] = Return.objects.all()
    if actor.is_administrator:
        return rows
    return rows.filter(Exists(ReturnAbout.objects.filter(_readable(actor), item=OuterRef("pk"))))


def get_return(actor: Actor, number: int) -> Return:
    """The return of that number, with its filing, and `may_mark`: whether the actor may say that it has been read,
    being *Gestionnaire* of the dossier that declares an employer it is about, or made the deposit. Raises `NotVisible`.
    """
    may_mark = Exists(_markable(actor).filter(pk=OuterRef("pk")))
    rows = visible_returns(actor).select_related("filing", "identity").annotate(may_mark=may_mark)
    found: Return | None = rows.filter(pk=number).first()
    if found is None:
        raise NotVisible(
            "Ce retour n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste : elle est à jour."
        )
    return found


def with_sight(actor: Actor, abouts: QuerySet[Any]) -> QuerySet[Any]:
    """Employers that returns are about, with `is_seen`: whether the actor may read what a return says of them."""
    seen = Value(True) if actor.is_administrator else Case(When(_readable(actor), then=True), default=False)
    found: QuerySet[Any] = abouts.annotate(is_seen=seen)
    return found


def visible_sirets(actor: Actor, item: Return) -> frozenset[str] | None:
    """The employers of a return that the actor may read of; None: all of it, and its document whole."""
    told = dict(with_sight(actor, item.abouts.all()).values_list("siret", "is_seen"))
    return seen_among(actor, told)


def seen_among(actor: Actor, told: Mapping[str, bool]) -> frozenset[str] | None:
    """As `visible_sirets`, of {siret: whether the actor may read of it}."""
    if actor.is_administrator or all(told.values()):
        return None
    return frozenset(siret for siret, is_seen in told.items() if is_seen)


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
    declared = Employer.objects.filter(dossier__in=dossiers, declaring=True).order_by().values("siret")
    abouts = ReturnAbout.objects.filter(item=OuterRef("pk"), siret__in=declared)
    rows: QuerySet[Any] = Return.objects.filter(Exists(abouts) | Q(filing__dossier__in=dossiers))
    return rows


def _readable(actor: Actor) -> Q:
    """Of ReturnAbout: those that the actor may read of."""
    dossiers = Dossier.objects.visible_to(actor).order_by().values("pk")
    declared = Employer.objects.filter(dossier__in=dossiers, declaring=True).order_by().values("siret")
    deposits = visible_filings(actor).filter(pk=OuterRef("item__filing"), siret=OuterRef("siret")).order_by()
    return Q(siret__in=declared) | Q(Exists(deposits))
