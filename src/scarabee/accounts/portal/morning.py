"""The morning test: every account of the portal that was proved once is tested once a day, before it is needed.

The row of the day is the claim, so that two clocks do no harm and a PC switched off at that hour catches up. When no
password left (portal down, process killed before), it is taken up again each hour, for a few hours. Nothing that a
person must mend is knocked at again (see refusals).
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.timezone import localtime

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import MorningCheck, PortalAttempt, PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal import refusals
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.causes import UNREADABLE
from scarabee.accounts.portal.checks import Run, perform, steps_for
from scarabee.accounts.portal.door import ACCEPTED, Caller
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.held import Held
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.accounts.portal.under_test import UnderTest
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.addresses import Portal
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.errors import NotEnrolled

KEPT = timedelta(days=90)
"""How long mornings and attempts are kept; the journal remembers what changed."""
AGAIN_AFTER, AGAIN_FOR = timedelta(hours=1), timedelta(hours=6)

logger = logging.getLogger(__name__)


def run_due(moment: datetime | None = None) -> int:
    """Test every identity that is due; how many were. `moment` is now when left out."""
    moment = moment or now()
    count = 0
    for identity in _due(moment):
        if check := _claim(identity, moment):  # one at a time: a crash costs the others nothing
            outcome = _test(identity)
            MorningCheck.objects.filter(pk=check.pk).update(finished_at=now(), outcome=outcome)
            count += 1
    if count:
        MorningCheck.objects.filter(day__lt=localtime(moment - KEPT).date()).delete()
        PortalAttempt.objects.filter(started_at__lt=moment - KEPT).delete()
    return count


def _due(moment: datetime) -> list[PortalIdentity]:
    """Past their hour in Paris, held by somebody, and proved once; not stopped, save by an enrolment that may have
    taken effect; not tested today, unless it may be taken up again.
    """
    local = localtime(moment)
    over = MorningCheck.objects.filter(day=local.date()).filter(
        Q(outcome=ACCEPTED) | Q(claimed_at__lte=moment - AGAIN_FOR) | Q(finished_at__gt=moment - AGAIN_AFTER)
    )
    proved = Q(last_success_at__isnull=False) & ~Q(state=IdentityState.FROZEN)
    found = PortalIdentity.objects.filter(
        proved | Q(frozen_cause=NotEnrolled.code), morning_time__lte=local.time(), holders__user__is_active=True
    ).exclude(pk__in=over.values("identity"))
    return [
        identity
        for identity in found.distinct()
        if identity.state != IdentityState.FROZEN or refusals.enrolment_may_have_taken_effect(identity)
    ]


def _claim(identity: PortalIdentity, moment: datetime) -> MorningCheck | None:
    """The row of the day if it is ours to test: a new one, or one in whose name nothing left an hour ago or more."""
    check, is_new = MorningCheck.objects.get_or_create(
        identity=identity, day=localtime(moment).date(), defaults={"claimed_at": moment}
    )
    if is_new:
        return check
    is_fresh = (check.finished_at or check.claimed_at) > moment - AGAIN_AFTER
    if is_fresh or identity.attempts.filter(started_at__gte=check.claimed_at).exists():
        return None
    same = MorningCheck.objects.filter(pk=check.pk, finished_at=check.finished_at, outcome=check.outcome)
    return check if same.update(finished_at=moment, outcome="") else None


def _test(identity: PortalIdentity) -> str:
    """Run the checks in their order until one is red; its cause, or ACCEPTED."""
    portal = current_portal()
    opened = _opened(identity)
    if not opened:
        return UNREADABLE
    chosen = next((one for one in opened if _may_go(identity, *one, portal)), None)
    if chosen is None and identity.state == IdentityState.FROZEN:
        return Held.FROZEN.value
    holder, entry = chosen or opened[0]
    with Client(portal) as client:
        run = Run(UnderTest(entry), client, Caller(Actor.owner("service"), automatic=True), holder.user_id)
        for step in steps_for(entry.regimes):
            result = perform(step, run)
            if not result.ok:
                logger.info("Morning test of identity %s: %s", identity.pk, result.cause)
                return result.cause
    return ACCEPTED


def _opened(identity: PortalIdentity) -> list[tuple[PortalIdentifiers, Entry]]:
    """The sets of active accounts that the vault opens: the one proved last first, then the one saved last."""
    held = list(identity.holders.select_related("user").filter(user__is_active=True))
    held.sort(key=lambda one: (one.proved_at is not None, one.proved_at or one.saved_at), reverse=True)
    opened = []
    for one in held:
        try:
            opened.append((one, kept_entry(one)))
        except (vault.KeyMissing, vault.SealBroken):
            continue
    return opened


def _may_go(identity: PortalIdentity, holder: PortalIdentifiers, entry: Entry, portal: Portal) -> bool:
    """Whether the portal has not refused these; while it waits for an enrolment, whether it has recognised them."""
    services = [portal.service_code(regime) for regime in entry.regimes]
    known = [refusals.remembered(identity, entry.credentials, service) for service in services]
    causes = {one.cause for one in known if one is not None}
    if identity.state == IdentityState.FROZEN and not causes:
        return holder.proved_at is not None
    return causes <= {NotEnrolled.code}
