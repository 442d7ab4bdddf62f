"""Jobs: what a script saves, keeps, copies to a second folder, and says when something is missing."""

import hashlib
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from tests.backups.bureau import fill

from scarabee.accounts.models import User
from scarabee.backups import alarms, copying, folders, jobs, pruning, schedule, scripts
from scarabee.backups.models import Backup, Job, Script
from scarabee.dossiers.models import Dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = Actor.owner()


@pytest.fixture
def key(tmp_path: Path, folder: Path) -> Path:
    """A folder that stands for a USB key."""
    place = tmp_path / "cle"
    place.mkdir()
    return place


@pytest.fixture
def script(key: Path) -> Script:
    fill()
    return scripts.set_script(actor=OWNER, name="Midi", unit="jour", second_folder=str(key))


def saved(script: Script) -> Backup:
    """One backup of this script; its job is done by the worker of tests, at once."""
    job = jobs.ask(actor=OWNER, kind=Job.Kind.SAVE, script=script)
    job.refresh_from_db()
    assert (job.state, job.problem) == (Job.State.DONE, "")
    return Backup.objects.get(pk=job.backup_number or 0)


def test_a_due_script_is_saved_proved_and_copied_by_the_clock_and_the_worker(script: Script, key: Path) -> None:
    assert script.next_at is not None
    assert schedule.run_due(script.next_at) >= 1
    job = Job.objects.get(kind=Job.Kind.SAVE)
    backup = Backup.objects.get(pk=job.backup_number or 0)
    assert job.state == Job.State.DONE and backup.proved_at and backup.script == "Midi"
    copy = Path(backup.copied_to)
    assert copy.parent == key and hashlib.sha256(copy.read_bytes()).hexdigest() == backup.sha256
    codes = set(JournalEntry.objects.values_list("code", flat=True))
    assert {"sauvegarde.faite", "sauvegarde.verifiee", copying.COPIED} <= codes


def test_an_absent_key_spoils_nothing_and_is_told_until_it_is_there(script: Script, key: Path) -> None:
    saved(script)
    key.rename(key.with_name("debranchee"))
    backup = saved(script)
    script.refresh_from_db()
    assert backup.proved_at and not backup.copied_to
    assert "support débranché" in script.copy_problem and script.copy_late_since and script.copy_at
    key.with_name("debranchee").rename(key)
    schedule.run_due(script.copy_at)
    cured = Script.objects.get()
    backup.refresh_from_db()
    assert not cured.copy_problem and cured.copy_late_since is None and cured.copy_at is None
    assert Path(backup.copied_to).is_file()


