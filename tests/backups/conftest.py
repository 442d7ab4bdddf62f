"""A bureau to save and to bring back, and databases beside the one of the test."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.core.management import call_command
from tests.child_processes import with_schema

from scarabee.backups.connecting import connected
from scarabee.maintenance.folder import DATABASE_NAME
from scarabee.settings import database


@cache
def _empty_sqlite() -> Path:
    """A SQLite database of the current schema, whatever engine the tests run on."""
    path = Path(mkdtemp(prefix="scarabee-beside-")) / "empty.sqlite3"
    if not os.environ.get("DATABASE_URL"):
        shutil.copyfile(with_schema(path.parent) / DATABASE_NAME, path)
        return path
    with connected("empty", database.sqlite(path)) as alias:
        call_command("migrate", database=alias, verbosity=0)
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
