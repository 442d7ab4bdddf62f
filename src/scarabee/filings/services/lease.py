"""The lease of one account of the portal: whoever has it, of all processes and machines, speaks for this account."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal.identities import nobody_has
from scarabee.filings.models import PortalQueue
from scarabee.maintenance.clock import now

LEASE_SECONDS = 240
"""Longer than any one request: to connect, send and hear of a deposit take some 200 seconds at the very most."""

_JUST_NOW_SECONDS = 30


class LeaseLost(Exception):
    """Somebody else has the lease: this process was stopped for too long, or the clock leapt."""


@dataclass(slots=True)
class Lease:
    """Ours until `until` (aware), unless it is renewed."""

    identity_id: int
    token: str
    until: datetime

    def hold(self) -> None:
        """Have it for nearly LEASE_SECONDS more, before a request. Raises `LeaseLost`."""
        if not self.lasts(LEASE_SECONDS - _JUST_NOW_SECONDS):
            self.renew()

    def renew(self) -> None:
        """Have it for another LEASE_SECONDS, in the caller's transaction if there is one. Raises `LeaseLost`."""
        until = now() + timedelta(seconds=LEASE_SECONDS)
        mine = PortalQueue.objects.filter(identity_id=self.identity_id, busy_token=self.token)
        if not mine.update(busy_until=until):
            raise LeaseLost
        self.until = until

    def lasts(self, seconds: float) -> bool:
        """Whether it is ours for so long. Not after a sleep of the machine, nor after a leap of its clock."""
        left = self.until - now()
        return timedelta(seconds=seconds) < left <= timedelta(seconds=LEASE_SECONDS)


@contextmanager
def lease(identity: PortalIdentity) -> Iterator[Lease | None]:
    """Be the only one to work for this account; None while somebody else does.

    A process that died gives it up after LEASE_SECONDS. What an end that is hours away means: see `nobody_has`.
    """
    PortalQueue.objects.get_or_create(identity=identity)
    token = secrets.token_hex(16)
    with transaction.atomic():  # the time is asked for once the database lets us write
        moment = now()
        until = moment + timedelta(seconds=LEASE_SECONDS)
        taken = PortalQueue.objects.filter(nobody_has("busy_until", moment), identity=identity).update(
            busy_until=until, busy_token=token
        )
    if not taken:
        yield None
        return
    try:
        yield Lease(identity.pk, token, until)
    finally:
        PortalQueue.objects.filter(identity=identity, busy_token=token).update(busy_until=None, busy_token="")
