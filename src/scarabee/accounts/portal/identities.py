"""Portal identities: one row for one account of the portal, whoever holds its identifiers, and its turns."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.dossiers.search_keys import search_key
from scarabee.maintenance.clock import now
from scarabee.netentreprises.errors import NotEnrolled

TURN_SECONDS = 150
"""How long a turn may last before it counts as abandoned by a process that died: longer than any answer takes."""


_NEVER_SO_LONG = timedelta(hours=1)
"""Far more than a turn, the wait for the database and what the clocks of two machines differ by."""
_KEY_PART = 120


def identity_key(siret: str, nom: str, prenom: str) -> str:
    """What two sets of identifiers of one account share: SIRET, nom and prénom without case, accents, spaces or
    punctuation. Twice as long as what the portal takes of each; what differs only beyond that shares it too.
    """
    return "|".join(search_key(value).replace(" ", "")[:_KEY_PART] for value in (siret, nom, prenom))


def identity_of(entry: Entry) -> PortalIdentity:
    """The identity that these identifiers name, made when it is new. Nothing is asked of the portal."""
    key = identity_key(entry.siret, entry.nom, entry.prenom)
    identity, _ = PortalIdentity.objects.get_or_create(key=key)
    return identity


def nobody_has(until: str, moment: datetime) -> Q:
    """The rows whose turn, which ends at the column `until`, nobody has at this moment.

    An end that is hours away was written before the clock was set back: its process is not waited for.
    """
    over = Q((until, None)) | Q((f"{until}__lt", moment))
    return over | Q((f"{until}__gt", moment + _NEVER_SO_LONG))


@contextmanager
def turn(identity: PortalIdentity) -> Iterator[None]:
    """Be the only one, of all processes, to speak to the portal for this identity; the row is read again.

    Raises `HeldBack` (busy) while somebody else does. A process that died gives its turn up after TURN_SECONDS.
    """
    token = secrets.token_hex(16)
    with transaction.atomic():  # the time is asked for once the database lets us write
        moment = now()
        taken = PortalIdentity.objects.filter(nobody_has("busy_until", moment), pk=identity.pk).update(
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


def stop_all(*, using: str = DEFAULT_DB_ALIAS) -> int:
    """Stop the automatic work of every account that somebody holds, after a return to a backup; how many.

    Passwords are as old as the backup, and what the portal refused since is forgotten: one more try by a machine may
    lock the account. The blue ball lets it go on. What was already refused keeps its cause, save an enrolment, which a
    machine would try the next day.
    """
    identities = PortalIdentity.objects.using(using)
    goes_on = ~Q(state=IdentityState.FROZEN) | Q(frozen_cause=NotEnrolled.code)
    chosen = list(identities.filter(goes_on, holders__isnull=False).values_list("pk", flat=True))
    return identities.filter(pk__in=chosen).update(
        state=IdentityState.FROZEN, frozen_at=now(), frozen_cause=Held.BROUGHT_BACK.value
    )
