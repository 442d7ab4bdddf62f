"""Two people become one: of two different rates of one CRM, that of who goes is shown as a line at fault."""

from typing import Any

from django.db.models import QuerySet

from scarabee.returns.enums import LineKind, RateState
from scarabee.returns.models import PasRate, RateLine
from scarabee.returns.services.crm_lines import value_of


def joined(kept_id: int, dropped_id: int) -> None:
    """Keep what a CRM said of the person who goes and not of the one who stays: a line that waits for a person.

    Only where the employer is declared: elsewhere a rate says nothing. What was set aside already stays so.
    """
    lost = PasRate.objects.filter(
        employee=dropped_id, employer__declaring=True, item__isnull=False,
        state__in=(RateState.WAITING, RateState.APPLIED), crm__in=_rates(kept_id).values("crm"),
    )  # fmt: skip
    found = list(lost.order_by("pk").select_related("employee", "employer"))
    kept = {one.crm: _value(one) for one in _rates(kept_id)} if found else {}
    RateLine.objects.bulk_create(_line(one, kept_id) for one in found if _value(one) != kept[one.crm])


def _rates(employee_id: int) -> QuerySet[Any]:
    rows: QuerySet[Any] = PasRate.objects.filter(employee=employee_id).order_by()
    return rows


def _line(rate: PasRate, kept_id: int) -> RateLine:
    person = rate.employee
    assert rate.item_id is not None
    return RateLine(
        item_id=rate.item_id, siret=rate.employer.siret, kind=LineKind.CONFLICT, proposed=kept_id,
        number=(person.nir or person.ntt or person.matricule)[:40], matricule=person.matricule[:40], rate=rate.rate,
        future_rate=rate.future_rate, future_from=rate.future_from,
    )  # fmt: skip


def _value(rate: PasRate) -> object:
    return value_of(rate.rate, rate.future_rate, rate.future_from)
