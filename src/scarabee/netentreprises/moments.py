"""Moments as the portal writes them: 14 digits of Paris time (api-dsn §6.1; the zone is told by no source)."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_DIGITS = re.compile(r"[0-9]{8}(?:[0-9]{6})?")
_HOUR = timedelta(hours=1)


def as_digits(moment: datetime) -> str:
    """An aware moment as AAAAMMJJHHMMSS of Paris. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("an aware moment is needed")
    return moment.astimezone(PARIS).strftime("%Y%m%d%H%M%S")


def read_digits(text: str) -> datetime | None:
    """The aware moment that 14 digits (or 8: midnight) of Paris time name; None for anything else.

    In the hour that the end of summer time repeats, the first pass is meant.
    """
    if not _DIGITS.fullmatch(text):
        return None
    try:
        return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=PARIS)
    except ValueError:
        return None


def range_path(since: datetime, until: datetime | None) -> str:
    """`debut` or `debut/fin` of a search between two aware moments, cut to the second.

    Across the end of summer time, the digits of a later moment may be smaller: the whole repeated hour is then asked.
    Raises ValueError for naive moments and for an end before the beginning.
    """
    if until is None:
        return as_digits(since)
    first, last = as_digits(since), as_digits(until)
    if until < since:
        raise ValueError("the end comes before the beginning")
    if last < first:
        hour = until.astimezone(PARIS).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        first, last = f"{hour:%Y%m%d%H%M%S}", f"{hour + _HOUR:%Y%m%d%H%M%S}"
    return f"{first}/{last}"
