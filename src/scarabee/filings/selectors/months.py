"""Which employers a month awaits: those that declared of late, followed through a change of SIRET.

The rule of `filings.comparison_employers`, for every dossier of a reader at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.filings.comparison_employers import MONTHS_REMEMBERED
from scarabee.filings.comparison_months import MONTHLY, month_before
from scarabee.filings.models import EmployerFiling
from scarabee.filings.selectors.naming import spaced
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

DUE_DAY = EmployerFiling._meta.get_field("due_day").get_default()


def today() -> date:
    """The day it is in France."""
    return localdate(now())


@dataclass(frozen=True, slots=True)
class Declared:
    """An employer that a visible, open dossier declares. `due_day`: 5 or 15."""

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

    @property
    def label(self) -> str:
        return self.name or spaced(self.siret)


def declared_rows(actor: Actor) -> QuerySet[Employer]:
    """The employers that the actor's dossiers declare; archived dossiers raise no alarm (design §2)."""
    dossiers = Dossier.objects.visible_to(actor).filter(archived_at=None).order_by().values("pk")
    rows: QuerySet[Employer] = Employer.objects.filter(declaring=True, dossier__in=dossiers)
    return rows


def declared(actor: Actor) -> list[Declared]:
    """Every employer that the actor's dossiers declare, by name; one query."""
    due_day = EmployerFiling.objects.filter(siret=OuterRef("siret")).values("due_day")
    found = declared_rows(actor).annotate(due_day=Coalesce(Subquery(due_day), DUE_DAY))
    return [
        Declared(*row)
        for row in found.order_by("search_key", "siret").values_list(
            "pk", "siret", "name", "town", "search_key", "dossier_id", "dossier__name", "dossier__uuid",
            "successor_of_id", "successor_from", "due_day",
        )
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Ids of employers: those with a réel declaration of the month in force, and those awaited for it."""

    imported: frozenset[int]
    awaited: frozenset[int]


def known(actor: Actor, employers: Iterable[Declared], month: str) -> Known:
    """What the declarations held say of a month (AAAA-MM); one query."""
    listed = list(employers)
    rows = Declaration.objects.filter(
        dossier__in=declared_rows(actor).values("dossier"), nature=MONTHLY, is_real=True, in_force=True,
        month__range=(month_before(month, MONTHS_REMEMBERED), month),
    )  # fmt: skip
    told = set(rows.order_by().values_list("employer_id", "month").distinct())
    follower = {one.successor_of: one.pk for one in listed if one.successor_of and one.successor_from <= month}
    imported = frozenset(pk for pk, of in told if of == month)
    return Known(imported, frozenset(_last(follower, pk) for pk, of in told if of < month))


def _last(follower: dict[int, int], pk: int) -> int:
    """Who goes on where this employer stopped."""
    passed: set[int] = set()
    while pk in follower and pk not in passed:
        passed.add(pk)
        pk = follower[pk]
    return pk
