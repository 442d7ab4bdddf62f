"""What a CRM would change, person by person, before somebody applies it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from scarabee.dossiers.models import Employee, Employer
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services.rate_lists import PERSONALISED, Rate, in_force_of


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A person before and after a rate. `before` None: no applied CRM was valid; a rate None: the default grid."""

    rate: PasRate
    before: Rate | None

    @property
    def employee(self) -> Employee:
        return self.rate.employee

    @property
    def was(self) -> Decimal | None:
        """The rate in force before, in percent."""
        return self.before.rate if self.before else None

    @property
    def after(self) -> Decimal | None:
        """The rate that it becomes, in percent; None: the DGFiP gives none."""
        return self.rate.rate

    @property
    def type(self) -> str:
        """S21.G00.50.007: 01 for a personalised rate, "" for the default grid."""
        return "" if self.rate.rate is None else PERSONALISED

    @property
    def oddity(self) -> str:
        """Why it waits for a person, or was set aside; "" when nothing is odd."""
        return self.rate.why

    @property
    def state(self) -> str:
        return self.rate.state

    @property
    def changes(self) -> bool:
        """Whether the rate of the day becomes another one."""
        return self.was != self.after


def rates_of(*, actor: Actor, item: Return | None = None, employer: Employer | None = None) -> QuerySet[PasRate]:
    """The rates that a CRM brought, or those that wait for an employer, by name; to be paged, then given to `preview`.

    Raises ValueError unless exactly one is given.
    """
    rates = PasRate.objects.visible_to(actor).select_related("employee", "employer")
    rates = rates.order_by("employer_id", "employee__search_key", "pk")
    if item is not None and employer is None:
        return rates.filter(item=item)
    if employer is None or item is not None:
        raise ValueError("one return, or one employer")
    return rates.filter(employer=employer, state=RateState.WAITING)


def preview(rates: Iterable[PasRate]) -> list[PreviewRow]:
    """Before and after of some rates. Before: today for one that waits, else on the day it was made available."""
    rows = list(rates)
    applied: dict[int, list[PasRate]] = {}
    others = PasRate.objects.filter(employee_id__in={row.employee_id for row in rows}, state=RateState.APPLIED)
    for one in others.order_by("available_on", "pk"):
        applied.setdefault(one.employee_id, []).append(one)
    return [PreviewRow(row, _before(row, applied.get(row.employee_id, []))) for row in rows]


def _before(row: PasRate, applied: list[PasRate]) -> Rate | None:
    waits = row.state == RateState.WAITING
    on = now().astimezone(PARIS).date() if waits else row.available_on
    earlier = [
        one
        for one in applied
        if one.pk != row.pk and (waits or (one.available_on, one.pk) < (row.available_on, row.pk))
        if one.available_on <= on <= one.valid_until
    ]
    return in_force_of(earlier[-1], on) if earlier else None
