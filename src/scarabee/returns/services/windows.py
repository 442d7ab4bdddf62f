"""How the portal's time is searched: window by window, each no wider than the portal allows (api-dsn §6.1, §6.2)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scarabee.netentreprises.moments import PARIS

LEAST_MINUTES, USUAL_MINUTES, MOST_MINUTES = 1, 60, 24 * 60
_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One search, both ends included (aware); `resume`: where the next one begins."""

    since: datetime
    until: datetime
    resume: datetime


def next_window(since: datetime, limit: datetime, minutes: int) -> Window | None:
    """The search that begins at `since`, none of it after `limit`; None when nothing is left to search.

    No window spans a change of clocks: its digits would name an hour too much, or go backwards.
    """
    until = min(since + timedelta(minutes=minutes), limit)
    if until <= since:
        return None
    change = _first_change(since, until)
    if change is None:
        return Window(since, until, until)
    return Window(since, max(since, change - _SECOND), change)


def narrower(minutes: int, allowed: int | None) -> int:
    """How wide to search after a 429: as wide as the answer allows when it says so, else half as wide."""
    if allowed is not None and allowed < minutes:
        return max(LEAST_MINUTES, allowed)
    return max(LEAST_MINUTES, minutes // 2)


def wider(minutes: int, allowed: int | None) -> int:
    """How wide to search after an answer: twice as wide at most, within what the portal allows."""
    if allowed is None:
        return minutes
    return max(LEAST_MINUTES, min(2 * minutes, allowed, MOST_MINUTES))


def _first_change(since: datetime, until: datetime) -> datetime | None:
    """When the clocks of Paris change after `since`, not later than `until`; they do so at a whole hour of UTC."""
    before = since.astimezone(PARIS).utcoffset()
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + _HOUR
    while hour <= until:
        if hour.astimezone(PARIS).utcoffset() != before:
            return hour
        hour += _HOUR
    return None
