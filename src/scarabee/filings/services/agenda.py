"""When the machine has something to do for a filing: its column `next_at`, unless a clock that was wrong wrote it.

What waits for the portal waits for an hour at most. A moment further away was written before the clock was set back.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing

NEVER_SO_LATE = timedelta(hours=2)


def due(moment: datetime) -> Q:
    """The filings for which something is to be done at this moment."""
    is_planned = Q(state=FilingState.PLANNED, planned_at__lte=moment)
    by_mistake = Q(next_at__gt=moment + NEVER_SO_LATE) & (Q(state=FilingState.UNKNOWN) | is_planned)
    return Q(next_at__lte=moment) | by_mistake


def fairly(rows: QuerySet[Filing], *columns: str, each: int) -> QuerySet[Filing]:
    """The first due of every group that these columns make, at most `each`: a long queue keeps no other one waiting."""
    place = Window(RowNumber(), partition_by=[F(one) for one in columns], order_by=[F("next_at"), F("pk")])
    return rows.annotate(place=place).filter(place__lte=each).order_by("next_at", "pk")


def is_due(filing: Filing, moment: datetime) -> bool:
    """Whether a planned filing is to be sent at this moment."""
    if filing.state != FilingState.PLANNED or filing.next_at is None:
        return False
    by_mistake = filing.planned_at is not None and filing.planned_at <= moment
    return filing.next_at <= moment or (by_mistake and filing.next_at > moment + NEVER_SO_LATE)
