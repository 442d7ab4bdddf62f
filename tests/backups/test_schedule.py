"""When scripts are due: in all seasons, after a PC was off, whatever the number of clocks."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from scarabee.backups import jobs, schedule, scripts, wording
from scarabee.backups.models import Backup, Job, Script, Watch
from scarabee.filings.models import Run
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.netentreprises.moments import PARIS

OWNER = Actor.owner()


def at(*when: int) -> datetime:
    """A moment of Paris."""
    return datetime(*when, tzinfo=PARIS)  # type: ignore[misc, arg-type]


def script(unit: str = "jour", every: int = 1, first: date = date(2026, 11, 2), hour: time = time(12, 30)) -> Script:
    return Script(name="Essai", unit=unit, every=every, starts_on=first, at=hour)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bells are not answered here: what is opened stays to be seen."""
    monkeypatch.setattr(jobs, "_ring", lambda number: None)


@pytest.mark.parametrize(
    ("told", "after", "due"),
    [
        (script(), at(2026, 11, 25, 9), at(2026, 11, 25, 12, 30)),
        (script(), at(2026, 11, 25, 12, 30), at(2026, 11, 26, 12, 30)),
        (script(first=date(2026, 12, 24)), at(2026, 11, 25, 9), at(2026, 12, 24, 12, 30)),
        (script(every=3), at(2026, 11, 3, 9), at(2026, 11, 5, 12, 30)),
        (script("semaine", 2), at(2026, 11, 3, 9), at(2026, 11, 16, 12, 30)),
        (script("mois", 1, date(2026, 1, 31)), at(2026, 2, 1), at(2026, 2, 28, 12, 30)),
        (script("mois", 1, date(2026, 1, 31)), at(2026, 2, 28, 13), at(2026, 3, 31, 12, 30)),
        (script("mois", 3, date(2026, 1, 15)), at(2026, 12, 1), at(2027, 1, 15, 12, 30)),
        (script(first=date(2000, 1, 1)), at(2026, 3, 29, 13), at(2026, 3, 30, 12, 30)),
    ],
)
def test_a_script_is_next_due_on_its_own_days(told: Script, after: datetime, due: datetime) -> None:
    assert schedule.following(told, after) == due


def test_the_hour_is_of_paris_in_winter_and_in_summer() -> None:
    winter, summer = (schedule.following(script(), at(2026, month, 5)) for month in (1, 7))
    assert winter is not None and summer is not None
    assert [one.astimezone(PARIS).hour for one in (winter, summer)] == [12, 12]


def test_by_hand_or_put_aside_is_never_due() -> None:
    off = script()
    off.is_on = False
    assert [schedule.following(one, at(2026, 11, 25)) for one in (script("main"), off)] == [None, None]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (script(), "chaque jour à 12 h 30"),
        (script(every=2), "tous les 2 jours à 12 h 30"),
        (script("semaine"), "chaque lundi à 12 h 30"),
        (script("semaine", 2), "toutes les 2 semaines, le lundi, à 12 h 30"),
        (script("mois", 1, date(2026, 1, 1)), "le 1er de chaque mois à 12 h 30"),
        (script("mois", 2, date(2026, 1, 15)), "tous les 2 mois, le 15, à 12 h 30"),
        (script("main"), "à la main"),
    ],
)
def test_a_schedule_is_told_in_words(told: Script, words: str) -> None:
    assert wording.schedule(told) == words


@pytest.mark.django_db
def test_the_first_start_makes_one_script_and_never_again() -> None:
    assert schedule.run_due(at(2026, 11, 25, 9)) == 0
    made = Script.objects.get()
    assert (made.name, made.next_at) == ("Chaque jour", at(2026, 11, 25, 12, 30))
    made.delete()
    schedule.run_due(at(2026, 11, 25, 10))
    assert not Script.objects.exists() and Watch.objects.get().days == 7


@pytest.mark.django_db
def test_a_pc_that_was_off_for_a_week_catches_up_once() -> None:
    schedule.run_due(at(2026, 11, 18, 9))
    assert schedule.run_due(at(2026, 11, 25, 9)) == 1
    assert schedule.run_due(at(2026, 11, 25, 9, 1)) == 0
    assert Job.objects.get().script == "Chaque jour"
    assert Script.objects.get().next_at == at(2026, 11, 25, 12, 30)


@pytest.mark.django_db
def test_two_clocks_that_saw_the_same_row_open_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule.run_due(at(2026, 11, 25, 9))
    due = at(2026, 11, 25, 12, 31)
    following = schedule.following

    def beaten(told: Script, after: datetime) -> datetime | None:
        """Between its look and its claim, another clock does the whole round."""
        monkeypatch.setattr(schedule, "following", following)
        assert schedule.run_due(due) == 1
        return following(told, after)

    monkeypatch.setattr(schedule, "following", beaten)
    assert schedule.run_due(due) == 0
    assert Job.objects.count() == 1
    assert jobs.open_once(Job.Kind.SAVE, key=Job.objects.get().key) == 0


@pytest.mark.django_db
def test_a_drill_is_asked_for_once_a_month_when_there_is_something_to_try(tmp_path: Any) -> None:
    moment = at(2026, 11, 25, 9)
    assert schedule.run_due(moment) == 0
    import platform

    path = tmp_path / "a.age"
    path.touch()
    Backup.objects.create(
        kind="installation", machine=platform.node(), path=str(path), started_at=moment, made_at=moment,
        proved_at=moment,
    )  # fmt: skip
    assert schedule.run_due(moment) == 1
    assert schedule.run_due(moment) == 0
    Job.objects.update(state=Job.State.DONE)
    Run.objects.create(kind="drill", key="2026-11", started_at=moment, finished_at=moment)
    assert schedule.run_due(moment + timedelta(minutes=5)) == 0
    Script.objects.all().delete()
    assert schedule.run_due(at(2026, 12, 1, 9)) == 1


@pytest.mark.django_db
def test_a_job_that_fell_silent_says_so_and_is_tried_again_within_the_hour() -> None:
    moment = at(2026, 11, 25, 12, 31)
    schedule.run_due(at(2026, 11, 25, 9))
    schedule.run_due(moment)
    Job.objects.update(state=Job.State.RUNNING, started_at=moment, heartbeat=moment)
    schedule.run_due(moment + timedelta(minutes=2))
    assert Job.objects.get().state == Job.State.RUNNING
    schedule.run_due(moment + timedelta(minutes=4))
    job = Job.objects.get()
    assert job.state == Job.State.INTERRUPTED and "interrompu" in job.problem
    assert Script.objects.get().failures == 1


@pytest.mark.django_db
def test_a_bell_that_nobody_heard_is_rung_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(jobs, "_ring", rung.append)
    moment = at(2026, 11, 25, 12, 31)
    job = Job.objects.create(kind=Job.Kind.SAVE, created_at=moment, actor_name="Zoé")
    for minutes in (1, 3, 4, 6):
        jobs.resume(moment + timedelta(minutes=minutes))
    assert rung == [job.pk, job.pk]


@pytest.mark.django_db
def test_a_script_that_is_renamed_takes_its_archives_along() -> None:
    made = scripts.set_script(actor=OWNER, name="Nuit", unit="jour")
    Backup.objects.create(kind="installation", script="Nuit", path="/a.age", started_at=at(2026, 11, 1))
    scripts.set_script(actor=OWNER, script=made, name="Soir", unit="semaine", every=2)
    assert Backup.objects.get().script == "Soir"
    assert JournalEntry.objects.filter(code=scripts.SET).count() == 2
