import errno
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.dossiers.small_files import small_file

from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services import archives, import_runs, uploads
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: object, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def left_behind() -> list[Path]:
    return [path for path in uploads.imports_folder().rglob("*") if path.is_file()]


def test_files_wait_below_the_data_folder_for_their_owner_alone(own_folder: Path) -> None:
    folder, kept = uploads.keep([ContentFile(b"abc", name="Mars été.dsn"), ContentFile(b"", name="vide.dsn")])
    assert folder.is_relative_to(own_folder / "fichiers/imports")
    assert [(one.name, one.size) for one in kept] == [("Mars été.dsn", 3), ("vide.dsn", 0)]
    for one in kept:
        assert one.path is not None
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
        assert one.path.name.isascii()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\paie\\..\\passwd", "/passwd", "a\0b\n/passwd", "…", ""])
def test_a_hostile_name_stays_in_its_folder(name: str) -> None:
    incoming = ContentFile(b"abc")
    incoming.name = name
    folder, (kept,) = uploads.keep([incoming])
    assert kept.path is not None
    assert kept.path.parent == folder
    assert "/" not in kept.name
    assert "\\" not in kept.name
    assert kept.name in {"passwd", "…", "sans nom"}


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(Refusal, match="Aucun fichier"):
        uploads.keep([])


def test_a_disk_without_room_is_said_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=150 << 20))
    with pytest.raises(Refusal, match="150 Mo") as refusal:
        uploads.keep([ContentFile(b"abc", name="a.dsn")])
    assert "Libérez" in refusal.value.remedy
    assert left_behind() == []


class Growing:
    """A file for which the disk is too small."""

    name, size = "b.dsn", 10_000

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"x" * 1000
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_up_while_writing_leaves_nothing() -> None:
    with pytest.raises(Refusal, match="disque est plein"):
        uploads.keep([ContentFile(b"ok", name="a.dsn"), Growing()])
    assert left_behind() == []


def test_a_zip_of_dsn_files_is_opened() -> None:
    archive = zipped({"mars.dsn": b"one", "2026/avril.dsn": b"two!", "__MACOSX/x": b"no", ".DS_Store": b"no"})
    _, kept = uploads.keep([SimpleUploadedFile("paie.zip", archive)])
    assert [(one.name, one.size) for one in kept] == [("paie.zip ▸ mars.dsn", 3), ("paie.zip ▸ avril.dsn", 4)]
    assert len(left_behind()) == 2


def test_a_member_cannot_leave_the_folder() -> None:
    folder, (kept,) = uploads.keep([SimpleUploadedFile("paie.zip", zipped({"../../../evasion.dsn": b"abc"}))])
    assert kept.path is not None
    assert kept.path.parent == folder


def bomb() -> bytes:
    return zipped({"bombe.dsn": b"0" * (30 << 20)})


def lying() -> bytes:
    """An archive that announces 10 bytes and holds 3 MB."""
    data = bytearray(zipped({"a.dsn": os.urandom(1000) * 3000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + at
        data[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def locked() -> bytes:
    data = bytearray(zipped({"a.dsn": b"abc"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (bomb(), "gonfle"),
        (lying(), "abîmée"),
        (locked(), "mot de passe"),
        (zipped({}), "vide"),
        (zipped({"a.dsn": b"abc" * 500})[:-30], "abîmée"),
        (zipped({f"{rank}.dsn": b"" for rank in range(archives.MAX_MEMBERS + 1)}), "1001 fichiers"),
    ],
    ids=["bomb", "lying", "locked", "empty", "cut", "too many"],  # not the bytes: an archive holds the time
)
def test_an_archive_that_will_not_do_is_refused_alone(archive: bytes, words: str, own_folder: Path) -> None:
    files = [SimpleUploadedFile("paie.zip", archive), ContentFile(b"abc", name="a.dsn")]
    _, kept = uploads.keep(files)
    assert words in kept[0].refusal
    assert kept[0].path is None
    assert kept[1].refusal == ""
    assert [path.read_bytes() for path in left_behind()] == [b"abc"]


def test_a_spreadsheet_is_not_taken_for_an_archive() -> None:
    _, (kept,) = uploads.keep([SimpleUploadedFile("paie.xlsx", zipped({"[Content_Types].xml": b"<Types/>"}))])
    assert kept.refusal == ""
    assert kept.name == "paie.xlsx"


def prepared(owner: Actor, dossier: Dossier) -> Act:
    files = [ContentFile(small_file(), name="mars.dsn")]
    return import_runs.prepare_import(actor=owner, dossier=dossier, files=files)


def test_the_files_go_when_the_import_ends(owner: Actor, dossier: Dossier) -> None:
    act = prepared(owner, dossier)
    assert len(left_behind()) == 1
    import_runs.start(actor=owner, act=act)
    assert left_behind() == []
    row = ImportFile.objects.get()
    assert (row.path, row.name) == ("", "mars.dsn")


def test_the_files_go_when_the_import_is_abandoned(owner: Actor, dossier: Dossier) -> None:
    import_runs.abandon(actor=owner, act=prepared(owner, dossier))
    assert left_behind() == []


def test_an_import_forgotten_for_days_is_closed_and_its_files_go(owner: Actor, dossier: Dossier) -> None:
    act = prepared(owner, dossier)
    import_runs.resume_stale_imports()
    assert len(left_behind()) == 1
    Act.objects.update(created_at=now() - timedelta(days=uploads.KEEP_DAYS, hours=1))
    import_runs.resume_stale_imports()
    act.refresh_from_db()
    assert act.state == Act.State.INTERRUPTED
    assert "jours" in act.message
    assert left_behind() == []


def test_what_no_import_waits_for_is_swept_after_a_day(owner: Actor, dossier: Dossier) -> None:
    prepared(owner, dossier)
    uploads.keep([ContentFile(b"abc", name="orphelin.dsn")])
    orphan = uploads.imports_folder() / "999"
    orphan.mkdir()
    (orphan / "0000-a.dsn").write_bytes(b"abc")
    assert uploads.sweep() == 0
    day_before = (now() - timedelta(hours=uploads.ARRIVAL_HOURS + 1)).timestamp()
    for path in uploads.imports_folder().rglob("*"):
        os.utime(path, (day_before, day_before))
    assert uploads.sweep() >= 2
    assert [path.read_bytes() for path in left_behind()] == [small_file()]
