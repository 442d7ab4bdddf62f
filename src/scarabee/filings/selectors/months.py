"""Which employers a month awaits: those that declared of late, followed through a change of SIRET."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.filings.comparing.months import MONTHLY, month_before
from scarabee.filings.models import EmployerFiling
from scarabee.filings.selectors.naming import spaced
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

MONTHS_REMEMBERED = 3
"""An employer that stopped declaring longer ago is no longer awaited."""
DUE_DAY = EmployerFiling._meta.get_field("due_day").get_default()


def today() -> date:
    """The day it is in France."""
    return localdate(now())


@dataclass(frozen=True, slots=True)
class Declared:
    """An employer that a visible, open dossier declares. `due_day`: 5 or 15.

    `imported`: a réel declaration of the month is in force here. `declared_before`: one of the months before is,
    `predecessor_declared`: one of its predecessor is.
    """

    pk: int
    siret: str
    name: str
    town: str
    search_key: str
    dossier_id: int
    dossier: str
    dossier_uuid: UUID
    successor_of: int | None
    successor_from: str
    due_day: int
    imported: bool
    declared_before: bool
    predecessor_declared: bool

    @property
    def label(self) -> str:
        return self.name or spaced(self.siret)


def declared_rows(actor: Actor) -> QuerySet[Employer]:
    """The employers that the actor's dossiers declare; archived dossiers raise no alarm (design §2)."""
    dossiers = Dossier.objects.visible_to(actor).filter(archived_at=None).order_by().values("pk")
    rows: QuerySet[Employer] = Employer.objects.filter(declaring=True, dossier__in=dossiers)
    return rows


def declared(actor: Actor, month: str) -> list[Declared]:
    """Every employer that the actor's dossiers declare, with what a month (AAAA-MM) knows of it, by name; one query."""
    due_day = EmployerFiling.objects.filter(siret=OuterRef("siret")).values("due_day")
    real = Declaration.objects.filter(nature=MONTHLY, is_real=True, in_force=True)
    before = real.filter(month__gte=month_before(month, MONTHS_REMEMBERED), month__lt=month)
    found = declared_rows(actor).annotate(
        due_day=Coalesce(Subquery(due_day), DUE_DAY),
        imported=Exists(real.filter(employer=OuterRef("pk"), month=month)),
        declared_before=Exists(before.filter(employer=OuterRef("pk"))),
        predecessor_declared=Exists(before.filter(employer=OuterRef("successor_of"))),
    )
    return [
        Declared(*row)
        for row in found.order_by("search_key", "siret").values_list(
            "pk", "siret", "name", "town", "search_key", "dossier_id", "dossier__name", "dossier__uuid",
            "successor_of_id", "successor_from", "due_day", "imported", "declared_before", "predecessor_declared",
        )
    ]  # fmt: skip


def awaited(employers: Iterable[Declared], month: str) -> frozenset[int]:
    """The ids of those that a month (AAAA-MM) awaits: they declared of late, or go on for one that did."""
    listed = list(employers)
    follower = {one.successor_of: one.pk for one in listed if one.successor_of and one.successor_from <= month}
    told = {one.pk for one in listed if one.declared_before}
    told |= {one.successor_of for one in listed if one.successor_of and one.predecessor_declared}
    return frozenset(_last(follower, pk) for pk in told)


def _last(follower: dict[int, int], pk: int) -> int:
    """Who goes on where this employer stopped."""
    passed: set[int] = set()
    while pk in follower and pk not in passed:
        passed.add(pk)
        pk = follower[pk]
    return pk
