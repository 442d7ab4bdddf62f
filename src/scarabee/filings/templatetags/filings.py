"""The small pieces that the pages of deposits are made of."""

from datetime import datetime

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from scarabee.filings.comparing import months
from scarabee.filings.models import Filing
from scarabee.filings.selectors import signs
from scarabee.maintenance.clock import now
from scarabee.netentreprises.moments import PARIS

register = template.Library()
_SEVERITIES = {
    "blocking": signs.Sign("bloquant", "x-circle", "alarm"),
    "warning": signs.Sign("à vérifier", "exclamation-triangle", "care"),
    "info": signs.Sign("à savoir", "information-circle", "quiet"),
}


@register.simple_tag
def state_sign(state: str) -> SafeString:
    """{% state_sign filing.state %}: a state in words, with its icon and tone."""
    return _drawn(signs.SIGNS[state])


@register.simple_tag
def severity_sign(severity: str) -> SafeString:
    """{% severity_sign "blocking" %}: how grave a finding is, in words, with its icon and tone."""
    return _drawn(_SEVERITIES.get(severity, _SEVERITIES["info"]))


def _drawn(sign: signs.Sign) -> SafeString:
    """Without the line end of the template, so that a comma may follow."""
    return mark_safe(render_to_string("filings/sign.html", {"sign": sign}).strip())  # noqa: S308 - a template's own


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
def clock(value: datetime | None) -> str:
    """An aware moment of this day as « 14 h 05 » of Paris time, of another as `moment` does; empty for None."""
    if value is None or value.astimezone(PARIS).date() != now().astimezone(PARIS).date():
        return moment(value)
    return f"{value.astimezone(PARIS):%H h %M}"


@register.filter
def noon(value: datetime) -> str:
    """An aware moment that is a noon of Paris as « 13/11/2026 à midi »."""
    return f"{value.astimezone(PARIS):%d/%m/%Y} à midi"


@register.filter
def of_month(value: str) -> str:
    """2026-10 → « d’octobre 2026 »."""
    return months.of_month(value)
