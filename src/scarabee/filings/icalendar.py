"""The due dates of a board as an iCalendar (RFC 5545), for the calendar program of the bureau.

One event for each employer and month, at the noon that sending is planned against. Its uid never changes, so that a
newer export replaces the older one. It says what employers are called, when things are due and where they stand: no
NIR and nobody's name: such files end in shared agendas.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from scarabee.dsn.readable import MONTHS
from scarabee.filings.calendar import Due, working_day_before
from scarabee.maintenance.clock import now
from scarabee.netentreprises.moments import PARIS

if TYPE_CHECKING:
    from icalendar import Alarm, Event

MEDIA_TYPE = "text/calendar; charset=utf-8"
_DOMAIN = "dsn.scarabee"
_NAME = "Échéances DSN"


@dataclass(frozen=True)
class Deadline:
    """What is due for one employer (`month` "AAAA-MM"), and where it stands.

    `state`: in a few words. `is_settled`: nothing is left to do, so that no alarm rings.
    """

    siret: str
    employer_name: str
    month: str
    due: Due
    state: str
    is_settled: bool = False


def calendar_text(entries: Iterable[Deadline]) -> bytes:
    """A whole calendar in UTF-8, lines folded and ended by CRLF."""
    from icalendar import Calendar  # a quarter of a second, for one button

    stamp = now()
    calendar = Calendar.new(
        prodid="-//Scarabée//Échéances DSN//FR", name=_NAME, language="fr", uid=f"calendrier@{_DOMAIN}"
    )
    for entry in entries:
        calendar.add_component(_event(entry, stamp))
    text: bytes = calendar.to_ical()
    return text


def _event(entry: Deadline, stamp: datetime) -> "Event":
    from icalendar import TRANSP, Event

    year, number = entry.month.split("-")
    name = _plain(entry.employer_name) or entry.siret
    event = Event.new(
        uid=f"{entry.month}.{entry.siret}@{_DOMAIN}",
        stamp=stamp.astimezone(UTC),
        start=entry.due.planned_before.astimezone(UTC),
        summary=f"DSN {MONTHS[int(number) - 1]} {year} : {name} ({_plain(entry.state)})",
        description="\n".join(_description(entry, stamp)),
        transparency=TRANSP.TRANSPARENT,  # a due date keeps nobody busy
    )
    if not entry.is_settled:
        event.add_component(_alarm(entry.due, event.summary))
    return event


def _description(entry: Deadline, stamp: datetime) -> Iterable[str]:
    due = entry.due
    yield f"SIRET {entry.siret}"
    yield f"Le {stamp.astimezone(PARIS):%d/%m/%Y à %H:%M} : {_plain(entry.state)}."
    yield f"À déposer avant le {due.planned_before:%d/%m/%Y} à midi."
    if due.last_moment != due.planned_before:
        last = f"le {due.last_moment:%d/%m/%Y} à midi"
        yield f"Le {due.nominal:%d/%m} n’étant pas un jour ouvré, dernier moment : {last}."
    yield f"Annule et remplace possible jusqu’au {due.replace_until - timedelta(days=1):%d/%m/%Y} à minuit."


def _alarm(due: Due, words: str) -> "Alarm":
    """It rings at noon of the working day before, counted back in real hours: programs differ about days."""
    from icalendar import Alarm

    planned = due.planned_before
    eve = datetime.combine(working_day_before(planned.date()), time(12), tzinfo=PARIS)
    alarm = Alarm.new(description=words)
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", eve.astimezone(UTC) - planned.astimezone(UTC))
    return alarm


def _plain(text: str) -> str:
    """On one line, without the control characters that no calendar may hold."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
