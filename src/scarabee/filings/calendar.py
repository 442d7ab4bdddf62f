"""When declarations are due (user-workflow §4, design §5): pure functions, moments of Paris time.

Working days are those of metropolitan France: neither Saturday (design), Sunday, nor a national public holiday. The
holidays that only Alsace-Moselle (Good Friday, 26 December) or the overseas territories keep count as working days: no
source says that they move what the national portal expects, so no last moment is put off because of them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

from scarabee.netentreprises.moments import PARIS

DUE_DAYS = (5, 15)
"""Of the following month: 50 employees or more; all others."""
NOTICE_WORKING_DAYS = 5
SOON_WORKING_DAYS = 5

_NOON = time(12)
_LAST_MINUTE = time(23, 59)
_DAY = timedelta(days=1)
_SATURDAY = 5
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Urgency(StrEnum):
    """How much time is left; see `urgency`."""

    LATE = "late"
    AT_RISK = "at_risk"
    SOON = "soon"
    CALM = "calm"


@dataclass(frozen=True)
class Due:
    """The four moments of a monthly declaration, aware, in Paris time.

    `nominal`: noon of the 5th or 15th, unshifted. `planned_before`: what sending is planned against, noon too.
    `last_moment`: noon of the next working day when the nominal day is none; shown, never planned against.
    `replace_until`: the midnight with which the nominal day begins; an annule-et-remplace must leave before it.
    """

    nominal: datetime
    planned_before: datetime
    last_moment: datetime
    replace_until: datetime


def due_at(month: str, due_day: int) -> Due:
    """When the declaration of a month ("AAAA-MM") is due; `due_day` is one of DUE_DAYS.

    Raises ValueError for anything else.
    """
    found = _MONTH.fullmatch(month)
    if not found or due_day not in DUE_DAYS:
        raise ValueError(f"a month AAAA-MM and the 5 or 15 are needed, not {month!r} and {due_day!r}")
    year, number = int(found[1]), int(found[2])
    day = date(year + number // 12, number % 12 + 1, due_day)
    return Due(
        nominal=_at(day, _NOON),
        planned_before=_at(day if is_working_day(day) else working_day_before(day), _NOON),
        last_moment=_at(day if is_working_day(day) else working_day_after(day), _NOON),
        replace_until=_at(day, time.min),
    )


def notice_due(event: date) -> datetime:
    """The last minute for a signalement: 23:59 of the fifth working day after the day of the event."""
    return _at(_shift(event, NOTICE_WORKING_DAYS), _LAST_MINUTE)


def month_to_declare(today: date) -> str:
    """The month ("AAAA-MM") whose declaration the bureau makes in the month of this day: the one before."""
    return f"{today.replace(day=1) - _DAY:%Y-%m}"


def urgency(due: Due, now: datetime) -> Urgency:
    """How urgent something not yet deposited is at an aware moment.

    Late from the last moment on. At risk from the beginning of the working day before the planned one, so that a whole
    working day, when people can be reached, is left to mend it. Soon from five working days before. Calm until then.
    """
    planned = due.planned_before.astimezone(PARIS).date()
    if now >= due.last_moment:
        return Urgency.LATE
    if now >= _at(working_day_before(planned), time.min):
        return Urgency.AT_RISK
    return Urgency.SOON if now >= _at(_shift(planned, -SOON_WORKING_DAYS), time.min) else Urgency.CALM


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday, nor a public holiday of metropolitan France."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def working_day_before(day: date) -> date:
    """The last working day strictly before this one."""
    return _shift(day, -1)


def working_day_after(day: date) -> date:
    """The first working day strictly after this one."""
    return _shift(day, 1)


def _shift(day: date, working_days: int) -> date:
    """So many working days later, or earlier when negative; the day itself never counts."""
    step = _DAY if working_days > 0 else -_DAY
    for _ in range(abs(working_days)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=PARIS)


@cache
def _holidays(year: int) -> frozenset[date]:
    """A frozen copy for each year: the library fills its own table while it is read, which threads must not share."""
    from holidays import country_holidays

    return frozenset(country_holidays("FR", years=year))
