"""Signalements beside the board: what each speaks of, and until when it may be deposited (five working days)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from scarabee.dossiers.models import Declaration
from scarabee.filings.calendar import notice_due
from scarabee.filings.comparing.months import month_before
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.filings.services import sight
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

SHOWN = 50
OVER = frozenset({S.CONFORM, S.CANCELLED})
_AT_THE_PORTAL = frozenset({S.SENDING, S.ACCEPTED, S.CONFORM, S.RECORDED_BY_HAND})


@dataclass(frozen=True, slots=True)
class Signalement:
    """`event`: the day that it speaks of, None when it is not known here. `due`: the last minute to deposit it."""

    filing: Filing
    employer: Named
    event: date | None
    due: datetime | None
    is_late: bool


def signalements(actor: Actor, month: str) -> list[Signalement]:
    """Réel signalements received in the month (AAAA-MM) that follows `month`, and older ones that are not over.

    The newest first; three queries.
    """
    start, end = _month_after(month)
    received = Q(batch__created_at__gte=start, batch__created_at__lt=end)
    unfinished = Q(batch__created_at__lt=end) & ~Q(state__in=OVER)
    rows = sight.visible_filings(actor).filter(month="", is_real=True).filter(received | unfinished)
    found = list(rows.defer("seen", "candidates").order_by("-pk")[:SHOWN])
    names, events = employers_of(actor, found), _events(found)
    return [_signalement(one, names[one.pk], events.get(bytes(one.whole_hash))) for one in found]


def _signalement(filing: Filing, employer: Named, event: date | None) -> Signalement:
    due = notice_due(event) if event else None
    is_late = due is not None and now() > due and filing.state not in _AT_THE_PORTAL and filing.state != S.CANCELLED
    return Signalement(filing, employer, event, due, is_late)


def _events(filings: Iterable[Filing]) -> dict[bytes, date]:
    """The day that each speaks of, by the hash of its S20: what the import read of the same bytes."""
    hashes = [bytes(one.whole_hash) for one in filings if one.whole_hash]
    rows = Declaration.objects.filter(whole_hash__in=hashes, month="").values_list("whole_hash", "freshness")
    found: dict[bytes, date] = {}
    for whole_hash, freshness in rows:
        try:
            found[bytes(whole_hash)] = date.fromisoformat(freshness[:8])
        except ValueError:  # no day that can be read
            continue
    return found


def _month_after(month: str) -> tuple[datetime, datetime]:
    """The first moment of the month that follows, and of the one after that."""
    return _first_of(month_before(month, -1)), _first_of(month_before(month, -2))


def _first_of(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=PARIS)
