"""Dates and months as the norm writes them, JJMMAAAA, on the calendar."""

from datetime import date
from functools import lru_cache

DATE_LENGTH = 8


def day_of(value: str) -> date | None:
    """The day that JJMMAAAA names, None if there is no such day."""
    if len(value) != DATE_LENGTH or not (value.isascii() and value.isdigit()):
        return None
    try:
        return date(int(value[4:]), int(value[2:4]), int(value[:2]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def is_before(end: bytes, start: bytes) -> bool:
    """Whether one JJMMAAAA is before another, both being eight digits."""
    return (
        len(end) == len(start) == DATE_LENGTH
        and end.isdigit()
        and start.isdigit()
        and (end[4:], end[2:4], end[:2]) < (start[4:], start[2:4], start[:2])
    )
