"""Filings whose outcome is unknown: while Scarabée looks for them, and when only a person can tell (design §5)."""

from datetime import datetime

from django.db.models import Q

from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.services.reconciling import LISTED_WITHIN

TO_DECIDE = Q(state=S.UNKNOWN) & (Q(next_at=None) | ~Q(candidates=[]))
"""The machine gave up, or found deposits among which a person must choose."""


def is_searched(filing: Filing) -> bool:
    """Whether the outcome is unknown, and a look at the portal to come may still tell it: the contrary of TO_DECIDE."""
    return filing.state == S.UNKNOWN and filing.next_at is not None and not filing.candidates


def searched_until(filing: Filing) -> datetime:
    """When the first complete search can be made: the portal lists a deposit within that time (api-dsn §8.1)."""
    whole_at = (filing.started_at or filing.state_at) + LISTED_WITHIN
    return max(whole_at, filing.next_at) if filing.next_at else whole_at
