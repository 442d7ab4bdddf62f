"""Rates as their pages show them: what waits in a dossier, what is in force, which acts may be undone."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from scarabee.dossiers.models import Act, Before, Dossier, Employee, Employer
from scarabee.dossiers.selectors.dossiers import get_dossier as get_plain_dossier
from scarabee.dossiers.selectors.employees import matching as person_named
from scarabee.dossiers.selectors.employers import matching as employer_named
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, RateExport, RateLine, RateOption
from scarabee.returns.services import rate_previews
from scarabee.returns.services.rate_lacking import Lack, told, without_valid_rate
from scarabee.returns.services.rate_lists import Rate, in_force_of
from scarabee.returns.services.superseding import BEFORE

PAGE_LENGTH = 100
_SEEN = re.compile(r"[0-9]{1,18}\.[0-9]{1,9}")
ACTS_SHOWN = 8
LINES_SHOWN = 100
PEOPLE_SHOWN = 30


class CountedPaginator(Paginator[Any]):
    """Pages of rows of which another query told how many there are."""

    def __init__(self, rows: Any, count: int) -> None:
        super().__init__(rows, PAGE_LENGTH)
        self.count = count


def dossier_page(actor: Actor, page: str | None) -> Page[Any]:
    """A page of open dossiers, as `_dossiers` tells them."""
    rows = _dossiers(actor).filter(archived_at=None).order_by("name_key")
    return Paginator(rows, PAGE_LENGTH).get_page(page)


def get_dossier(actor: Actor, uuid: UUID) -> Any:
    """A dossier, archived or not, as `_dossiers` tells it; one query. Raises `NotVisible`."""
    found = _dossiers(actor).select_related("rate_option").filter(uuid=uuid).first()
    return found or get_plain_dossier(actor=actor, uuid=uuid)


def _dossiers(actor: Actor) -> QuerySet[Any]:
    """With `waiting`, `odd`, `lines`, `rated`, `applies_alone`, and `exported_at` (the actor's last time).

    `odd`: those of `waiting` that are; `last_plain`: the last act that brought one that is not; `lines`: those of CRM
    that nobody was recognised in.
    """
    waiting = PasRate.objects.filter(state=RateState.WAITING)
    applied = PasRate.objects.filter(state=RateState.APPLIED)
    lines = RateLine.objects.filter(settled_at=None, siret__in=_declared(OuterRef(OuterRef("pk"))))
    exports = RateExport.objects.filter(dossier=OuterRef("pk"), actor_name=actor.name).order_by("-until")
    dossiers: QuerySet[Any] = Dossier.objects.visible_to(actor).annotate(
        waiting=_per_dossier(waiting, Count("pk")),
        odd=_per_dossier(waiting.exclude(why=""), Count("pk")),
        last_plain=_per_dossier(waiting.filter(why=""), Max("act")),
        rated=_per_dossier(applied, Count("employee", distinct=True)),
        lines=_count(lines),
        applies_alone=Exists(RateOption.objects.filter(dossier=OuterRef("pk"), applies_alone=True)),
        exported_at=Subquery(exports.values("until")[:1]),
    )
    return dossiers


def _declared(dossier: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = Employer.objects.filter(dossier=dossier, declaring=True).order_by().values("siret")
    return rows


def _per_dossier(rows: QuerySet[Any], figure: Count | Max) -> Coalesce:
    own = rows.filter(dossier=OuterRef("pk")).order_by().values("dossier").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(own), 0)


def _count(rows: QuerySet[Any]) -> Coalesce:
    one = Value(1, output_field=IntegerField())
    counted = rows.order_by().annotate(one=one).values("one").annotate(figure=Count("pk")).values("figure")
    return Coalesce(Subquery(counted), 0)


def waiting_rates(dossier: Dossier) -> QuerySet[Any]:
    """The rates that wait for a decision, the odd ones first, then by employer and name."""
    rows: QuerySet[Any] = PasRate.objects.filter(dossier=dossier, state=RateState.WAITING)
    odd_first = (F("why").desc(), "employer__search_key", "employer_id", "employee__search_key", "pk")
    return rows.select_related("employee", "employer").order_by(*odd_first)


def preview_page(dossier: Any, page: str | None) -> Page[Any]:
    """A page of `PreviewRow`: before and after, person by person; two queries. `dossier`: as `get_dossier` tells it."""
    found: Page[Any] = CountedPaginator(waiting_rates(dossier), dossier.waiting).get_page(page)
    found.object_list = rate_previews.preview(found.object_list)
    return found


def seen_as(rate: PasRate) -> str:
    """What a page showed of a rate, to be sent back with the decision."""
    return f"{rate.rate}/{rate.future_rate}/{rate.future_from}/{rate.available_on}"


def plain_rates(dossier: Dossier) -> QuerySet[Any]:
    """Those of `waiting_rates` that nothing is odd about."""
    return waiting_rates(dossier).filter(why="")


def plain_seen(dossier: Any) -> str:
    """How far a page showed them, to be sent back with the decision: the last act that brought one, and how many.

    `dossier`: as `get_dossier` tells it.
    """
    return f"{dossier.last_plain}.{dossier.waiting - dossier.odd}"


def plain_as_seen(dossier: Dossier, seen: str) -> tuple[QuerySet[Any], int] | None:
    """Those that a page showed, and how many came since; None when that cannot be told any more."""
    if not _SEEN.fullmatch(seen):
        return None
    last, count = map(int, seen.split("."))
    rates = plain_rates(dossier)
    shown = rates.filter(act__lte=last)
    if shown.count() > count:  # a remark was taken from some since
        return None
    return shown, rates.filter(act__gt=last).count()


def unsettled(dossier: Dossier) -> QuerySet[Any]:
    """The lines of CRM about the employers that a dossier declares, whose person is not known yet."""
    rows: QuerySet[Any] = RateLine.objects.filter(settled_at=None, siret__in=_declared(dossier.pk))
    return rows


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a CRM with its employer, and who it may be."""

    line: RateLine
    employer: Employer
    proposed: Employee | None


def shown_lines(dossier: Dossier) -> list[ShownLine]:
    """The first lines that wait, with what their rows name; three queries."""
    lines = list(unsettled(dossier).order_by("siret", "pk")[:LINES_SHOWN])
    rows = Employer.objects.filter(dossier=dossier, declaring=True, siret__in={one.siret for one in lines})
    employers = {one.siret: one for one in rows}
    people = Employee.objects.filter(dossier=dossier).in_bulk([one.proposed for one in lines if one.proposed])
    return [ShownLine(one, employers[one.siret], people.get(one.proposed or 0)) for one in lines]


def get_line(actor: Actor, pk: int) -> ShownLine:
    """A line of the CRM of an employer that one of the actor's dossiers declares. Raises `NotVisible`."""
    line = RateLine.objects.select_related("item").filter(pk=pk).first()
    employer = None
    if line is not None:
        employers = Employer.objects.visible_to(actor).filter(siret=line.siret, declaring=True)
        employer = employers.select_related("dossier").first()
    if line is None or employer is None:
        raise NotVisible("Cette ligne n’existe pas, ou vous n’y avez pas accès.")
    proposed = Employee.objects.filter(employer=employer, pk=line.proposed).first() if line.proposed else None
    return ShownLine(line, employer, proposed)


def people_named(employer: Employer, text: str) -> list[Employee]:
    """The first people of an employer that a text names."""
    return list(Employee.objects.filter(person_named(text), employer=employer).order_by("search_key")[:PEOPLE_SHOWN])


@dataclass(frozen=True, slots=True)
class InForce:
    """Somebody and what counts for him."""

    row: PasRate
    rate: Rate


def in_force_page(
    dossier: Dossier, on: date, *, employer: str = "", text: str = "", page: str | None = None
) -> Page[Any]:
    """A page of `InForce` by employer and name, for a day of payment. `employer`: a number; `text`: who."""
    valid = PasRate.objects.filter(state=RateState.APPLIED, available_on__lte=on, valid_until__gte=on)
    newer = Q(available_on__gt=OuterRef("available_on")) | Q(
        available_on=OuterRef("available_on"), pk__gt=OuterRef("pk")
    )
    overtaken = valid.filter(newer, employee=OuterRef("employee")).order_by()
    rows = valid.filter(~Exists(overtaken), dossier=dossier, employer__declaring=True)
    if employer.isdigit():
        rows = rows.filter(employer_id=int(employer))
    if text.strip():
        people = Employee.objects.filter(person_named(text), dossier=dossier).values("pk")
        employers = Employer.objects.filter(employer_named(text), dossier=dossier).values("pk")
        rows = rows.filter(Q(employee__in=people) | Q(employer__in=employers))
    rows = rows.select_related("employee", "employer").order_by(
        "employer__search_key", "employer_id", "employee__search_key", "pk"
    )
    found: Page[Any] = Paginator(rows, PAGE_LENGTH).get_page(page)
    found.object_list = [InForce(one, in_force_of(one, on)) for one in found.object_list]
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A rate of somebody's history, and the act that decided it, None when there is nothing to undo."""

    row: PasRate
    act: Act | None


def decided(rates: list[PasRate]) -> list[Told]:
    """Rates with the act that may be undone; two queries."""
    kept = Before.objects.filter(kind=BEFORE, object_id__in=[one.pk for one in rates], act__state=Act.State.DONE)
    acts = {(one.object_id, one.act.created_at): one.act for one in kept.select_related("act")}
    for one in rates:
        if one.act.state == Act.State.DONE:  # it was applied as it came in
            acts.setdefault((one.pk, one.act.created_at), one.act)
    return [Told(one, acts.get((one.pk, one.decided_at)) if one.decided_at else None) for one in rates]


def recent_acts(dossier: Dossier) -> list[Act]:
    """The last acts by which rates of a dossier were decided."""
    kept = Before.objects.filter(act=OuterRef("pk"), kind=BEFORE)
    alone = PasRate.objects.filter(act=OuterRef("pk"), decided_at=OuterRef("created_at"))
    rows = Act.objects.filter(Exists(kept) | Exists(alone), dossier=dossier, kind=Act.Kind.RETURN)
    return list(rows.order_by("-pk")[:ACTS_SHOWN])


def get_act(actor: Actor, number: int) -> tuple[Act, Dossier]:
    """An act on rates and its dossier, that the actor sees. Raises `NotVisible`."""
    visible = Dossier.objects.visible_to(actor).order_by().values("pk")
    rows = Act.objects.filter(pk=number, kind=Act.Kind.RETURN, dossier__in=visible)
    found: Act | None = rows.select_related("dossier").first()
    if found is None or found.dossier is None:
        raise NotVisible("Cet acte n’existe pas, ou vous n’y avez pas accès.")
    return found, found.dossier


def lacking_page(
    actor: Actor, dossier: Dossier, on: date, *, employer: Employer | None, reason: str, page: str | None
) -> tuple[list[tuple[Lack, int]], Page[Any]]:
    """How many lack a rate for each reason, and a page of `Lacking`, for one reason if it is named; two queries."""
    found = without_valid_rate(actor=actor, on=on, dossier=dossier, employer=employer)
    counts = dict(found.order_by().values_list("reason").annotate(Count("pk")))
    chosen = found.filter(reason=reason) if reason else found
    shown: Page[Any] = CountedPaginator(chosen, counts.get(reason, 0) if reason else sum(counts.values())).get_page(
        page
    )
    shown.object_list = list(told(shown.object_list))
    return [(one, counts[one.name]) for one in Lack if one.name in counts], shown
