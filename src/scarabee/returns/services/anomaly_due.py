"""By when an anomaly is to be corrected, where the norm or the portal sets a day (retours §8, user-workflow §4).

124 and 125: two months after they come, before the body substitutes. 10 and 11: nothing is declared, so the due day of
the month. 119 and 130: the last day on which the DSN may be replaced. 93: the same, then the last day on which the tax
may be paid on impots.gouv.fr. Everything else is corrected in a next DSN, whichever it is.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from scarabee.filings.calendar import due_at
from scarabee.filings.comparing.months import month_before
from scarabee.netentreprises.moments import PARIS

_REMINDERS = frozenset({"124", "125"})
_REFUSALS = frozenset({"10", "11"})
_AT_ONCE = frozenset({"119", "130"})
_UNPAID = "93"
_MONTHS_TO_CORRECT = 2


def due_on(nature: str, month: str, due_day: int, came: datetime) -> date | None:
    """The last day, None where nothing sets one. `month`: declared, AAAA-MM or ""; `came`: when the return did."""
    day = came.astimezone(PARIS).date()
    if nature in _REMINDERS:
        return _months_later(day, _MONTHS_TO_CORRECT)
    if not month or nature not in _REFUSALS | _AT_ONCE | {_UNPAID}:
        return None
    due = due_at(month, due_day)
    if nature in _REFUSALS:
        return due.planned_before.date()
    eve = due.replace_until.date() - timedelta(days=1)
    if day <= eve:
        return eve
    return _last_day(f"{due.nominal:%Y-%m}") if nature == _UNPAID else None


def _months_later(day: date, count: int) -> date:
    month = month_before(f"{day:%Y-%m}", -count)
    last = _last_day(month)
    return last.replace(day=min(day.day, last.day))


def _last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])