def test_a_copy_that_differs_is_removed_and_told(script: Script, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def spoilt(source: Any, target: Any) -> None:
        real(source, target)
        if Path(target).parent == key:
            Path(target).write_bytes(b"autre chose")

    monkeypatch.setattr(os, "replace", spoilt)
    backup = saved(script)
    script.refresh_from_db()
    assert "pas identique" in script.copy_problem and not list(key.iterdir()) and backup.proved_at


def test_the_empty_place_of_a_key_that_was_elsewhere_is_not_written_into(script: Script, key: Path) -> None:
    Script.objects.update(on_other_disk=True)
    saved(script)
    script.refresh_from_db()
    assert "n’est pas branché" in script.copy_problem and not list(key.iterdir())


def test_a_folder_that_hangs_is_given_up_and_its_thread_writes_nothing_later() -> None:
    wake, told = threading.Event(), list[str]()

    def hang(step: folders.Step) -> None:
        wake.wait(10)
        try:
            step()
        except folders.Abandoned:
            told.append("abandoned")
            raise

    with pytest.raises(folders.FolderSilent, match="ne répond pas"):
        folders.watched(hang, folder=Path("/partage"), patience=0.05)
    wake.set()
    for thread in threading.enumerate():
        if thread.name == "backup-folder":
            thread.join(5)
    assert told == ["abandoned"]


def test_a_folder_that_was_moved_is_said_and_never_made_again(script: Script, tmp_path: Path) -> None:
    place = tmp_path / "archives"
    place.mkdir()
    scripts.set_script(actor=OWNER, script=script, name="Midi", unit="jour", folder=str(place))
    place.rename(tmp_path / "ailleurs")
    job = jobs.ask(actor=OWNER, kind=Job.Kind.SAVE, script=script)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "déplacé, renommé" in job.problem and not place.exists()
    with pytest.raises(Refusal, match="n’existe pas"):
        scripts.set_script(actor=OWNER, name="Autre", unit="jour", folder=str(tmp_path / "nulle part"))


def test_a_planned_backup_that_failed_is_tried_again_in_an_hour_three_times(script: Script, tmp_path: Path) -> None:
    Script.objects.update(folder=str(tmp_path / "nulle part"), second_folder="")
    for failures in range(1, 5):
        due = Script.objects.get().next_at
        assert due is not None
        with time_machine.travel(due, tick=False):
            schedule.run_due()
        script.refresh_from_db()
        assert script.failures == failures and script.next_at is not None
        assert (script.next_at == due + timedelta(hours=1)) == (failures <= 3)


def test_the_last_five_are_kept_and_only_once_a_newer_one_is_proved(
    script: Script, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [saved(script)]
    rows = [Backup.objects.get(pk=real[0].pk)]
    for day in range(1, 6):  # five older ones, as real files
        path = Path(real[0].path).with_name(f"scarabee-vieux-{day}.tar.zst.age")
        path.write_bytes(b"vieux")
        row = Backup.objects.get(pk=real[0].pk)
        row.pk, row.path, row.copied_to, row.copied_at = None, str(path), "", None
        row.made_at = row.started_at = row.proved_at = now() - timedelta(days=day)
        row.save(force_insert=True)
        rows.append(row)
    Backup.objects.filter(pk=rows[2].pk).update(proved_at=None)
    assert pruning.keep_last(actor=OWNER, script=script) == 0
    Backup.objects.filter(pk=rows[2].pk).update(proved_at=now())
    assert pruning.keep_last(actor=OWNER, script=script) == 1
    gone = Backup.objects.get(pk=rows[5].pk)
    assert gone.deleted_at and not Path(gone.path).exists()
    assert [Path(one.path).exists() for one in rows] == [True] * 5 + [False]
    assert JournalEntry.objects.filter(code=pruning.DELETED).count() == 1


def test_only_an_administrator_asks_and_one_of_a_kind_at_a_time(script: Script) -> None:
    with pytest.raises(Refusal):
        jobs.ask(actor=Actor.of(User.objects.get(username="Lucie")), kind=Job.Kind.SAVE)
    Job.objects.create(kind=Job.Kind.SAVE, state=Job.State.RUNNING, actor_name="Zoé", heartbeat=now())
    with pytest.raises(Refusal, match="déjà en cours"):
        jobs.ask(actor=OWNER, kind=Job.Kind.SAVE)


def _told() -> list[str]:
    from scarabee.accounts.backends import AccountBackend

    user = AccountBackend().get_user(User.objects.get(username="Administrateur").pk)
    return [one.text for one in alarms.alarms(user)]


def test_alarms_say_what_is_missing_and_go_once_it_is_cured(script: Script, key: Path) -> None:
    assert _told() == []  # the first day
    Dossier.objects.update(created_at=now() - timedelta(days=2))
    assert "Aucune sauvegarde" in _told()[0]
    backup = saved(script)
    assert len(_told()) == 1 and "trousse" in _told()[0]
    from scarabee.backups import keys

    keys.put_away(actor=OWNER)
    assert _told() == []
    Backup.objects.filter(pk=backup.pk).update(made_at=now() - timedelta(days=8))
    assert "plus de 7 jours" in _told()[0]
    scripts.set_watch(actor=OWNER, days=30)
    assert _told() == []
    Script.objects.update(copy_late_since=now() - timedelta(days=2))
    assert "second dossier" in _told()[0]
