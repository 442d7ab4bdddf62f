"""Due dates: the 5th and the 15th at noon, the days that are none, and what is urgent."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarabee.filings import calendar
from scarabee.filings.calendar import (
    DUE_DAYS,
    Due,
    Urgency,
    due_at,
    is_working_day,
    month_to_declare,
    notice_due,
    urgency,
    working_day_after,
    working_day_before,
)
from scarabee.netentreprises.moments import PARIS

DAYS = st.dates(date(2016, 1, 1), date(2060, 12, 31))
MONTHS = st.builds("{:04}-{:02}".format, st.integers(2016, 2060), st.integers(1, 12))
DUES = st.builds(due_at, MONTHS, st.sampled_from(DUE_DAYS))


def _easter(year: int) -> date:
    """Sunday of Easter by Meeus, Jones and Butcher: a source of its own, apart from the library's."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _paris(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=PARIS)  # type: ignore[arg-type, misc]


@settings(deadline=None)
@given(st.integers(2016, 2060))
def test_the_holidays_are_the_eleven_of_the_labour_code(year: int) -> None:
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    expected = {date(year, month, day) for month, day in fixed}
    expected |= {_easter(year) + timedelta(days=days) for days in (1, 39, 50)}
    weekdays = [day for n in range(366) if (day := date(year, 1, 1) + timedelta(days=n)).weekday() < 5]
    assert {day for day in weekdays if day.year == year and not is_working_day(day)} == {
        day for day in expected if day.weekday() < 5
    }


@pytest.mark.parametrize("day", [date(2026, 4, 3), date(2025, 12, 26), date(2026, 5, 22)])
def test_holidays_of_alsace_moselle_and_of_overseas_are_working_days(day: date) -> None:
    assert is_working_day(day)


@settings(deadline=None)
@given(DAYS)
def test_no_working_day_lies_between_a_day_and_the_next_or_last_one(day: date) -> None:
    before, after = working_day_before(day), working_day_after(day)
    assert before < day < after
    assert is_working_day(before) and is_working_day(after)
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert [each for each in between if is_working_day(each)] == ([day] if is_working_day(day) else [])
    assert after - before <= timedelta(days=7)


@pytest.mark.parametrize(
    ("month", "due_day", "planned", "last"),
    [
        ("2026-01", 5, (2026, 2, 5), (2026, 2, 5)),  # a Thursday: nothing moves
        ("2026-01", 15, (2026, 2, 13), (2026, 2, 16)),  # Sunday
        ("2026-10", 15, (2026, 11, 13), (2026, 11, 16)),  # Sunday
        ("2026-07", 15, (2026, 8, 14), (2026, 8, 17)),  # Assumption on a Saturday
        ("2027-07", 15, (2027, 8, 13), (2027, 8, 16)),  # Assumption on a Sunday
        ("2025-07", 15, (2025, 8, 14), (2025, 8, 18)),  # Assumption on a Friday: three days off
        ("2022-07", 15, (2022, 8, 12), (2022, 8, 16)),  # Assumption on a Monday: three days off
        ("2021-03", 5, (2021, 4, 2), (2021, 4, 6)),  # Easter Monday; the Good Friday before it is worked
        ("2016-04", 5, (2016, 5, 4), (2016, 5, 6)),  # Ascension
        ("2017-05", 5, (2017, 6, 2), (2017, 6, 6)),  # Whit Monday
        ("2022-04", 5, (2022, 5, 5), (2022, 5, 5)),
        ("2024-04", 5, (2024, 5, 3), (2024, 5, 6)),  # Sunday, before the week of 8 May
        ("2023-10", 5, (2023, 11, 3), (2023, 11, 6)),  # Sunday, after All Saints
        ("2025-12", 5, (2026, 1, 5), (2026, 1, 5)),  # the year turns
        ("2024-12", 5, (2025, 1, 3), (2025, 1, 6)),
        ("2027-11", 5, (2027, 12, 3), (2027, 12, 6)),
        ("2024-01", 15, (2024, 2, 15), (2024, 2, 15)),
    ],
)
def test_a_due_day_that_is_not_worked_is_planned_before_and_shown_after(
    month: str, due_day: int, planned: tuple[int, ...], last: tuple[int, ...]
) -> None:
    due = due_at(month, due_day)
    assert due.planned_before == _paris(*planned, 12)
    assert due.last_moment == _paris(*last, 12)


def test_noon_is_that_of_paris_in_winter_and_in_summer() -> None:
    assert due_at("2026-10", 5).nominal == datetime(2026, 11, 5, 11, tzinfo=UTC)
    assert due_at("2026-06", 15).nominal == datetime(2026, 7, 15, 10, tzinfo=UTC)


def test_across_the_nights_when_the_clock_changes_noon_stays_noon() -> None:
    # winter ended on 27 March 2022, summer on 30 October 2022
    assert due_at("2022-03", 5).nominal == datetime(2022, 4, 5, 10, tzinfo=UTC)
    assert notice_due(date(2022, 3, 25)) == datetime(2022, 4, 1, 21, 59, tzinfo=UTC)
    assert notice_due(date(2022, 10, 28)) == datetime(2022, 11, 7, 22, 59, tzinfo=UTC)


