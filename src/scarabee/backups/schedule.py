"""When scripts are due: rows with a moment, so that a PC that was off catches up and two clocks do no harm.

The clock only asks what is due, and opens a job for it under a key that stands once; workers do the jobs. Nothing here
touches a folder: a share that hangs keeps no clock.
"""

import calendar
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.timezone import localtime

from scarabee.backups import drill, jobs
from scarabee.backups.models import Job, Script, Watch
from scarabee.filings.models import Run
from scarabee.maintenance.clock import now
from scarabee.netentreprises.moments import PARIS

FIRST_NAME = "Chaque jour"
FIRST_HOUR = time(12, 30)
"""Of the script that is there from the start: the PC of a bureau is on, and people are at lunch."""


def run_due(moment: datetime | None = None) -> int:
    """Open a job for everything that is due, each once whatever the number of clocks; how many were opened."""
    moment = moment or now()
    begin(moment)
    jobs.resume(moment)
    return _scripts(moment) + _copies(moment) + _drill(moment)


def begin(moment: datetime) -> Watch:
    """The row of settings; at the very first start it comes with a script that saves each day."""
    found = Watch.objects.filter(pk=1).first()
    if found is not None:
        return found
    with transaction.atomic():
        watch, is_new = Watch.objects.get_or_create(pk=1, defaults={"since": moment})
        if is_new and not Script.objects.exists():
            script = Script(name=FIRST_NAME, at=FIRST_HOUR, starts_on=moment.astimezone(PARIS).date())
            script.next_at = following(script, moment)
            script.save()
    return watch


def today() -> date:
    """The day it is in Paris."""
    return now().astimezone(PARIS).date()


def following(script: Script, after: datetime) -> datetime | None:
    """When this script is due first after a moment; None when never by itself. Hours are of Paris, in all seasons."""
    if script.is_by_hand or not script.is_on:
        return None
    local = after.astimezone(PARIS)
    number = max(0, _number(script, local.date()) - 1)
    while (due := datetime.combine(_day(script, number), script.at, tzinfo=PARIS)) <= after:
        number += 1
    return due


def _number(script: Script, day: date) -> int:
    """Which of the days of a script falls on a day, or last before it, from 0; less before the first."""
    if script.unit == Script.Unit.MONTH:
        return ((day.year - script.starts_on.year) * 12 + day.month - script.starts_on.month) // script.every
    return (day - script.starts_on).days // _length(script)


def _day(script: Script, number: int) -> date:
    """The day of this number; a month that is too short has its last day."""
    first = script.starts_on
    if script.unit != Script.Unit.MONTH:
        return first + timedelta(days=number * _length(script))
    year, month = divmod(first.year * 12 + first.month - 1 + number * script.every, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _length(script: Script) -> int:
    return script.every * (7 if script.unit == Script.Unit.WEEK else 1)


def _scripts(moment: datetime) -> int:
    opened = 0
    for script in Script.objects.filter(is_on=True, next_at__lte=moment):
        with transaction.atomic():  # whoever moves the row opens the job
            due, later = script.next_at, following(script, moment)
            if Script.objects.filter(pk=script.pk, next_at=due, is_on=True).update(next_at=later):
                opened += jobs.open_once(Job.Kind.SAVE, key=f"script:{script.pk}:{due:%Y%m%d%H%M%S}", script=script)
    return opened


def _copies(moment: datetime) -> int:
    opened = 0
    for script in Script.objects.filter(copy_at__lte=moment):
        with transaction.atomic():
            due = script.copy_at
            if Script.objects.filter(pk=script.pk, copy_at=due).update(copy_at=None):
                opened += jobs.open_once(Job.Kind.COPY, key=f"copie:{script.pk}:{due:%Y%m%d%H%M%S}", script=script)
    return opened


def _drill(moment: datetime) -> int:
    """The drill of the month, once there is something to try; `drill.run_due` sees to it that it is done once."""
    month = f"{localtime(moment):%Y-%m}"
    done = Run.objects.filter(kind=drill.KIND, key=month).values_list("finished_at", "started_at").first()
    if done and (done[0] or done[1] > moment - drill.AGAIN_AFTER):
        return 0
    if drill.newest() is None or Job.objects.filter(kind=Job.Kind.DRILL, state__in=jobs.OPEN).exists():
        return 0
    key = f"exercice:{month}" if done is None else f"exercice:{month}:{moment:%d%H}"
    return jobs.open_once(Job.Kind.DRILL, key=key)
