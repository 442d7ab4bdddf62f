"""Who may look after the anomalies of several dossiers."""

from collections.abc import Iterable

from scarabee.accounts.models import Membership, User


def of(dossiers: Iterable[int]) -> list[User]:
    """Those who see one of these dossiers, by name; giving an anomaly to one who does not see its own is refused."""
    members = Membership.objects.filter(dossier__in=list(dossiers)).values("user")
    active = User.objects.filter(is_active=True)
    return list((active.filter(pk__in=members) | active.filter(is_administrator=True)).order_by("username"))
