"""Several users of one portal account: whose password is the newer one, and who may take it over."""

from collections.abc import Iterable

from scarabee.accounts.models import PortalIdentifiers
from scarabee.maintenance.journal import Actor


def newer_holder(
    actor: Actor, held: PortalIdentifiers, sharing: Iterable[PortalIdentifiers]
) -> PortalIdentifiers | None:
    """Whose set of the same account was proved since this one was saved and last proved; None when nobody's.

    An actor who is no Administrateur is offered it only where his own set was proved once: typing the name of an
    account must not be a way to the password of a colleague.
    """
    if held.proved_at is None and not actor.is_administrator:
        return None
    known_until = max(held.saved_at, held.proved_at or held.saved_at)
    better = [
        (other.proved_at, other)
        for other in sharing
        if other.pk != held.pk and other.proved_at is not None and other.proved_at > known_until
    ]
    return max(better, key=lambda pair: pair[0])[1] if better else None
