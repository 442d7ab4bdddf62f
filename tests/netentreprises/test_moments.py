"""Moments in the paths of the portal: 14 digits of Paris time (api-dsn §6.1)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarabee.netentreprises.moments import PARIS, as_digits, range_path, read_digits

SUMMER_ENDS = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_moment_is_told_in_paris_time() -> None:
    assert as_digits(datetime(2026, 11, 5, 8, 15, 59, 999_999, tzinfo=UTC)) == "20261105091559"
    assert as_digits(datetime(2026, 7, 5, 8, 15, tzinfo=UTC)) == "20260705101500"
    assert as_digits(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "20270101003000"


def test_a_range_is_one_moment_or_two() -> None:
    since = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
    assert range_path(since, None) == "20261105090000"
    assert range_path(since, since + timedelta(hours=1)) == "20261105090000/20261105100000"
    assert range_path(since, since) == "20261105090000/20261105090000"


def test_a_naive_moment_or_an_end_before_the_beginning_is_a_mistake() -> None:
    since = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        range_path(since.replace(tzinfo=None), None)
    with pytest.raises(ValueError, match="aware"):
        range_path(since, since.replace(tzinfo=None))
    with pytest.raises(ValueError, match="before"):
        range_path(since, since - timedelta(seconds=1))


def test_a_range_across_the_end_of_summer_time_asks_the_whole_repeated_hour() -> None:
    since, until = SUMMER_ENDS - timedelta(minutes=10), SUMMER_ENDS + timedelta(minutes=10)
    assert (as_digits(since), as_digits(until)) == ("20261025025000", "20261025021000")
    assert range_path(since, until) == "20261025020000/20261025030000"


@settings(deadline=None)
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(hours=3)))
def test_a_range_always_holds_what_it_was_asked_for(since: datetime, span: timedelta) -> None:
    first, last = range_path(since, since + span).split("/")
    for moment in (since, since + span / 2, since + span):
        assert first <= as_digits(moment) <= last


@settings(deadline=None)
@given(MOMENTS)
def test_digits_read_back_to_the_second(moment: datetime) -> None:
    found = read_digits(as_digits(moment))
    assert found is not None
    repeated = SUMMER_ENDS.replace(year=moment.year, day=1) <= moment <= SUMMER_ENDS.replace(year=moment.year, day=31)
    off = moment.replace(microsecond=0) - found
    assert off == timedelta() or (repeated and off == timedelta(hours=1))


def test_digits_of_the_repeated_hour_mean_its_first_pass() -> None:
    found = read_digits("20261025023000")
    assert found is not None
    assert found.astimezone(UTC) == SUMMER_ENDS - timedelta(minutes=30)


def test_eight_digits_are_midnight_and_anything_else_is_no_moment() -> None:
    assert read_digits("20261105") == datetime(2026, 11, 5, tzinfo=PARIS)
    for text in ("", "2026110509160", "202611050916001", "20261332000000", "２０２６１１０５", " 20261105091600"):
        assert read_digits(text) is None
