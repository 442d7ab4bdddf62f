"""Portal identities: one row for one account of the portal, whoever holds its identifiers, and its turns."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.dossiers.search_keys import search_key
from scarabee.maintenance.clock import now

TURN_SECONDS = 150
"""How long a turn may last before it counts as abandoned by a process that died: longer than any answer takes."""


def identity_key(siret: str, nom: str, prenom: str) -> str:
    """What two sets of identifiers of one account share: SIRET, nom and prénom without case, accents or spaces."""
    return "|".join((search_key(siret).replace(" ", ""), search_key(nom), search_key(prenom)))


def identity_of(entry: Entry) -> PortalIdentity:
    """The identity that these identifiers name, made when it is new. Nothing is asked of the portal."""
    key = identity_key(entry.siret, entry.nom, entry.prenom)
    identity, _ = PortalIdentity.objects.get_or_create(key=key)
    return identity


@contextmanager
def turn(identity: PortalIdentity) -> Iterator[None]:
    """Be the only one, of all processes, to speak to the portal for this identity; the row is read again.

    Raises `HeldBack` (busy) while somebody else does. A process that died gives its turn up after TURN_SECONDS.
    """
    token = secrets.token_hex(16)
    moment = now()
    free = Q(busy_until=None) | Q(busy_until__lt=moment)
    taken = PortalIdentity.objects.filter(free, pk=identity.pk).update(
        busy_until=moment + timedelta(seconds=TURN_SECONDS), busy_token=token
    )
    if not taken:
        raise HeldBack(Held.BUSY)
    try:
        identity.refresh_from_db()
        yield
    finally:
        PortalIdentity.objects.filter(pk=identity.pk, busy_token=token).update(busy_until=None, busy_token="")


def unfreeze(identity: PortalIdentity, state: IdentityState) -> bool:
    """Let automatic work go on; False when nothing held it."""
    was_frozen = identity.state == IdentityState.FROZEN
    identity.state, identity.frozen_at, identity.frozen_cause = state, None, ""
    identity.save(update_fields=["state", "frozen_at", "frozen_cause"])
    return was_frozen
