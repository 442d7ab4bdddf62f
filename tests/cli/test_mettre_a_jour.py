"""A database of the version before is copied, then brought to this one: all of it, or nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from tests.child_processes import ROOT, environment_for, with_schema

from scarabee.maintenance import gate, safety_copy, upgrading
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import DATABASE_NAME
from scarabee.maintenance.locks import try_lock

type Scarabee = Callable[..., subprocess.CompletedProcess[str]]
type Environment = dict[str, str]

_AGE = """
import django
django.setup()
from django.core.management import call_command
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import SchemaStamp
create_dossier(actor=Actor.owner(), name="Secteur nord")
SchemaStamp.objects.update_or_create(pk=1, defaults={"stamp": "ancien", "version": "0.0.9"})
call_command("migrate", "maintenance", "0002", interactive=False, verbosity=0)
"""


@pytest.fixture(scope="module")
def old_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the version before, in which somebody has worked."""
    folder = with_schema(tmp_path_factory.mktemp("ancienne"))
    subprocess.run([sys.executable, "-c", _AGE], cwd=ROOT, env=environment_for(folder), check=True, timeout=120)
    return folder / DATABASE_NAME


@pytest.fixture
def data(old_database: Path, tmp_path: Path, outside: Environment) -> Path:
    """A data folder with that database, and the environment of commands that work on it."""
    folder = tmp_path / "données"
    folder.mkdir(mode=0o700)
    shutil.copyfile(old_database, folder / DATABASE_NAME)
    outside |= {"SCARABEE_DONNEES": str(folder), "SCARABEE_PORTAIL": "http://127.0.0.1:9"}
    outside.pop("DATABASE_URL", None)
    return folder


@pytest.fixture
def service(outside: Environment) -> None:
    outside |= {
        "DJANGO_SETTINGS_MODULE": "scarabee.settings.server", "SCARABEE_HOTES": "paie.fr", "SCARABEE_PROXY": "127.0.0.1"
    }  # fmt: skip


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert database.execute("SELECT name FROM dossiers_dossier").fetchall() == [("Secteur nord",)]
        return {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def copies(folder: Path) -> list[Path]:
    return sorted((folder / safety_copy.FOLDER).glob("*"))


def test_at_home_the_first_command_copies_the_data_then_changes_them(data: Path, scarabee: Scarabee) -> None:
    listed = scarabee("dossiers", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "Secteur nord" in listed.stdout
    assert "maintenance_heartbeat" in tables(data / DATABASE_NAME)
    (copy,) = copies(data)
    assert "maintenance_heartbeat" not in tables(copy)
    if os.name != "nt":
        assert copy.stat().st_mode & 0o077 == 0
    assert scarabee("dossiers").returncode == 0
    assert copies(data) == [copy]


@pytest.mark.usefixtures("service")
def test_a_service_is_upgraded_by_its_command_only(data: Path, scarabee: Scarabee) -> None:
    refused = scarabee("dossiers")
    assert refused.returncode == 1
    assert "mettre-a-jour" in refused.stderr
    assert copies(data) == [] and "maintenance_heartbeat" not in tables(data / DATABASE_NAME)
    done = scarabee("mettre-a-jour")
    assert done.returncode == 0, done.stderr
    assert "Copie faite et relue" in done.stderr
    assert len(copies(data)) == 1 and "maintenance_heartbeat" in tables(data / DATABASE_NAME)
    told = scarabee("journal", "--json").stdout
    assert "maintenance.mise_a_jour" in told and '"former_version": "0.0.9"' in told
    again = scarabee("mettre-a-jour")
    assert (again.returncode, len(copies(data))) == (0, 1)
    assert "rien n’était à faire" in again.stdout


def test_a_change_that_fails_leaves_the_database_as_it_was(data: Path, scarabee: Scarabee) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as database, database:
        database.execute("CREATE TABLE maintenance_heartbeat (x)")
    failed = scarabee("mettre-a-jour")
    assert failed.returncode == 1
    assert "remise comme avant" in failed.stderr
    assert "Traceback" not in failed.stderr
    (copy,) = copies(data)
    assert tables(copy) == tables(data / DATABASE_NAME)
    with closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        assert database.execute("SELECT stamp FROM maintenance_schemastamp").fetchall() == [("ancien",)]


def test_data_of_a_newer_version_are_left_alone(data: Path, scarabee: Scarabee) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as database, database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('maintenance', '0999_x', '2030')")
    for command in ("mettre-a-jour", "dossiers"):
        refused = scarabee(command)
        assert refused.returncode == 1
        assert "Mettez Scarabée à jour" in refused.stderr
    assert copies(data) == []


@pytest.mark.django_db(transaction=True)
def test_work_of_the_version_before_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the place at the gate is taken here as SQLite has it")
    monkeypatch.setattr(upgrading, "PATIENCE_SECONDS", 0.2)
    descriptor = try_lock(gate.Door.WORK.path, alone=False)
    assert descriptor is not None
    try:
        with pytest.raises(Refusal, match="travaille encore"):
            upgrading.bring_up_to_date()
    finally:
        os.close(descriptor)


@pytest.mark.django_db(transaction=True)
def test_the_copy_is_read_again_and_the_newest_three_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.DATA_FOLDER", tmp_path)
    folder = tmp_path / safety_copy.FOLDER
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"scarabee-2020010{day}-000000.old").touch()
    path = safety_copy.make()
    assert [one.name for one in copies(tmp_path)] == [
        "scarabee-20200103-000000.old", "scarabee-20200104-000000.old", path.name
    ]  # fmt: skip
    assert path.stat().st_size > 10_000
    if connection.vendor == "postgresql":
        assert "PASSWORD" not in safety_copy.way_back(path).upper()


@pytest.mark.django_db(transaction=True)
def test_without_room_nothing_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("pg_dump itself says so")
    monkeypatch.setattr("django.conf.settings.DATA_FOLDER", tmp_path)
    monkeypatch.setattr(safety_copy, "database_bytes", lambda: 1 << 60)
    with pytest.raises(Refusal, match="pas la place"):
        safety_copy.make()
    assert copies(tmp_path) == []
