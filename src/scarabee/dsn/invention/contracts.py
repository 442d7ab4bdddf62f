"""Contracts and what happens to them: arrêts, suspensions, changes, end."""

from dataclasses import dataclass, field
from datetime import date

from scarabee.dsn.invention.activities import Job
from scarabee.dsn.invention.months import as_month, month_end

PERMANENT = "01"
FIXED_TERM = "02"
INTERMITTENT = "07"
EDUCATIONAL = "60"  # contrat d'engagement éducatif
FULL_TIME_HOURS = 15167  # hundredths of an hour a month
DAYS_BASED = 2200  # hundredths of a day, what 40.012 says of a CEE


@dataclass(frozen=True, slots=True)
class Arret:
    """One arrêt de travail (bloc 60): reason, last day worked, expected end, day of the return if any."""

    reason: str
    last_day_worked: date
    expected_end: date
    returned_on: date | None

    def is_declared_in(self, month: date) -> bool:
        """Say whether the month (first day) carries the bloc: from the arrêt to the month of the return."""
        last = as_month(self.returned_on or self.expected_end)
        return as_month(self.last_day_worked) <= month <= last

    def absent_days(self, month: date) -> int:
        """Return how many days of the month are not worked, 0 to its length."""
        end = month_end(month)
        last = (self.returned_on or self.expected_end).toordinal() - 1
        first = self.last_day_worked.toordinal() + 1
        return max(0, min(last, end.toordinal()) - max(first, month.toordinal()) + 1)


@dataclass(frozen=True, slots=True)
class Suspension:
    """One suspension (bloc 65): reason code, first and last day."""

    reason: str
    start: date
    end: date

    def is_declared_in(self, month: date) -> bool:
        return as_month(self.start) <= month <= self.end

    def absent_days(self, month: date) -> int:
        end = month_end(month)
        return max(0, min(self.end, end).toordinal() - max(self.start, month).toordinal() + 1)


@dataclass(slots=True)
class Contract:
    """One contract with its whole story. ``hours`` is hundredths of an hour a month (of a day for a CEE).

    Each ``old_*`` value held until the month before its ``*_from`` (a first day of month).
    """

    number: str
    start: date
    job: Job
    kind: str = PERMANENT
    hours: int = FULL_TIME_HOURS
    planned_end: date | None = None
    end: date | None = None
    end_reason: str = "059"
    reason_for_fixed_term: str | None = None
    arrets: list[Arret] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    hours_from: date | None = None
    old_hours: int = 0
    number_from: date | None = None
    old_number: str = ""
    start_from: date | None = None
    old_start: date | None = None
    moved_on: date | None = None
    old_siret: str = ""

    @property
    def counts_days(self) -> bool:
        return self.kind == EDUCATIONAL

    @property
    def full_measure(self) -> int:
        return DAYS_BASED if self.counts_days else FULL_TIME_HOURS

    def is_active_in(self, month: date) -> bool:
        return as_month(self.start) <= month and (self.end is None or month <= self.end)

    def hours_in(self, month: date) -> int:
        return self.old_hours if self.hours_from and month < self.hours_from else self.hours

    def number_in(self, month: date) -> str:
        return self.old_number if self.number_from and month < self.number_from else self.number

    def start_in(self, month: date) -> date:
        return self.old_start if self.start_from and self.old_start and month < self.start_from else self.start

    def ends_in(self, month: date) -> bool:
        return self.end is not None and as_month(self.end) == month

    def worked_days(self, month: date) -> tuple[int, int]:
        """Return (calendar days worked, calendar days of the month)."""
        last = month_end(month)
        first_day = max(self.start_in(month), month)
        last_day = min(self.end, last) if self.end else last
        present = last_day.toordinal() - first_day.toordinal() + 1
        absent = sum(arret.absent_days(month) for arret in self.arrets)
        absent += sum(suspension.absent_days(month) for suspension in self.suspensions)
        return max(0, present - absent), last.day