@settings(deadline=None)
@given(MONTHS, st.sampled_from(DUE_DAYS))
def test_the_moments_of_a_due_date_stand_in_order(month: str, due_day: int) -> None:
    due = due_at(month, due_day)
    assert (due.nominal.day, due.nominal.hour, due.nominal.minute) == (due_day, 12, 0)
    assert month_to_declare(due.nominal.date()) == month
    assert due.planned_before <= due.nominal <= due.last_moment
    assert is_working_day(due.planned_before.date()) and is_working_day(due.last_moment.date())
    assert (due.planned_before == due.nominal) == (due.last_moment == due.nominal) == is_working_day(due.nominal.date())
    assert due.nominal - due.replace_until == timedelta(hours=12)
    assert {moment.tzinfo for moment in vars(due).values()} == {PARIS}


@pytest.mark.parametrize(
    ("month", "due_day"),
    [("2026-13", 5), ("2026-00", 5), ("2026-1", 5), ("01/2026", 5), ("", 5), ("2026-01\n", 5), ("2026-01", 10)],
)
def test_another_month_or_day_is_a_mistake(month: str, due_day: int) -> None:
    with pytest.raises(ValueError, match="AAAA-MM"):
        due_at(month, due_day)


@pytest.mark.parametrize(
    ("event", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),  # Monday to Monday
        (date(2026, 3, 6), date(2026, 3, 13)),
        (date(2026, 3, 7), date(2026, 3, 13)),  # a Saturday and a Sunday count from the Monday after
        (date(2026, 3, 8), date(2026, 3, 13)),
        (date(2026, 4, 2), date(2026, 4, 10)),  # over Easter Monday
        (date(2026, 5, 7), date(2026, 5, 18)),  # over 8 May, a weekend and the Ascension
        (date(2026, 12, 24), date(2027, 1, 4)),  # over Christmas and New Year
        (date(2025, 10, 31), date(2025, 11, 7)),  # All Saints on a Saturday
    ],
)
def test_a_notice_has_five_working_days_after_the_event(event: date, last: date) -> None:
    assert notice_due(event) == _paris(last.year, last.month, last.day, 23, 59)


@settings(deadline=None)
@given(DAYS)
def test_exactly_five_working_days_lie_between_an_event_and_its_last_day(event: date) -> None:
    last = notice_due(event).date()
    days = [event + timedelta(days=n) for n in range(1, (last - event).days + 1)]
    assert sum(map(is_working_day, days)) == 5
    assert is_working_day(last)


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2026, 1, 1), "2025-12"),
        (date(2026, 1, 31), "2025-12"),
        (date(2024, 3, 31), "2024-02"),
        (date(2026, 12, 15), "2026-11"),
    ],
)
def test_a_month_is_declared_in_the_one_that_follows(today: date, month: str) -> None:
    assert month_to_declare(today) == month


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (_paris(2026, 2, 5, 23, 59), Urgency.CALM),
        (_paris(2026, 2, 6, 0, 0), Urgency.SOON),  # five working days before Friday 13
        (_paris(2026, 2, 11, 23, 59), Urgency.SOON),
        (_paris(2026, 2, 12, 0, 0), Urgency.AT_RISK),  # the eve
        (_paris(2026, 2, 13, 12, 0), Urgency.AT_RISK),  # past what was planned, but not too late
        (_paris(2026, 2, 16, 11, 59), Urgency.AT_RISK),
        (_paris(2026, 2, 16, 12, 0), Urgency.LATE),
        (datetime(2026, 2, 11, 22, 59, tzinfo=UTC), Urgency.SOON),
        (datetime(2026, 2, 11, 23, 0, tzinfo=UTC), Urgency.AT_RISK),
        (datetime(2026, 2, 16, 11, 0, tzinfo=UTC), Urgency.LATE),
    ],
)
def test_what_is_due_on_a_sunday_is_at_risk_from_the_thursday_before(now: datetime, expected: Urgency) -> None:
    assert urgency(due_at("2026-01", 15), now) == expected


def test_what_is_due_on_a_monday_is_at_risk_from_friday() -> None:
    due = due_at("2026-05", 15)
    assert due.nominal == _paris(2026, 6, 15, 12)
    assert urgency(due, _paris(2026, 6, 11, 23, 59)) == Urgency.SOON
    assert urgency(due, _paris(2026, 6, 12, 0, 0)) == Urgency.AT_RISK


@settings(deadline=None)
@given(DUES, st.lists(st.timedeltas(timedelta(days=-30), timedelta(days=10)), min_size=2, max_size=6))
def test_urgency_only_grows_and_a_whole_working_day_is_left_when_it_turns_to_risk(
    due: Due, spans: list[timedelta]
) -> None:
    moments = sorted(due.nominal.astimezone(UTC) + span for span in spans)
    order = [Urgency.CALM, Urgency.SOON, Urgency.AT_RISK, Urgency.LATE]
    ranks = [order.index(urgency(due, moment)) for moment in moments]
    assert ranks == sorted(ranks)
    for moment, rank in zip(moments, ranks, strict=True):
        local = moment.astimezone(PARIS).date()
        assert (order[rank] == Urgency.LATE) == (moment >= due.last_moment)
        if rank < order.index(Urgency.AT_RISK):
            assert working_day_after(local) < due.planned_before.date()


def test_threads_that_ask_for_a_new_year_at_once_all_get_its_holidays() -> None:
    calendar._holidays.cache_clear()
    years = range(2000, 2050)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda year: is_working_day(date(year, 12, 25)), [y for y in years for _ in range(8)]))
    assert not any(found)


def test_the_calendar_needs_no_django() -> None:
    code = "import sys, scarabee.filings.calendar; sys.exit('django' in sys.modules or 'holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
