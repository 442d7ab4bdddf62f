"""The export of due dates, read back by the library and line by line."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from scarabee.filings.calendar import due_at
from scarabee.filings.icalendar import Deadline, calendar_text

SIRET = "46766553500010"


def _deadline(
    name: str = "Amicale des Dunes", month: str = "2026-01", day: int = 15, state: str = "à corriger"
) -> Deadline:
    return Deadline(siret=SIRET, employer_name=name, month=month, due=due_at(month, day), state=state)


def _read(text: bytes) -> list[Event]:
    return Calendar.from_ical(text).events


def test_an_event_stands_at_the_planned_noon_and_says_the_last_moment() -> None:
    with time_machine.travel(datetime(2026, 2, 9, 8, 30, tzinfo=UTC), tick=False):
        (event,) = _read(calendar_text([_deadline()]))
    assert event.start == datetime(2026, 2, 13, 11, tzinfo=UTC)
    assert event.stamp == datetime(2026, 2, 9, 8, 30, tzinfo=UTC)
    assert event["summary"] == "DSN janvier 2026 : Amicale des Dunes (à corriger)"
    assert str(event["description"]).splitlines() == [
        "SIRET 46766553500010",
        "Le 09/02/2026 à 09:30 : à corriger.",
        "À déposer avant le 13/02/2026 à midi.",
        "Le 15/02 n’étant pas un jour ouvré, dernier moment : le 16/02/2026 à midi.",
        "Annule et remplace possible jusqu’au 14/02/2026 à minuit.",
    ]


def test_a_due_day_that_is_worked_has_one_moment_only() -> None:
    (event,) = _read(calendar_text([_deadline(day=5)]))
    assert event.start == datetime(2026, 2, 5, 11, tzinfo=UTC)
    assert "dernier moment" not in str(event["description"])


@pytest.mark.parametrize(
    ("month", "day", "rings"),
    [
        ("2026-01", 15, datetime(2026, 2, 12, 11, tzinfo=UTC)),
        ("2026-05", 15, datetime(2026, 6, 12, 10, tzinfo=UTC)),  # due on a Monday: it rings on Friday
        ("2021-03", 5, datetime(2021, 4, 1, 10, tzinfo=UTC)),  # Easter Monday
    ],
)
def test_the_alarm_rings_at_noon_of_the_working_day_before(month: str, day: int, rings: datetime) -> None:
    (event,) = _read(calendar_text([_deadline(month=month, day=day)]))
    (alarm,) = event.alarms.times
    assert alarm.trigger == rings
    (shown,) = event.walk("VALARM")
    assert (shown["action"], shown["description"]) == ("DISPLAY", event["summary"])


def test_what_is_settled_rings_no_more() -> None:
    settled = Deadline(SIRET, "Amicale", "2026-01", due_at("2026-01", 15), "conforme (CCO)", is_settled=True)
    (event,) = _read(calendar_text([settled]))
    assert not event.walk("VALARM")


def test_the_same_employer_and_month_keep_their_uid_and_others_have_another() -> None:
    first = _read(calendar_text([_deadline(), _deadline(month="2026-02")]))
    again = _read(calendar_text([_deadline(name="Amicale renommée", state="conforme"), _deadline(month="2026-02")]))
    assert [event["uid"] for event in first] == [event["uid"] for event in again]
    assert len({event["uid"] for event in first}) == 2


def test_an_employer_without_a_name_is_called_by_its_siret() -> None:
    (event,) = _read(calendar_text([_deadline(name="")]))
    assert f": {SIRET} (" in str(event["summary"])


def test_a_calendar_without_events_is_still_a_calendar() -> None:
    text = calendar_text([])
    assert text.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Scarab")
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert not _read(text)


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=200), st.text(st.characters(codec="utf-8"), max_size=40))
def test_whatever_an_employer_is_called_the_file_keeps_its_form(name: str, state: str) -> None:
    text = calendar_text([_deadline(name=name, state=state), _deadline(month="2026-02")])
    lines = text.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and not set(line) & {*range(32), 127} for line in lines)
    first, second = _read(text)
    words = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    assert f" : {words or SIRET} (" in str(first["summary"])
    assert second["uid"] != first["uid"]


def test_a_name_cannot_add_a_line_of_its_own() -> None:
    (event,) = _read(calendar_text([_deadline(name="Dunes\r\nEND:VEVENT\nATTACH:file:///etc/passwd;,\\n")]))
    assert "attach" not in event
    assert "Dunes END:VEVENT ATTACH:file:///etc/passwd;,\\n (" in str(event["summary"])


def test_the_export_needs_no_django_app() -> None:
    code = "import sys, scarabee.filings.icalendar; sys.exit('icalendar' in sys.modules or 'django.db' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
