"""How long the rate of a CRM nominatif may be used, and by which identifier it is declared (retours §5)."""

from calendar import monthrange
from datetime import date, datetime

from scarabee.netentreprises.moments import PARIS
from scarabee.returns.models import Return

MONTHS_USABLE = 2
"""A rate is usable until the end of the second month after the one in which it was made available."""
RE_ISSUE = "#"
"""In `PasRate.crm`, what follows it tells versions of one CRM apart; it is never declared."""


def available_at(item: Return) -> datetime:
    """When a CRM was made available: published, else produced, else arrived here."""
    return item.published_at or item.produced_at or item.arrived_at


def available_on(item: Return) -> date:
    """The day in Paris on which a CRM was made available."""
    return available_at(item).astimezone(PARIS).date()


def valid_until(day: date) -> date:
    """The last day on which a rate available on `day` may be used."""
    months = day.year * 12 + day.month - 1 + MONTHS_USABLE
    year, month = months // 12, months % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def crm_key(identifier: str, item: Return) -> str:
    """What names a CRM in `PasRate.crm`: its identifier; a CRM without any is named after its return."""
    return identifier.strip()[:30] or f"{RE_ISSUE}{item.pk}"


def identifier_of(crm: str) -> str:
    """What S21.G00.50.008 is to hold for a `PasRate.crm`; "" when the CRM told no identifier."""
    return crm.partition(RE_ISSUE)[0]


def next_version(key: str, standing: str) -> str:
    """The `PasRate.crm` that follows `standing`, for a CRM re-issued with another rate."""
    told = standing.removeprefix(key).lstrip(RE_ISSUE)
    return f"{key}{RE_ISSUE}{int(told or 1) + 1}"
