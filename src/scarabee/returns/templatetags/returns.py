"""The small pieces that the pages of returns, anomalies and rates are made of."""

from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from scarabee.filings.selectors.signs import Sign
from scarabee.netentreprises.documents import nature_of
from scarabee.returns.enums import AnomalyState as A
from scarabee.returns.enums import RateState as R
from scarabee.returns.models import PasRate
from scarabee.returns.selectors import rate_pages
from scarabee.returns.services.missing import Wait

register = template.Library()
_RETURN_STATES = {
    "OK": Sign("OK", "check-circle", "done"),
    "ANO": Sign("anomalies", "exclamation-triangle", "care"),
    "KO": Sign("refus (KO)", "x-circle", "alarm"),
}
_ANOMALY_STATES = {
    A.TO_DO: Sign("à traiter", "exclamation-circle", "alarm"),
    A.WITH_ASSOCIATION: Sign("chez l’association", "clock", "care"),
    A.CORRECTED: Sign("corrigée", "pencil-square", "accent"),
    A.ACCEPTED: Sign("acceptée, rien à faire", "check-circle", "quiet"),
    A.CLOSED: Sign("close par un retour plus récent", "check-circle", "done"),
}
_WAITS = {
    Wait.ARRIVED: Sign("arrivé", "check-circle", "done"),
    Wait.TOO_EARLY: Sign("trop tôt", "clock", "quiet"),
    Wait.AWAITED: Sign("attendu", "clock", "accent"),
    Wait.LATE: Sign("en retard", "exclamation-triangle", "alarm"),
    Wait.FAILED_TO_ASK: Sign("pas pu demander", "x-circle", "alarm"),
}
_RATE_STATES = {
    R.WAITING: Sign("à valider", "clock", "care"),
    R.APPLIED: Sign("appliqué", "check-circle", "done"),
    R.SET_ASIDE: Sign("écarté", "minus-circle", "quiet"),
}


@register.simple_tag
def return_sign(state: str) -> SafeString:
    """{% return_sign item.state %}: what a return says of itself; a dash where it says nothing."""
    sign = _RETURN_STATES.get(state)
    return _drawn(sign) if sign else mark_safe("–")


@register.simple_tag
def anomaly_sign(anomaly: Any) -> SafeString:
    """{% anomaly_sign anomaly %}: where an anomaly stands, with an icon and a tone."""
    return _drawn(_ANOMALY_STATES[anomaly.state])


@register.simple_tag
def wait_sign(state: str) -> SafeString:
    """{% wait_sign expected.state %}: whether an expected return came."""
    return _drawn(_WAITS[Wait(state)])


@register.simple_tag
def rate_sign(state: str) -> SafeString:
    """{% rate_sign rate.state %}: what was decided of a rate."""
    return _drawn(_RATE_STATES[R(state)])


def _drawn(sign: Sign) -> SafeString:
    return mark_safe(render_to_string("filings/sign.html", {"sign": sign}).strip())  # noqa: S308 - a template's own


@register.filter
def percent(value: Decimal | None) -> str:
    """1.50 → « 1,50 % »; no rate at all → « barème »."""
    return "barème" if value is None else f"{value:.2f}\u00a0%".replace(".", ",")


@register.filter
def nature_words(nature: str) -> str:
    """94 → « Taux de prélèvement à la source (CRM nominatif) »."""
    return nature_of(nature).label if nature else "Retour de nature inconnue"


@register.filter
def seen_as(rate: PasRate) -> str:
    """What the page shows of a rate, to be sent back with the decision."""
    return rate_pages.seen_as(rate)
