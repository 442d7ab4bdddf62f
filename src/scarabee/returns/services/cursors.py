"""The cursors there are: one for each account of the portal and régime whose identifiers the portal took once."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from scarabee.accounts.models import PortalAttempt, PortalIdentifiers
from scarabee.accounts.portal import door
from scarabee.maintenance.clock import now
from scarabee.netentreprises.addresses import PRODUCTION, TEST, portal_named
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor
from scarabee.returns.services.readers import column_of

BACK_AT_FIRST = timedelta(days=30)
"""How far back the first collecting begins (api-dsn §8.5)."""


def begin_missing() -> None:
    """Begin to collect for every account of `missing`."""
    for regime in Regime:
        for identity_id in set(missing(regime).values_list("identity_id", flat=True)):
            begin(identity_id, regime)


def missing(regime: Regime) -> QuerySet[PortalIdentifiers]:
    """Those of active users whose account the portal took once for this régime, and of which nothing is collected yet.

    Identifiers that were never tried are not: a machine knocks at no door that nobody knocked at (api-dsn §8.3).
    """
    services = {portal_named(name).service_code(regime) for name in (PRODUCTION, TEST)}
    taken = PortalAttempt.objects.filter(identity=OuterRef("identity"), service__in=services, outcome=door.ACCEPTED)
    return PortalIdentifiers.objects.filter(
        Q(proved_at__isnull=False) | Exists(taken),
        ~Exists(Cursor.objects.filter(identity=OuterRef("identity"), regime=regime)),
        user__is_active=True, identity__last_success_at__isnull=False, **{column_of(regime): True},
    )  # fmt: skip


def begin(identity_id: int, regime: Regime) -> Cursor:
    """The cursor of an account and régime; a new one begins some days back."""
    since = now() - BACK_AT_FIRST
    cursor, _ = Cursor.objects.get_or_create(
        identity_id=identity_id, regime=regime, defaults={"since": since, "until": since}
    )
    return cursor
