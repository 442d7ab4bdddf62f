"""The exchange folder: whole files come in once and are put away; nothing is deleted or written over."""

import io
import os
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils.timezone import localtime
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    another,
    mensuelle,
    sirets,
    spoiled,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier, create_dossier, unarchive_dossier
from scarabee.filings.enums import FilingState, Source
from scarabee.filings.models import Batch, DossierFiling, Filing, ReceivedFile
from scarabee.filings.services import dropped, exchange, intake, rounds
from scarabee.filings.services.options import set_dossier_filing
from scarabee.maintenance.clock import now

MONTH_FOLDER = f"{localtime(now()):%Y-%m}"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """A clock that has just started."""
    exchange._looks = dropped.Looks()
    exchange._settled.clear()
    yield
    exchange._settled.clear()


@pytest.fixture
def folder(dossier: Dossier, tmp_path: Path) -> Path:
    return _folder_of(dossier, tmp_path / "échange")


def _folder_of(dossier: Dossier, path: Path) -> Path:
    path.mkdir()
    set_dossier_filing(actor=OWNER, dossier=dossier, holder=None, folder=str(path), hold_minutes=120)
    return path


def lay(folder: Path, name: str, data: bytes) -> Path:
    """A file that nothing touches any more."""
    path = folder / name
    path.write_bytes(data)
    return path


def scan(minutes: float = 2) -> int:
    """Look as the clock would in so many minutes."""
    return exchange.scan(now() + timedelta(minutes=minutes))


