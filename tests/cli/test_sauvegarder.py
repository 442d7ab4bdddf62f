"""Backups at the command line: made, listed, checked; the key kit shown."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import with_schema
from tests.cli.conftest import Run

from scarabee.backups.models import Backup
from scarabee.maintenance.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder of its own, with keys of its own."""
    home = tmp_path / "donnees"
    home.mkdir()
    settings.DATA_FOLDER = home
    settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE = home / "cle-coffre", home / "cle-sauvegarde"
    return home


def test_a_backup_is_made_checked_and_listed(run: Run, tmp_path: Path) -> None:
    made = run("sauvegarder", "--sortie", tmp_path / "clé usb", "--json")
    assert made.code == 0
    path = Path(made.json["path"])
    assert path.parent == tmp_path / "clé usb" and path.is_file()
    assert made.json["proved_at"] and made.json["problem"] == "" and len(made.json["sha256"]) == 64
    assert "relue et vérifiée" in made.err and "scarabee trousse" in made.err
    checked = run("verifier-sauvegarde", path, "--json")
    assert checked.code == 0
    assert checked.json["ok"] is True and checked.json["kind"] == "installation"
    assert sum(checked.json["rows"].values()) == made.json["rows"]
    assert run("verifier-sauvegarde", path).out.startswith("L’archive est entière : ")
    (listed,) = run("sauvegardes", "--json").json
    assert (listed["number"], listed["path"]) == (made.json["number"], str(path))
    assert "vérifiée" in run("sauvegardes").out


def test_a_file_may_be_named_and_the_path_alone_is_printed(run: Run, tmp_path: Path) -> None:
    made = run("sauvegarder", "--sortie", tmp_path / "lundi.age")
    assert (made.code, made.out) == (0, f"{tmp_path / 'lundi.age'}\n")
    again = run("sauvegarder", "--sortie", tmp_path / "lundi.age", "--json")
    assert again.code == 1
    assert "existe déjà" in again.json["error"]["message"]


def test_a_folder_that_exists_is_one_whatever_its_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "disque.2026").mkdir()
    assert run("sauvegarder", "--sortie", tmp_path / "disque.2026").code == 0
    assert len(list((tmp_path / "disque.2026").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"age-encryption.org/v1\n-> X25519 abc"])
def test_a_file_that_is_no_archive_is_refused_with_what_to_do(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "autre.tar.zst.age"
    path.write_bytes(content)
    refused = run("verifier-sauvegarde", path, "--json")
    assert refused.code == 1
    assert "autre.tar.zst.age" in refused.json["error"]["message"] and refused.json["error"]["remedy"]


def test_an_archive_that_is_not_there_is_refused_too(run: Run, tmp_path: Path) -> None:
    refused = run("verifier-sauvegarde", tmp_path / "absente")
    assert refused.code == 1
    assert "n’existe pas" in refused.err


def test_one_that_was_interrupted_is_told_in_the_list(run: Run, tmp_path: Path) -> None:
    Backup.objects.create(kind="installation", machine="x", path=str(tmp_path / "a"), started_at=now())
    assert "Interrompue avant la fin" in run("sauvegardes").out


def test_the_kit_is_shown_alone_on_the_standard_output(run: Run, home: Path) -> None:
    shown = run("trousse")
    assert shown.code == 0
    assert shown.out.strip() == (home / "cle-sauvegarde").read_text().splitlines()[-1]
    assert "scarabee trousse rangee" in shown.err
    assert run("trousse", "--json").json["put_away"] is False
    assert run("trousse", "rangee").code == 0
    assert run("trousse", "--json").json["put_away"] is True
    assert "scarabee trousse" not in run("sauvegarder").err


def test_the_kit_is_in_no_journal_and_no_list(run: Run) -> None:
    kit = run("trousse").out.strip()
    run("sauvegarder")
    said = run("journal", "--json").out + run("journal").out + run("sauvegardes", "--json").out
    assert "AGE-SECRET-KEY" not in said and kit not in said
    assert "Trousse de clés montrée" in run("journal").out


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="a monoposte, as its user runs it")
def test_a_real_command_makes_an_archive_that_sqlite_opens(scarabee: Any, tmp_path: Path) -> None:
    folder = with_schema(tmp_path / "donnees du bureau")
    scarabee("--donnees", folder, "dossier", "creer", "Associations du Val")
    made = scarabee("--donnees", folder, "sauvegarder", "--json")
    assert made.returncode == 0, made.stderr
    key = scarabee("--donnees", folder, "trousse").stdout.strip()
    archive = json.loads(made.stdout)["path"]
    assert Path(archive).parent == folder / "sauvegardes"
    database = sqlite3.connect(":memory:")
    database.deserialize(_database_in(Path(archive), key))
    assert database.execute("SELECT name FROM dossiers_dossier").fetchall() == [("Associations du Val",)]
    database.close()


def _database_in(path: Path, key: str) -> bytes:
    """What three libraries that know nothing of Scarabée find in an archive."""
    import io
    import tarfile

    import pyrage
    import zstandard

    plain = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(key)])
    unpacked = zstandard.ZstdDecompressor().stream_reader(plain, read_across_frames=True).read()
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        found = tar.extractfile("base.sqlite3")
        assert found is not None
        return found.read()
