"""Several users of one portal account: whose password is the newer one, and who may take it over."""

from collections.abc import Iterable

from scarabee.accounts.models import PortalIdentifiers
from scarabee.maintenance.journal import Actor


def may_know_of_others(actor: Actor, held: PortalIdentifiers) -> bool:
    """Whether the actor, who holds this set or manages whoever does, may be told of others who hold the same account.

    Only an Administrateur, or somebody whose own set was proved once: typing the name of an account must be a way
    neither to the password of a colleague, nor to his name.
    """
    return actor.is_administrator or held.proved_at is not None


def newer_holder(
    actor: Actor, held: PortalIdentifiers, sharing: Iterable[PortalIdentifiers]
) -> PortalIdentifiers | None:
    """Whose set of the same account was proved since this one was saved and last proved; None when nobody's."""
    if not may_know_of_others(actor, held):
        return None
    known_until = max(held.saved_at, held.proved_at or held.saved_at)
    better = [
        (other.proved_at, other)
        for other in sharing
        if other.pk != held.pk and other.proved_at is not None and other.proved_at > known_until
    ]
    return max(better, key=lambda pair: pair[0])[1] if better else None
