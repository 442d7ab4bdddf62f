"""Several users of one portal account: whose password is the newer one, and who may take it over."""

from collections.abc import Iterable

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers
from scarabee.maintenance.journal import Actor

PURPOSE = "net-entreprises"
"""What the vault seals the kept passwords for."""


def may_know_of_others(actor: Actor, held: PortalIdentifiers) -> bool:
    """Whether the actor, who holds this set or manages whoever does, may be told of others who hold the same account.

    Only an Administrateur, or somebody whose own set was proved once: typing the name of an account must be a way
    neither to the password of a colleague, nor to his name.
    """
    return actor.is_administrator or held.proved_at is not None


def newer_holder(
    actor: Actor, held: PortalIdentifiers, sharing: Iterable[PortalIdentifiers]
) -> PortalIdentifiers | None:
    """Whose set of the same account, with another password, was proved since this one was saved and last proved.

    None when nobody's, and while the portal refuses the account: no password of it is known to be right.
    """
    if not may_know_of_others(actor, held) or held.identity.state != IdentityState.PROVED:
        return None
    known_until = max(held.saved_at, held.proved_at or held.saved_at)
    better = [
        (other.proved_at, other)
        for other in sharing
        if other.pk != held.pk and other.proved_at is not None and other.proved_at > known_until
    ]
    newest = max(better, key=lambda pair: pair[0])[1] if better else None
    return None if newest is None or _is_same_password(held, newest) else newest


def _is_same_password(one: PortalIdentifiers, other: PortalIdentifiers) -> bool:
    """What cannot be opened is not known to be the same."""
    try:
        return _password(one) == _password(other)
    except (vault.KeyMissing, vault.SealBroken):
        return False


def _password(held: PortalIdentifiers) -> str:
    return vault.unseal(PURPOSE, str(held.user_id), held.sealed)
