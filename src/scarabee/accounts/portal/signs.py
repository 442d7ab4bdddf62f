"""The things that every page shows above itself, read together with whoever is signed in: no query of their own."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import MorningCheck, PortalBinding, PortalIdentifiers, User
from scarabee.accounts.portal.causes import UNREADABLE

MORE: list[Callable[[], dict[str, Any]]] = []
"""What apps above add: {name of an annotation: its expression}, of which each fills in its own in `ready()`."""


def with_signs(users: QuerySet[User]) -> QuerySet[User]:
    """These users with `bound_portal`, the name of the portal of this data folder (None: not chosen yet), and
    `anything_refused`, whether any account of the portal in use is stopped: `health.alerts` then says whose.
    """
    refused = stopped(with_readability(PortalIdentifiers.objects.filter(user__is_active=True)))
    more = {name: expression for signs in MORE for name, expression in signs().items()}
    return users.annotate(
        bound_portal=Subquery(PortalBinding.objects.values("portal")[:1]), anything_refused=Exists(refused), **more
    )


def stopped(held: QuerySet[PortalIdentifiers]) -> QuerySet[PortalIdentifiers]:
    """Those that nothing automatic can use until a person mends them: refused, or unreadable."""
    return held.filter(Q(identity__state=IdentityState.FROZEN) | Q(is_unreadable=True))


def with_readability(held: QuerySet[PortalIdentifiers]) -> QuerySet[PortalIdentifiers]:
    """These with `is_unreadable`: a morning test found that the vault does not open them, and since then they were
    neither saved nor accepted.
    """
    found = MorningCheck.objects.filter(identity=OuterRef("identity"), outcome=UNREADABLE)
    since = found.filter(
        finished_at__gt=OuterRef("saved_at"),
    ).filter(finished_at__gt=OuterRef("identity__last_success_at"))
    return held.annotate(is_unreadable=Exists(since))
