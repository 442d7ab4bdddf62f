"""The two things that every page shows above itself, read together with whoever is signed in: no query of their own."""

from django.db.models import Exists, QuerySet, Subquery

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalBinding, PortalIdentifiers, User


def with_signs(users: QuerySet[User]) -> QuerySet[User]:
    """These users with `bound_portal`, the name of the portal of this data folder (None: not chosen yet), and
    `anything_refused`, whether any account of the portal in use is refused: `health.alerts` then says whose.
    """
    refused = PortalIdentifiers.objects.filter(user__is_active=True, identity__state=IdentityState.FROZEN)
    return users.annotate(
        bound_portal=Subquery(PortalBinding.objects.values("portal")[:1]), anything_refused=Exists(refused)
    )
