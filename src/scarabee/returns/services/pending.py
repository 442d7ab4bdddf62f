"""What a deactivated user leaves behind: deposits that await returns, and the collecting that goes on (design §6)."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localtime

from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.services import authority
from scarabee.dossiers.querysets import TenantQuerySet
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor
from scarabee.returns.services import cursors
from scarabee.returns.services.readers import column_of

AWAITED_FOR = timedelta(days=45)
"""The rates of a month come within three weeks, the bilans of the month after its due date; nothing tells the end."""
LONGEST = timedelta(days=366)
_AWAITING = [
    FilingState.SENDING, FilingState.UNKNOWN, FilingState.ACCEPTED, FilingState.RECORDED_BY_HAND, FilingState.CONFORM,
]  # fmt: skip


def awaiting(identity_id: int) -> TenantQuerySet:
    """The deposits of this account of the portal for which returns may still come."""
    return _awaiting().filter(identity=identity_id)


def _awaiting() -> TenantQuerySet:
    lately = now() - AWAITED_FOR
    recent = Q(sent_at__gte=lately) | Q(sent_at=None, state_at__gte=lately)
    return Filing.objects.filter(recent, state__in=_AWAITING)


def pending_deposits(user: User) -> TenantQuerySet:
    """The deposits whose returns nobody would collect once this user is inactive, the latest first.

    None when another active user holds the same account of the portal.
    """
    held = PortalIdentifiers.objects.filter(user=user).values("identity")
    others = PortalIdentifiers.objects.filter(identity=OuterRef("identity"), user__is_active=True).exclude(user=user)
    return _awaiting().filter(~Exists(others), identity__in=held)


@transaction.atomic
def keep_collecting(*, actor: Actor, identity: PortalIdentity, until: date | None) -> None:
    """Let the identifiers of deactivated users serve for collecting, and nothing else, until this day; None: no more.

    Raises `NotAllowed` unless the actor is an Administrateur, `Refusal` for a day that is past or far away.
    """
    authority.require_administrator(actor)
    today = localtime(now()).date()
    if until is not None and not today <= until <= today + LONGEST:
        raise Refusal(
            "La récupération des retours peut être prolongée jusqu’à une date comprise entre aujourd’hui et un an.",
            safe="Rien n’a été modifié.",
            remedy="Choisissez une autre date.",
        )
    for held in PortalIdentifiers.objects.filter(identity=identity):
        for regime in Regime:
            if getattr(held, column_of(regime)):
                cursors.begin(identity.pk, regime)
    Cursor.objects.filter(identity=identity).update(collect_until=until, next_at=now())
    journal.record(actor, "retours.prolongation", identity=identity.pk, until=until.isoformat() if until else "")
