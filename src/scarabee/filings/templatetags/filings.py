"""The small pieces that the pages of deposits are made of."""

from datetime import datetime
from typing import Any

from django import template

from scarabee.filings import comparison_months
from scarabee.filings.models import Filing
from scarabee.filings.selectors import signs
from scarabee.netentreprises.moments import PARIS

register = template.Library()
_SEVERITIES = {
    "blocking": signs.Sign("bloquant", "x-circle", "alarm"),
    "warning": signs.Sign("à vérifier", "exclamation-triangle", "care"),
    "info": signs.Sign("à savoir", "information-circle", "quiet"),
}


@register.inclusion_tag("filings/sign.html")
def state_sign(state: str) -> dict[str, Any]:
    """{% state_sign filing.state %}: a state in words, with its icon and tone."""
    return {"sign": signs.SIGNS[state]}


@register.inclusion_tag("filings/sign.html")
def severity_sign(severity: str) -> dict[str, Any]:
    """{% severity_sign "blocking" %}: how grave a finding is, in words, with its icon and tone."""
    return {"sign": _SEVERITIES.get(severity, _SEVERITIES["info"])}


@register.filter
def kind(filing: Filing) -> str:
    """Nature, then type and fraction where they say something: « DSN Mensuelle, annule et remplace intégral »."""
    told = (signs.kind_words(filing), signs.type_words(filing), signs.part_words(filing))
    return ", ".join(one for one in told if one)


@register.filter
def moment(value: datetime | None) -> str:
    """An aware moment as « 13/11/2026 à 12:00 » of Paris time; empty for None."""
    return f"{value.astimezone(PARIS):%d/%m/%Y à %H:%M}" if value else ""


@register.filter
def of_month(value: str) -> str:
    """2026-10 → « d’octobre 2026 »."""
    return comparison_months.of_month(value)
