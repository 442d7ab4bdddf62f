"""Months, and days as a DSN writes them."""

import calendar
from datetime import date


def as_month(value: date | str) -> date:
    """Return the first day of a month given as a date or as ``"AAAA-MM"``; ValueError otherwise."""
    if isinstance(value, date):
        return value.replace(day=1)
    year, month = value.split("-")
    return date(int(year), int(month), 1)


def month_end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def add_months(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months after (or before) the given one."""
    position = month.year * 12 + month.month - 1 + count
    return date(position // 12, position % 12 + 1, 1)


def months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def dsn_date(day: date) -> str:
    """Return JJMMAAAA."""
    return f"{day.day:02d}{day.month:02d}{day.year}"


def norm_in_force(month: date) -> str:
    """Return the norm of the files of a month: December is filed before the switch of late January."""
    return f"P{min(max(month.year, 2024), 2027) - 2000}V01"
