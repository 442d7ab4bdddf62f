"""Saving an installation: what the archive holds, what the row and the journal say, what is refused."""

import json
import os
import platform
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from tests.backups.bureau import fill

from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.accounts.vault import keys as vault_keys
from scarabee.backups import archive, contents, keys, places, proving, writing
from scarabee.backups.errors import ArchiveUnreadable, NoRoom, NotWritten, Reason
from scarabee.backups.models import Backup
from scarabee.dossiers import health_checks
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Content, Dossier
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.health.checks import Level
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = Actor.owner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder of its own, with keys of its own."""
    home = tmp_path / "donnees"
    home.mkdir()
    settings.DATA_FOLDER = home
    settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE = home / "cle-coffre", home / "cle-sauvegarde"
    return home


def back_up(**asked: Any) -> Backup:
    return writing.back_up(actor=OWNER, reason="essai", **asked)


def opened(backup: Backup) -> tuple[dict[str, Any], dict[str, bytes], dict[str, Any]]:
    """The manifest, the members and the proof of an archive."""
    with archive.reading(Path(backup.path), keys.identities()) as found:
        members = {member.name: member.file.read() for member in found.members()}
        return found.manifest, members, found.proof


def left(home: Path) -> set[str]:
    return {one.name for one in (home / "sauvegardes").iterdir()} - {"verrou"}


def test_everything_is_in_the_archive_and_it_was_proved(home: Path) -> None:
    fill()
    digests = {one.name: dossier_digest(one) for one in Dossier.objects.all()}
    head = JournalEntry.objects.values("sequence", "hash").first()
    backup = back_up()
    manifest, members, proof = opened(backup)
    assert backup.made_at and backup.proved_at and not backup.problem
    assert (manifest["kind"], manifest["what"], manifest["reason"]) == ("installation", writing.WHAT, "essai")
    assert (manifest["engine"], manifest["portal"]) == (connection.vendor, "production")
    assert "0001_initial" in manifest["migrations"]["backups"]
    assert {one["name"]: one["digest"] for one in proof["dossiers"]} == digests
    assert proof["journal"] == head
    assert proof["rows"] == backup.counts
    assert proof["rows"]["dossiers_dossier"] == len(digests)
    if connection.vendor == "sqlite":
        database = sqlite3.connect(":memory:")
        database.deserialize(members[contents.DATABASE])
        assert {name for (name,) in database.execute("SELECT name FROM dossiers_dossier")} == set(digests)
        database.close()
    else:
        assert set(manifest["tables"]) == {str(contents.table_of(name)) for name in members if "/" in name} - {"None"}
        columns = manifest["tables"]["dossiers_dossier"]
        lines = members["tables/dossiers_dossier.copy"].decode().splitlines()
        names = {line.split("\t")[columns.index("name")] for line in lines}
        assert names == set(digests)
    assert left(home) == {Path(backup.path).name}


def test_the_archive_is_for_its_owner_alone_and_says_when_and_what_by_its_name(home: Path) -> None:
    path = Path(back_up().path)
    assert path.parent == home / "sauvegardes"
    assert path.name.startswith("scarabee-20") and path.name.endswith("-installation.tar.zst.age")
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert b"SQLite" not in path.read_bytes()


def test_the_keys_of_the_vault_travel_inside_and_open_the_passwords() -> None:
    fill()
    _, members, _ = opened(back_up())
    secrets = members[contents.VAULT_KEYS].decode().split()
    token = PortalIdentifiers.objects.get().sealed.split(".")[2]
    assert json.loads(Fernet(secrets[0]).decrypt(token.encode()))["value"]


class Keyring:
    """A keyring of the system, as the library shows it."""

    name, priority = "essai", 5
    kept: dict[str, str] = {}
    is_closed = False

    def get_password(self, service: str, entry: str) -> str | None:
        if self.is_closed:
            raise OSError("fermé")
        return self.kept.get(entry)

    def set_password(self, service: str, entry: str, secret: str) -> None:
        self.kept[entry] = secret

    def delete_password(self, service: str, entry: str) -> None:
        del self.kept[entry]


def test_a_key_kept_in_the_keyring_is_written_out_and_a_closed_keyring_is_told(settings: Any) -> None:
    settings.VAULT_IN_KEYRING, settings.VAULT_KEYRING = True, Keyring()
    fill()
    assert Path(settings.VAULT_KEY_FILE).read_text().startswith("trousseau ")
    _, members, _ = opened(back_up())
    assert members[contents.VAULT_KEYS].decode().split() == list(Keyring.kept.values())
    settings.VAULT_KEYRING.is_closed = True
    vault_keys._seen.clear()
    backup = back_up()
    assert backup.proved_at and backup.problem == proving.KEYS_MISSING
    assert contents.VAULT_KEYS not in opened(backup)[1]


def test_files_that_wait_are_saved_and_those_that_arrive_are_not(home: Path) -> None:
    for name in ("imports/7/0000-envoi.dsn", "depots/2/lot.dsn", "imports/arrivees/x"):
        (home / "fichiers" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "fichiers" / name).write_bytes(name.encode())
    (home / "fichiers" / "lien").symlink_to("/etc/passwd")
    _, members, _ = opened(back_up())
    kept = {name: content for name, content in members.items() if name.startswith("fichiers/")}
    assert kept == {f"fichiers/{name}": name.encode() for name in ("imports/7/0000-envoi.dsn", "depots/2/lot.dsn")}
    assert (home / "fichiers" / "depots" / "2" / "lot.dsn").exists()


def test_each_backup_and_each_proof_is_told_to_the_journal() -> None:
    backup = back_up()
    proving.verify(actor=OWNER, path=Path(backup.path))
    entries = list(JournalEntry.objects.filter(code__startswith="sauvegarde.").order_by("sequence"))
    assert [one.code for one in entries] == ["sauvegarde.faite", "sauvegarde.verifiee", "sauvegarde.verifiee"]
    assert entries[0].facts["archive_sha256"] == backup.sha256
    assert journal.verify() == []


def test_another_folder_is_made_and_another_name_is_kept(tmp_path: Path) -> None:
    backup = back_up(folder=tmp_path / "clé" / "usb", name="lundi.age")
    assert Path(backup.path) == tmp_path / "clé" / "usb" / "lundi.age"
    assert Path(backup.path).is_file()
    with pytest.raises(Refusal, match="existe déjà"):
        back_up(folder=tmp_path / "clé" / "usb", name="lundi.age")


def test_two_in_the_same_second_do_not_replace_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = now()
    monkeypatch.setattr(writing, "now", lambda: moment)
    paths = [Path(back_up().path) for _ in range(3)]
    assert [path.name.partition("installation")[2] for path in paths] == [f"{n}.tar.zst.age" for n in ("", "-2", "-3")]
    assert all(path.is_file() for path in paths)


def test_whoever_is_no_administrator_saves_nothing(home: Path) -> None:
    actor = Actor.of(User.objects.create(username="Zoé"))
    with pytest.raises(NotAllowed):
        writing.back_up(actor=actor, reason="essai")
    with pytest.raises(NotAllowed):
        proving.verify(actor=actor, path=home / "a")
    assert not Backup.objects.exists()


def test_the_scratch_folder_of_a_proof_under_way_is_left_alone_and_that_of_a_dead_one_goes(home: Path) -> None:
    dead = places.backups_folder() / ".brouillon-mort"
    dead.mkdir()
    with places.scratch_folder() as mine:
        (mine / "base.sqlite3").touch()
        assert back_up().proved_at
        assert (mine / "base.sqlite3").exists() and not dead.exists()
    assert not mine.exists()


def test_nothing_is_held_open_in_the_database_while_sqlite_pages_are_encrypted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    write = archive.write

    def watched(path: Path, **asked: Any) -> archive.Written:
        seen.append(connection.in_atomic_block)
        return write(path, **asked)

    monkeypatch.setattr(archive, "write", watched)
    back_up()
    assert seen == [connection.vendor == "postgresql"]


def test_an_archive_cannot_be_proved_without_any_key(tmp_path: Path, settings: Any) -> None:
    path = Path(back_up().path)
    settings.BACKUP_KEY_FILE = tmp_path / "aucune"
    with pytest.raises(ArchiveUnreadable) as refusal:
        proving.prove(path)
    assert refusal.value.reason is Reason.KEY


def test_a_key_of_the_vault_that_cannot_be_read_stops_nothing_and_is_told(settings: Any) -> None:
    Path(settings.VAULT_KEY_FILE).mkdir()
    backup = back_up()
    assert backup.proved_at and backup.problem == proving.KEYS_MISSING


def test_a_second_one_is_refused_while_the_first_is_written() -> None:
    with places.alone() as mine:
        assert mine
        with pytest.raises(Refusal, match="en cours"):
            back_up()
    assert back_up().proved_at


def test_too_little_room_is_said_before_anything_is_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = os.statvfs(home)
    monkeypatch.setattr(writing, "SPARE_BYTES", usage.f_frsize * usage.f_blocks)
    with pytest.raises(NoRoom, match="Il reste"):
        back_up()
    backup = Backup.objects.get()
    assert not backup.made_at and backup.problem.startswith("Il reste")
    assert left(home) == set()


def test_a_folder_that_cannot_be_written_is_said_with_what_is_safe(tmp_path: Path) -> None:
    (tmp_path / "fichier").touch()
    with pytest.raises(NotWritten) as refusal:
        back_up(folder=tmp_path / "fichier" / "dessous")
    assert "intactes" in refusal.value.safe
    assert Backup.objects.get().problem == str(refusal.value)


def test_an_archive_that_was_changed_is_refused_by_its_proof_and_the_row_says_so() -> None:
    backup = back_up()
    path = Path(backup.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveUnreadable):
        proving.verify(actor=OWNER, path=path)
    backup.refresh_from_db()
    assert backup.proved_at is None and "abîmée" in backup.problem
    assert JournalEntry.objects.latest("sequence").code == "sauvegarde.illisible"


def test_what_cannot_be_proved_just_after_it_was_written_loses_its_name(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = archive.write

    def write_badly(path: Path, **asked: Any) -> archive.Written:
        written = write(path, **asked)
        with path.open("r+b") as file:
            file.truncate(written.size - 1)
        return written

    monkeypatch.setattr(archive, "write", write_badly)
    with pytest.raises(ArchiveUnreadable) as refusal:
        back_up()
    assert refusal.value.reason is Reason.TRUNCATED
    backup = Backup.objects.get()
    assert backup.proved_at is None and "incomplète" in backup.problem
    assert left(home) == {f"{Path(backup.path).name}{proving.REFUSED}"}


def test_a_database_that_is_damaged_inside_a_sound_archive_is_refused(tmp_path: Path) -> None:
    pages = tmp_path / "base.sqlite3"
    database = sqlite3.connect(pages)
    database.executescript(
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a);"
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000) INSERT INTO t SELECT x FROM n;"
    )
    database.close()
    content = bytearray(pages.read_bytes())
    content[3 * 4096 + 100 : 4 * 4096] = bytes(4096 - 100)
    path = tmp_path / "a"
    member = archive.Member.of_bytes(contents.DATABASE, bytes(content))
    archive.write(
        path, recipients=[keys.recipient(keys.writing_identity())], manifest={}, members=[member],
        findings=lambda: {"rows": {"t": 2000}},
    )  # fmt: skip
    with pytest.raises(ArchiveUnreadable, match="base SQLite est abîmée"):
        proving.prove(path)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks its pages itself")
def test_a_content_whose_bytes_a_disk_has_changed_is_never_in_an_archive_that_is_proved() -> None:
    fill()
    content = Content.objects.order_by("pk").first()
    assert content is not None
    spoiled = bytearray(content.compressed)
    spoiled[len(spoiled) // 2] ^= 1
    Content.objects.filter(pk=content.pk).update(compressed=bytes(spoiled))
    with pytest.raises(ArchiveUnreadable, match="contenus abîmés"):
        back_up()
    assert Backup.objects.get().proved_at is None
    assert health_checks.whole().level is Level.ERROR


def test_rows_that_are_missing_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "a"
    member = archive.Member.of_bytes("tables/t.copy", b"1\n2\n")
    archive.write(
        path, recipients=[keys.recipient(keys.writing_identity())], manifest={}, members=[member],
        findings=lambda: {"rows": {"t": 3}},
    )  # fmt: skip
    with pytest.raises(ArchiveUnreadable) as refusal:
        proving.prove(path)
    assert refusal.value.reason is Reason.DIFFERENT


def test_a_backup_of_another_computer_that_died_is_told_and_its_files_are_left_to_it(tmp_path: Path) -> None:
    there = tmp_path / "ailleurs.tar.zst.age"
    there.with_name(f"{there.name}.partiel").touch()
    Backup.objects.create(kind="installation", machine=f"pas-{platform.node()}", path=str(there), started_at=now())
    assert writing.sweep_interrupted() == 1
    assert Backup.objects.get().problem == writing.INTERRUPTED
    assert there.with_name(f"{there.name}.partiel").exists()
