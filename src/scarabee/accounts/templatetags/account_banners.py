"""What stands above every page: that nothing here is real, and that identifiers are refused."""

from typing import Any

from django import template
from django.db import DatabaseError
from django.urls import reverse

from scarabee.accounts.models import PortalBinding, User
from scarabee.accounts.portal import health
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.addresses import PRODUCTION, TEST

register = template.Library()

SHOWN_ALERTS = 3


@register.inclusion_tag("accounts/training_banner.html", takes_context=True)
def training_banner(context: template.Context) -> dict[str, Any]:
    """A coloured strip while the data folder works with anything but the real portal.

    Its name comes with whoever is signed in; one query on the pages for nobody.
    """
    name = _bound_portal(getattr(context.get("request"), "user", None))
    return {"is_training": name not in {PRODUCTION, TEST}, "is_test": name == TEST, "address": name}


@register.inclusion_tag("accounts/identifier_alerts.html")
def identifier_alerts(user: object) -> dict[str, Any]:
    """The identifiers that the portal refuses, for whoever may mend them, until they are mended.

    One query, while there are any.
    """
    if not isinstance(user, User) or not getattr(user, "anything_refused", True):
        return {}
    found = health.alerts(Actor.of(user))
    shown = [{"alert": alert, "url": mend_url(user, alert.user_id)} for alert in found[:SHOWN_ALERTS]]
    return {"alerts": shown, "more": len(found) - len(shown)}


def _bound_portal(user: object) -> str:
    if hasattr(user, "bound_portal"):
        return str(user.bound_portal or PRODUCTION)
    try:
        return PortalBinding.objects.values_list("portal", flat=True).first() or PRODUCTION
    except DatabaseError:  # the page may be telling of that very fault
        return PRODUCTION


def mend_url(user: User, holder_id: int) -> str:
    """The tab *Net Entreprise* of the account that holds the identifiers, as this user reaches it."""
    own = holder_id == user.pk
    page = reverse("accounts:own_show") if own else reverse("accounts:user_show", args=[holder_id])
    return f"{page}?onglet=net-entreprises"
