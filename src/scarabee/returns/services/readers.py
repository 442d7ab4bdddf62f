"""Whose identifiers read the returns of an account of the portal: an active holder, else one kept for collecting only.

A deactivated user deposits nothing any more; his identifiers serve the collector until the day that a person chose
(design §6), and nobody else.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet

from scarabee.accounts.models import PortalIdentifiers
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose identifiers serve, for which régime."""

    held: PortalIdentifiers
    regime: Regime


def reader_for(cursor: Cursor, today: date) -> Reader | None:
    """Who reads for this cursor on this day (of Paris); None when nobody may."""
    regime = Regime(cursor.regime)
    held = _holders(cursor, regime).filter(user__is_active=True).first()
    if held is None and cursor.collect_until is not None and today <= cursor.collect_until:
        held = _holders(cursor, regime).filter(user__is_active=False).first()
    return Reader(held, regime) if held is not None else None


def column_of(regime: Regime) -> str:
    """The column of PortalIdentifiers that says whether they serve for this régime."""
    return "agricole" if regime is Regime.AGRICOLE else "general"


def _holders(cursor: Cursor, regime: Regime) -> QuerySet[PortalIdentifiers]:
    """The identifiers of this account for this régime, those proved last first."""
    rows = PortalIdentifiers.objects.select_related("user", "identity").filter(
        identity_id=cursor.identity_id, **{column_of(regime): True}
    )
    return rows.order_by(F("proved_at").desc(nulls_last=True), "pk")
