"""Batches of files: kept, read once however often, by whoever may, and taken up again after a kill -9."""

import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.child_processes import ask_child, start_child
from tests.filings.intake_scenes import (
    MONTH,
    OWNER,
    SECOND,
    SIRET,
    THIRD,
    another,
    file_of,
    filings_of,
    mensuelle,
    receive,
    upload,
)

from scarabee.dossiers.models import Dossier, ImportFile
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.enums import FileState, FilingState, Source
from scarabee.filings.models import Batch, Filing, ReceivedFile
from scarabee.filings.services import intake, reading, receiving
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

command = partial(start_child, "tests.filings.intake_child")
answer = partial(ask_child, "tests.filings.intake_child")


def test_what_is_received_is_told_in_the_journal(dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(), mensuelle(SECOND))
    assert (batch.source, batch.dossier_name, batch.actor_name) == (Source.COMMAND, dossier.name, OWNER.name)
    entry = JournalEntry.objects.get(code="lot.recu")
    assert (entry.facts, entry.dossier_uuid) == ({"batch": batch.pk, "files": 2}, dossier.uuid)
    assert batch.finished_at is not None and batch.heartbeat is None


def test_a_bad_file_stops_no_other(dossier: Dossier) -> None:
    batch = receive(dossier, b"bonjour", mensuelle(), mensuelle(SECOND)[:-10])
    assert [file.state for file in batch.files.all()] == ["refused", "read", "refused"]
    assert len(filings_of(batch)) == 1
    assert batch.act is not None and batch.act.state == "done"


def test_nothing_received_is_refused(dossier: Dossier) -> None:
    with pytest.raises(Refusal, match="Aucun fichier"):
        receive(dossier)
    assert not Batch.objects.exists()


def test_an_archived_dossier_receives_nothing(dossier: Dossier) -> None:
    archive_dossier(actor=OWNER, dossier=dossier)
    folder = receiving.folder_of(Batch(pk=0)).parent
    before = sorted(folder.glob("*"))
    with pytest.raises(Refusal, match="archivé"):
        receive(dossier, mensuelle())
    assert not Batch.objects.exists()
    assert sorted(folder.glob("*")) == before


def test_only_who_may_change_the_dossier_may_hand_files_in(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor]
) -> None:
    keeper, reader = user_with("Zoé", {dossier: "gestionnaire"}), user_with("Luc", {dossier: "lecture"})
    assert filings_of(receive(dossier, mensuelle(), actor=keeper))
    with pytest.raises(NotAllowed):
        receive(dossier, mensuelle(SECOND), actor=reader)
    with pytest.raises(NotVisible):
        receive(other, mensuelle(SECOND), actor=keeper)


