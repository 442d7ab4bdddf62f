"""Which returns may change anything: none of an essai, none of another portal (design §4)."""

from scarabee.accounts.portal.binding import current_portal
from scarabee.netentreprises.addresses import portal_named
from scarabee.returns.models import Return


def may_act(item: Return) -> bool:
    """Whether a return may open or close anomalies, bring rates or an identity. One that does not say whether it
    answers an essai, of a deposit that nobody here knows, may."""
    return item.is_real is not False and same_portal(item.portal, current_portal().name)


def same_portal(one: str, other: str) -> bool:
    """Whether two names are of one portal; the bouchon of a demonstration comes up on another port each time."""
    return one == other or (_is_here(one) and _is_here(other))


def _is_here(name: str) -> bool:
    try:
        return portal_named(name).is_loopback
    except ValueError:
        return False