def there(folder: Path) -> list[str]:
    """All that is in the folder, by path."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def problem_of(dossier: Dossier) -> str:
    return DossierFiling.objects.get(dossier=dossier).folder_problem


def test_whole_files_come_in_and_are_put_away(folder: Path, dossier: Dossier) -> None:
    lay(folder, "octobre.dsn", mensuelle())
    lay(folder, "essai.txt", mensuelle(SECOND, real=False))
    assert scan() == 2
    assert there(folder) == [f"traités/{MONTH_FOLDER}/essai.txt", f"traités/{MONTH_FOLDER}/octobre.dsn"]
    assert (folder / f"traités/{MONTH_FOLDER}/octobre.dsn").read_bytes() == mensuelle()
    batch = Batch.objects.get()
    assert (batch.source, batch.dossier) == (Source.FOLDER, dossier)
    states = dict(Filing.objects.values_list("siret", "state"))
    assert states == {SIRET: FilingState.CHECKED, SECOND: FilingState.PLANNED}
    assert problem_of(dossier) == ""
    assert DossierFiling.objects.get().folder_read_at is not None
    assert scan() == 0
    assert Batch.objects.count() == 1


def test_what_is_refused_is_put_apart_with_the_reason(folder: Path) -> None:
    lay(folder, "coupé.dsn", mensuelle()[:-40])
    lay(folder, "vide.dsn", b"")
    lay(folder, "bon.dsn", mensuelle())
    assert scan() == 3
    refused = folder / "refusés" / MONTH_FOLDER
    assert there(refused) == ["coupé.dsn", "coupé.dsn.txt", "vide.dsn", "vide.dsn.txt"]
    told = (refused / "coupé.dsn.txt").read_text(encoding="utf-8-sig")
    assert "Ligne " in told and "exportez" in told.lower()
    assert "vide" in (refused / "vide.dsn.txt").read_text(encoding="utf-8-sig")
    assert (refused / "coupé.dsn").read_bytes() == mensuelle()[:-40]


def test_a_declaration_that_can_only_be_refused_is_put_apart_too(folder: Path, other: Dossier) -> None:
    scenes.take(other, mensuelle(month=LAST))
    lay(folder, "ailleurs.dsn", mensuelle())
    lay(folder, "à corriger.dsn", spoiled(mensuelle(SECOND)))
    assert scan() == 2
    (text,) = (folder / "refusés").rglob("*.txt")
    assert "Un autre dossier déclare" in text.read_text(encoding="utf-8-sig")
    assert [path.name for path in (folder / "traités").rglob("*.dsn")] == ["à corriger.dsn"]


def test_a_file_that_still_grows_is_left_alone(folder: Path) -> None:
    path = lay(folder, "gros.dsn", mensuelle()[:2000])
    assert scan(0) == 0
    with path.open("ab") as stream:
        stream.write(mensuelle()[2000:])
    assert scan(0) == 0
    assert not Batch.objects.exists()
    assert scan() == 1
    assert Filing.objects.get().state == FilingState.CHECKED


def test_two_looks_apart_will_do_where_the_clock_of_the_disk_is_wrong(folder: Path) -> None:
    path = lay(folder, "demain.dsn", mensuelle())
    later = now().timestamp() + 9 * 86400
    os.utime(path, (later, later))
    assert [scan(0), scan(0.1), scan(0.2)] == [0, 0, 1]


def test_a_file_that_changed_between_two_looks_waits_for_another() -> None:
    path, looks, moment = Path("/échange/a.dsn"), dropped.Looks(), now().timestamp()
    found = []
    for step, size in enumerate((10, 20, 20, 20)):
        look = dropped.Look(size, int(moment * 1e9), 7)
        found.append(looks.is_whole(path, look, moment + step * dropped.REST_SECONDS / 2))
    assert found == [False, False, False, True]


def test_hidden_unfinished_and_put_away_files_are_passed_over(folder: Path) -> None:
    for name in (".caché.dsn", "a.part", "b.TMP", "~$c.dsn", "d.dsn~", "Thumbs.db", "e.dsn.filepart"):
        lay(folder, name, mensuelle())
    for place in ("traités", "refusés", "autre"):
        (folder / place).mkdir()
        lay(folder / place, "ancien.dsn", mensuelle())
    before = there(folder)
    assert scan() == 0
    assert there(folder) == before
    assert not Batch.objects.exists()


def test_the_same_file_twice_is_one_filing_and_both_are_kept(folder: Path) -> None:
    for _ in range(3):
        lay(folder, "octobre.dsn", mensuelle())
        assert scan() == 1
    home = f"traités/{MONTH_FOLDER}"
    assert there(folder) == [f"{home}/octobre (2).dsn", f"{home}/octobre (3).dsn", f"{home}/octobre.dsn"]
    assert Filing.objects.count() == 1


def test_links_are_followed_nowhere(folder: Path, tmp_path: Path) -> None:
    secret = lay(tmp_path, "ailleurs.dsn", mensuelle())
    (folder / "lien.dsn").symlink_to(secret)
    (folder / "vers un dossier").symlink_to(tmp_path)
    (folder / "perdu.dsn").symlink_to(tmp_path / "absent")
    assert scan() == 3
    refused = folder / "refusés" / MONTH_FOLDER
    assert (refused / "lien.dsn").is_symlink()
    assert "lien" in (refused / "lien.dsn.txt").read_text(encoding="utf-8-sig")
    assert secret.read_bytes() == mensuelle()
    assert not ReceivedFile.objects.exists()


def test_a_link_in_place_of_traites_leads_nothing_away(folder: Path, tmp_path: Path, dossier: Dossier) -> None:
    (tmp_path / "dehors").mkdir()
    (folder / "traités").symlink_to(tmp_path / "dehors")
    path = lay(folder, "octobre.dsn", mensuelle())
    assert scan() == 0
    assert path.exists()
    assert "traités" in problem_of(dossier)
    assert not Batch.objects.exists()


def test_an_archive_is_put_away_whole(folder: Path) -> None:
    for name, members in (("bonne.zip", [mensuelle(SIRET), mensuelle(SECOND)]), ("mêlée.zip", [b"bonjour"])):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for number, data in enumerate(members):
                archive.writestr(f"{number}.dsn", data)
        lay(folder, name, packed.getvalue())
    lay(folder, "fausse.zip", b"PK\x03\x04abime")
    assert scan() == 3
    assert [path.name for path in (folder / "traités").rglob("*.zip")] == ["bonne.zip"]
    assert sorted(path.name for path in (folder / "refusés").rglob("*.zip")) == ["fausse.zip", "mêlée.zip"]
    assert Filing.objects.count() == 2


def test_a_folder_that_is_away_is_said_and_heals(folder: Path, dossier: Dossier) -> None:
    away = folder.rename(folder.with_name("débranché"))
    assert scan() == 0
    assert "débranché" not in problem_of(dossier)
    assert "n’existe plus" in problem_of(dossier)
    lay(away, "octobre.dsn", mensuelle())
    away.rename(folder)
    assert scan() == 1
    assert problem_of(dossier) == ""


def test_a_folder_where_nothing_can_be_put_away_is_not_read(folder: Path, dossier: Dossier) -> None:
    lay(folder, "octobre.dsn", mensuelle())
    lay(folder, "traités", b"")
    assert scan() == 0
    assert "traités" in problem_of(dossier)
    assert not Batch.objects.exists()
    (folder / "traités").unlink()
    assert scan() == 1


def test_a_file_that_cannot_be_moved_is_read_once_and_moved_when_it_can(
    folder: Path, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(folder, "libre.dsn", mensuelle(SECOND))
    lay(folder, "octobre.dsn", mensuelle())
    real = os.replace

    def held(source: Path, target: Path) -> None:
        if Path(source).name == "octobre.dsn":
            raise PermissionError(13, "held by another program")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        assert [scan(), scan()] == [1, 0]
    assert "octobre.dsn" in problem_of(dossier)
    assert (Batch.objects.count(), Filing.objects.count()) == (1, 2)
    assert there(folder) == ["octobre.dsn", f"traités/{MONTH_FOLDER}/libre.dsn"]
    assert scan() == 1
    assert problem_of(dossier) == ""
    assert Batch.objects.count() == 1


def test_a_clock_killed_between_reading_and_moving_makes_no_second_filing(folder: Path) -> None:
    lay(folder, "octobre.dsn", mensuelle())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "_put_away", lambda *arguments: False)
        scan()
    exchange._settled.clear()  # its memory went with it
    assert scan() == 1
    assert [row.state for row in ReceivedFile.objects.order_by("pk")] == ["read", "known"]
    assert Filing.objects.count() == 1
    assert there(folder) == [f"traités/{MONTH_FOLDER}/octobre.dsn"]


def test_a_file_that_changed_while_it_was_read_stays_and_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lay(folder, "octobre.dsn", mensuelle())
    real = intake.receive

    def slow(**arguments: object) -> Batch:
        batch: Batch = real(**arguments)  # type: ignore[arg-type]
        path.write_bytes(another(mensuelle()))
        return batch

    with monkeypatch.context() as patch:
        patch.setattr(intake, "receive", slow)
        assert scan() == 0
    assert path.exists()
    assert scan() == 1
    assert Filing.objects.count() == 2


def test_an_archived_dossier_is_said_not_read(folder: Path, dossier: Dossier) -> None:
    lay(folder, "octobre.dsn", mensuelle())
    archive_dossier(actor=OWNER, dossier=dossier)
    assert scan() == 0
    assert "archivé" in problem_of(dossier)
    assert there(folder) == ["octobre.dsn"]
    unarchive_dossier(actor=OWNER, dossier=Dossier.objects.get(pk=dossier.pk))
    assert scan() == 1


def test_one_folder_in_trouble_stops_no_other(folder: Path, other: Dossier, tmp_path: Path) -> None:
    second = _folder_of(other, tmp_path / "autre")
    folder.rmdir()
    lay(second, "octobre.dsn", mensuelle())
    assert scan() == 1


def test_what_cannot_be_kept_stays_in_the_folder(
    folder: Path, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scarabee.dossiers.services import uploads

    lay(folder, "octobre.dsn", mensuelle())
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "SPARE_BYTES", 1 << 62)
        assert scan() == 0
    assert "Libérez de la place" in problem_of(dossier)
    assert scan() == 1


def test_many_files_make_few_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "AT_ONCE", 3)
    for siret in sirets():
        lay(folder, f"{siret}.dsn", mensuelle(siret))
    assert scan() == len(sirets())
    assert Batch.objects.count() == 2
    assert Filing.objects.count() == len(sirets())


def test_a_big_file_is_read_by_the_clock_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "AT_ONCE_BYTES", 10)
    monkeypatch.setattr(intake, "_ring", lambda batch_id: pytest.fail("left to a worker"))
    lay(folder, "octobre.dsn", mensuelle())
    assert scan() == 1


def test_the_clock_looks_into_the_folders(folder: Path) -> None:
    path = lay(folder, "octobre.dsn", mensuelle())
    rounds.local_round()
    assert path.exists()
    with time_machine.travel(now() + timedelta(minutes=2)):
        rounds.local_round()
    assert not path.exists()


def test_a_file_laid_over_one_that_was_read_is_read_too(
    folder: Path, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lay(folder, "octobre.dsn", mensuelle())
    with zipfile.ZipFile(folder / "lot.zip", "w") as archive:
        archive.writestr("autre.dsn", mensuelle(SECOND))
    received = exchange._received

    def slow(dossier: Dossier, files: list[dropped.Dropped]) -> list[ReceivedFile]:
        rows = received(dossier, files)
        if files[0].is_archive:  # the payroll software writes the month again while the archive is read
            path.write_bytes(another(mensuelle()))
        return rows

    monkeypatch.setattr(exchange, "_received", slow)
    scan()
    assert path.exists()
    scan(minutes=4)
    assert there(folder) == [
        f"traités/{MONTH_FOLDER}/lot.zip",
        f"traités/{MONTH_FOLDER}/octobre.dsn",
    ]
    assert sorted(Filing.objects.values_list("siret", flat=True)) == sorted([SIRET, SIRET, SECOND])


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_do_no_harm(tmp_path: Path) -> None:
    from django.db import OperationalError, connection

    dossier = create_dossier(actor=OWNER, name="Val")
    folder = _folder_of(dossier, tmp_path / "échange")
    for siret in sirets():
        lay(folder, f"{siret}.dsn", mensuelle(siret))

    def tick() -> None:
        try:
            scan()
        except OperationalError:  # the database in memory refuses at once where a file would wait
            pass
        finally:
            connection.close()

    clocks = [threading.Thread(target=tick) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join(60)
    scan()
    intake.resume_stale()
    assert sorted(Filing.objects.values_list("siret", flat=True)) == sorted(sirets())
    kept = [path for path in (folder / "traités").rglob("*.dsn") if path.stat().st_size]
    assert sorted(path.stem for path in kept) == sorted(sirets())
    assert there(folder) == sorted(path.relative_to(folder).as_posix() for path in kept)
