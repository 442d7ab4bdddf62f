"""Coverage: with whose identifiers each employer's DSN would leave, when it is due, and whether it leaves by itself."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from scarabee.accounts.models import User
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.selectors.employers import matching
from scarabee.filings.models import EmployerFiling
from scarabee.filings.selectors.months import DUE_DAY, declared_rows
from scarabee.filings.services.holders import MSA, Coverage, Holders
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

PAGE_LENGTH = 50
SORTS = {"employeur": ("search_key", "siret"), "dossier": ("dossier__name_key", "search_key"), "echeance": ("due_day",)}


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """An employer, what would serve for it, and how it files. `regime`: in words."""

    employer: Any
    coverage: Coverage
    regime: str
    may_write: bool

    @property
    def has_standing(self) -> bool:
        return bool(self.employer.standing_dossier == self.employer.dossier_id)


def employers(actor: Actor) -> QuerySet[Any]:
    """The employers that the actor's dossiers declare, with due_day, standing_dossier, standing_by and depot."""
    told = EmployerFiling.objects.filter(siret=OuterRef("siret"))
    newest = Declaration.objects.filter(employer=OuterRef("pk")).order_by("-freshness").values("envoi__depot")[:1]
    rows: QuerySet[Any] = declared_rows(actor).select_related("dossier").defer("lines", "typed")
    found: QuerySet[Any] = rows.annotate(
        due_day=Coalesce(Subquery(told.values("due_day")), DUE_DAY),
        standing_dossier=Subquery(told.values("standing_dossier")),
        standing_by=Subquery(told.values("standing_by")),
        depot=Subquery(newest),
    )
    return found


def coverage_page(actor: Actor, *, text: str, dossier: str, sort: str, page: str | None) -> Page[Any]:
    """A page of `CoverageRow`, for what the actor would deposit now."""
    rows = employers(actor).filter(matching(text))
    if is_number(dossier):
        rows = rows.filter(dossier_id=int(dossier))
    order = SORTS.get(sort.removeprefix("-"), SORTS["employeur"])
    rows = rows.order_by(f"-{order[0]}" if sort.startswith("-") else order[0], *order[1:], "search_key", "siret")
    found: Page[Any] = Paginator(rows, PAGE_LENGTH).get_page(page)
    writable = set(Dossier.objects.writable_by(actor).order_by().values_list("pk", flat=True))
    holders = Holders()
    found.object_list = [
        CoverageRow(
            one,
            holders.cover(filer_id=actor.user_id, dossier_id=one.dossier_id, depot=one.depot or ""),
            "agricole (MSA)" if one.depot == MSA else "général",
            one.dossier_id in writable,
        )
        for one in found.object_list
    ]
    return found


def possible_holders(actor: Actor, dossier: Dossier, current: User | None) -> list[User]:
    """Whose identifiers may be chosen for a dossier: anybody's for an Administrateur, else those of its people.

    The one that is chosen already is always among them.
    """
    rows = User.objects.filter(is_active=True, portal_identifiers__isnull=False).order_by("username_key")
    if not actor.is_administrator:
        rows = rows.filter(memberships__dossier=dossier)
    found = list(rows.distinct())
    return found if current is None or current in found else [current, *found]