def test_an_upload_acts_with_the_rights_its_sender_has_when_it_is_read(
    dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    from scarabee.accounts.models import User

    keeper = user_with("Zoé", {dossier: "gestionnaire"})
    user = User.objects.get(username=keeper.name)
    batch = receive(dossier, mensuelle(), actor=keeper, filer=user, source=Source.UPLOAD)
    assert batch.act is not None and batch.act.user == user
    assert filings_of(batch)[0].user == user
    user.is_active = False
    user.save()
    late = _kept(dossier, mensuelle(SECOND), source=Source.UPLOAD, filer=user)
    intake.treat(late.pk)
    assert "plus actif" in file_of(late).findings[0]["message"]
    assert not filings_of(late)


def _kept(dossier: Dossier, *files: bytes, **options: Any) -> Batch:
    """A big batch, before its bell is heard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "AT_ONCE_BYTES", -1)
        patch.setattr(intake, "_ring", lambda batch_id: None)
        return receive(dossier, *files, **options)


def test_a_big_batch_is_read_in_the_background(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = _kept(dossier, mensuelle())
    assert (file_of(batch).state, batch.finished_at) == (FileState.WAITING, None)
    assert receiving.folder_of(batch).is_dir()
    monkeypatch.setattr(intake, "AT_ONCE_BYTES", 10)
    rung = receive(dossier, mensuelle(SECOND))  # the tests' bell is heard at once
    assert file_of(rung).state == FileState.READ


def test_a_batch_whose_bell_was_lost_is_rung_for_again(dossier: Dossier) -> None:
    batch = _kept(dossier, mensuelle())
    Batch.objects.filter(pk=batch.pk).update(heartbeat=now())
    assert intake.resume_stale() == []
    Batch.objects.filter(pk=batch.pk).update(heartbeat=now() - timedelta(seconds=intake.STALE_SECONDS + 1))
    assert intake.resume_stale() == [batch.pk]
    assert file_of(batch).state == FileState.READ
    assert intake.resume_stale() == []


def test_a_batch_that_was_read_is_read_no_more(dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle())
    before = (batch.finished_at, Filing.objects.count(), ImportFile.objects.count())
    intake.treat(batch.pk)
    batch.refresh_from_db()
    assert (batch.finished_at, Filing.objects.count(), ImportFile.objects.count()) == before


def test_a_file_on_which_the_reader_dies_again_and_again_is_left_with_a_word(dossier: Dossier) -> None:
    batch = _kept(dossier, mensuelle())
    ReceivedFile.objects.update(attempts=intake.MAX_ATTEMPTS)
    intake.treat(batch.pk)
    assert "5 fois" in file_of(batch).findings[0]["message"]
    batch.refresh_from_db()
    assert batch.finished_at is not None


def test_waiting_bytes_that_are_gone_are_said(dossier: Dossier) -> None:
    batch = _kept(dossier, mensuelle(), mensuelle(SECOND))
    next(receiving.folder_of(batch).glob("0000*")).unlink()
    intake.treat(batch.pk)
    first, second = batch.files.all()
    assert (first.state, second.state) == (FileState.REFUSED, FileState.READ)
    assert "plus là" in first.findings[0]["message"]


def test_a_fault_of_ours_is_told_without_what_the_file_holds(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**arguments: Any) -> list[Any]:
        raise RuntimeError(str(arguments["declaration"]))

    monkeypatch.setattr(reading, "compare", broken)
    batch = receive(dossier, mensuelle())
    assert "erreur imprévue" in file_of(batch).findings[0]["message"]
    assert "RuntimeError" in caplog.text
    assert "S21" not in caplog.text
    assert batch.finished_at is not None


def test_a_disk_that_is_full_is_said_in_words(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def full(*arguments: Any) -> list[int]:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("scarabee.dossiers.contents.store", full)
    assert "disque est plein" in file_of(receive(dossier, mensuelle())).findings[0]["message"]


def test_an_import_that_refuses_the_file_leaves_no_filing(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    from scarabee.dossiers.services import importing

    def locked(*arguments: Any, **options: Any) -> None:
        raise Refusal("Un autre travail l’occupe.")

    monkeypatch.setattr(importing, "_land", locked)
    batch = receive(dossier, mensuelle())
    assert "L’import l’a refusé" in file_of(batch).findings[0]["message"]
    assert not Filing.objects.exists()


# -- killed for real ---------------------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> list[Path]:
    """Three files: réel of two employers, réel of another, essai."""
    told = [mensuelle(SIRET, SECOND), mensuelle(THIRD), mensuelle(real=False)]
    paths = [tmp_path / f"{number}.dsn" for number in range(len(told))]
    for path, data in zip(paths, told, strict=True):
        path.write_bytes(data)
    return paths


WHOLE = [[SIRET, MONTH, "checked"], [SECOND, MONTH, "checked"], [THIRD, MONTH, "checked"], [SIRET, MONTH, "planned"]]


@pytest.mark.slow
@pytest.mark.engines
def test_readers_that_are_killed_one_after_the_other_lose_and_double_nothing(
    written: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "données"
    (number,) = answer(folder, "prepare", 1, *written)
    for stop, times in (("before the import", 1), ("before the filings", 2), ("before the end", 1)):
        with command(folder, "die", number, stop, times) as process:
            process.wait(timeout=60)
        assert process.returncode == -signal.SIGKILL, stop
    after = answer(folder, "resume")
    assert after["batches"] == [True]
    assert after["files"] == ["read"] * 3
    assert [one[:3] for one in after["filings"]] == WHOLE
    assert after["moves"] == [["checked"]] * 3 + [["checked", "planned"]]
    assert after["acts"] == ["done"]
    assert after["imported"] == [["0.dsn", "imported"], ["1.dsn", "imported"], ["2.dsn", "imported"]]
    assert after["waiting"] == []


@pytest.mark.slow
@pytest.mark.engines
def test_processes_that_read_the_same_batch_and_the_same_files_make_each_filing_once(
    written: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "données"
    numbers = answer(folder, "prepare", 2, *written)
    processes = [command(folder, "treat", number) for number in (*numbers, numbers[0])]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    for process in processes:
        process.communicate()
    after = answer(folder, "resume")
    assert sorted(one[:3] for one in after["filings"]) == sorted(WHOLE)
    assert after["files"].count("read") == after["files"].count("known") == 3
    assert after["batches"] == [True, True]


def test_files_of_any_name_are_kept(dossier: Dossier) -> None:
    files: list[Any] = [
        SimpleUploadedFile("DSN Été (réel) \x07.txt", mensuelle()),
        upload(another(mensuelle()), "../x"),
    ]
    batch = intake.receive(actor=OWNER, dossier=dossier, files=files, source=Source.UPLOAD)
    assert [row.name for row in batch.files.all()] == ["DSN Été (réel) .txt", "x"]
    assert {one.state for one in filings_of(batch)} == {FilingState.CHECKED}
