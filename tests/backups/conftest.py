"""A bureau to save and to bring back, and databases beside the one of the test."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from scarabee.backups.connecting import connected
from scarabee.backups.scratch import create_tables
from scarabee.settings import database


@cache
def _empty_sqlite() -> Path:
    """A SQLite database of the current schema, whatever engine the tests run on."""
    path = Path(mkdtemp(prefix="scarabee-beside-")) / "empty.sqlite3"
    with connected("empty", database.sqlite(path)) as alias:
        create_tables(alias)
    return path


@pytest.fixture(scope="session", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    if _empty_sqlite.cache_info().currsize:
        shutil.rmtree(_empty_sqlite().parent)


@pytest.fixture
def beside(db: None, tmp_path: Path) -> Iterator[str]:
    """The alias of an empty SQLite database of the current schema."""
    path = tmp_path / "beside.sqlite3"
    shutil.copyfile(_empty_sqlite(), path)
    with connected("beside", database.sqlite(path)) as alias:
        yield alias


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A data folder of its own, with keys of its own."""
    home = tmp_path / "donnees"
    home.mkdir()
    settings.DATA_FOLDER = home
    settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE = home / "cle-coffre", home / "cle-sauvegarde"
    return home
