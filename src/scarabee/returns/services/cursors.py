"""The cursors there are: one for each account of the portal and régime whose identifiers the portal took once."""

from datetime import timedelta

from scarabee.accounts.models import PortalAttempt, PortalIdentifiers
from scarabee.accounts.portal import door
from scarabee.accounts.portal.binding import current_portal
from scarabee.maintenance.clock import now
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor
from scarabee.returns.services.readers import column_of

BACK_AT_FIRST = timedelta(days=30)
"""How far back the first collecting begins (api-dsn §8.5)."""


def begin_missing() -> None:
    """Begin to collect for every account that an active user holds, and the portal took once for this régime.

    Identifiers that were never tried are not: a machine knocks at no door that nobody knocked at (api-dsn §8.3).
    """
    known = set(Cursor.objects.values_list("identity_id", "regime"))
    holders = PortalIdentifiers.objects.filter(user__is_active=True, identity__last_success_at__isnull=False)
    for held in holders:
        for regime in Regime:
            if getattr(held, column_of(regime)) and (held.identity_id, regime) not in known and _proved(held, regime):
                begin(held.identity_id, regime)
                known.add((held.identity_id, regime))


def begin(identity_id: int, regime: Regime) -> Cursor:
    """The cursor of an account and régime; a new one begins some days back."""
    since = now() - BACK_AT_FIRST
    cursor, _ = Cursor.objects.get_or_create(
        identity_id=identity_id, regime=regime, defaults={"since": since, "until": since}
    )
    return cursor


def _proved(held: PortalIdentifiers, regime: Regime) -> bool:
    """Whether the portal took the identifiers of this account for this régime."""
    if held.proved_at is not None:
        return True
    service = current_portal().service_code(regime)
    return PortalAttempt.objects.filter(
        identity=held.identity_id, service=service, outcome=door.ACCEPTED
    ).exists()  # fmt: skip
