"""The morning test: every account of the portal that was proved once is tested once a day, before it is needed.

The row of the day is the claim, so that two clocks do no harm and a PC switched off at that hour catches up. Nothing
that a person must mend is knocked at again (see refusals).
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import MorningCheck, PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.checks import Result, Run, perform, steps_for
from scarabee.accounts.portal.door import ACCEPTED, Caller
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.accounts.portal.under_test import UnderTest
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.errors import NotEnrolled

KEPT_DAYS = 90
UNREADABLE = "coffre_illisible"

logger = logging.getLogger(__name__)


def run_due(moment: datetime | None = None) -> int:
    """Test every identity that is due and not tested today; how many were. `moment` is now when left out."""
    local = localtime(moment or now())
    MorningCheck.objects.filter(day__lt=local.date() - timedelta(days=KEPT_DAYS)).delete()
    due = [identity for identity in _due(local) if _claim(identity, local)]
    for identity in due:
        outcome = _test(identity)
        MorningCheck.objects.filter(identity=identity, day=local.date()).update(finished_at=now(), outcome=outcome)
    return len(due)


def best_holder(identity: PortalIdentity) -> PortalIdentifiers | None:
    """Whose set stands for the identity: the one proved last, else the one saved last, of an active account."""
    held = list(identity.holders.select_related("user").filter(user__is_active=True))
    return max(held, key=lambda one: (one.proved_at is not None, one.proved_at or one.saved_at), default=None)


def _due(local: datetime) -> list[PortalIdentity]:
    """Proved once, not stopped (but for an enrolment that may have taken effect), and past their hour."""
    proved = PortalIdentity.objects.exclude(last_success_at=None) | PortalIdentity.objects.filter(
        frozen_cause=NotEnrolled.code
    )
    waiting = proved.filter(morning_time__lte=local.time()).exclude(mornings__day=local.date())
    return [
        identity
        for identity in waiting.distinct()
        if identity.state != IdentityState.FROZEN or identity.frozen_cause == NotEnrolled.code
    ]


def _claim(identity: PortalIdentity, local: datetime) -> bool:
    try:
        with transaction.atomic():
            MorningCheck.objects.create(identity=identity, day=local.date())
    except IntegrityError:  # another clock was quicker
        return False
    return True


def _test(identity: PortalIdentity) -> str:
    """Run the checks in their order until one is red; its cause, or ACCEPTED."""
    holder = best_holder(identity)
    if holder is None:
        return ""
    try:
        entry = kept_entry(holder)
    except (vault.KeyMissing, vault.SealBroken):
        return UNREADABLE
    with Client(current_portal()) as client:
        run = Run(UnderTest(entry), client, Caller(Actor.owner("service"), automatic=True), holder.user_id)
        for step in steps_for(entry.regimes):
            result: Result = perform(step, run)
            if not result.ok:
                logger.info("Morning test of identity %s: %s", identity.pk, result.cause)
                return result.cause
    return ACCEPTED
