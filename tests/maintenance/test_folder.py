import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from scarabee.maintenance.folder import secret_key

_PREPARE = """
import django
django.setup()
from scarabee.maintenance.folder import prepare_folder
print(prepare_folder())
"""


def _start(folder: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "SCARABEE_DONNEES": str(folder),
        "DJANGO_SETTINGS_MODULE": "scarabee.settings.desktop",
    }
    return subprocess.Popen(
        [sys.executable, "-c", _PREPARE],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _prepare(folder: Path) -> bool:
    output, errors = (process := _start(folder)).communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.strip() == "True"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_missing_folder_is_made_private_and_the_second_time_nothing_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "bureau" / "données"
    assert _prepare(folder) is True
    key = (folder / "cle-secrete").read_text()
    assert _prepare(folder) is False
    assert (folder / "cle-secrete").read_text() == key
    if os.name != "nt":
        assert _mode(folder) == 0o700
        assert _mode(folder / "cle-secrete") == 0o600
        assert _mode(folder / "scarabee.sqlite3") == 0o600
    with closing(sqlite3.connect(folder / "scarabee.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_commands_at_once_prepare_the_folder_once(tmp_path: Path) -> None:
    processes = [_start(tmp_path / "données") for _ in range(3)]
    outputs = []
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        outputs.append(output.strip())
    assert sorted(outputs) == ["False", "False", "True"]


def test_a_database_put_back_from_an_older_version_is_migrated_again(tmp_path: Path) -> None:
    folder = tmp_path / "données"
    _prepare(folder)
    with closing(sqlite3.connect(folder / "scarabee.sqlite3")) as database, database:
        database.execute("UPDATE maintenance_schemastamp SET stamp = 'ancien'")
    assert _prepare(folder) is True
    assert _prepare(folder) is False


def test_the_key_is_made_once(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) >= 50
    assert secret_key(tmp_path) == first


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "maintenance", "accounts", check=True, dry_run=True, verbosity=0)
