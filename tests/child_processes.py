"""Processes of their own on a data folder, for the tests that kill them.

A folder without a database gets a copy of an empty one, made once: the schema is not what these tests are about, and
making it takes seconds each time. Where the tests run on PostgreSQL, the folder's database is one of that server.
"""

import atexit
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from scarabee.maintenance.folder import DATABASE_NAME

ROOT = Path(__file__).parents[1]
SERVER = os.environ.get("DATABASE_URL", "")
"""The PostgreSQL of this run (scripts/with-postgres); empty on SQLite."""


def environment_for(folder: Path) -> dict[str, str]:
    """The environment of a process that works on this data folder, with the settings of the tests."""
    environment = {**os.environ, "SCARABEE_DONNEES": str(folder), "DJANGO_SETTINGS_MODULE": "scarabee.settings.test"}
    return environment | database_for(folder)


def database_for(folder: Path) -> dict[str, str]:
    """What tells a process that the database of this folder is one of the server; nothing on SQLite."""
    return {"DATABASE_URL": urlsplit(SERVER)._replace(path="/" + database_of(folder)).geturl()} if SERVER else {}


def database_of(folder: Path) -> str:
    """The name of this folder's database on the server."""
    return "donnees_" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]


@cache
def _empty_folder() -> Path:
    """A data folder whose database has the schema of this version and nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="scarabee-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if SERVER:
        _create_database(folder, "template0")
    prepare = "import django; django.setup(); from scarabee.maintenance.folder import prepare_folder; prepare_folder()"
    subprocess.run([sys.executable, "-c", prepare], cwd=ROOT, env=environment_for(folder), check=True)
    return folder


def with_schema(folder: Path) -> Path:
    """The data folder, with an empty database of its own unless it has one."""
    mark = folder / DATABASE_NAME
    if not mark.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if SERVER:
            _create_database(folder, database_of(_empty_folder()))
            mark.touch()
        else:
            shutil.copyfile(_empty_folder() / DATABASE_NAME, mark)
    return folder


def copy_of(folder: Path, target: Path) -> Path:
    """Another data folder that holds the same, its database too; nobody may be at work on the first."""
    shutil.copytree(folder, target)
    if SERVER:
        _create_database(target, database_of(folder))
    return target


def rows_of(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the database of this folder while others are at work on it."""
    if SERVER:
        with psycopg.connect(environment_for(folder)["DATABASE_URL"], autocommit=True) as server:
            return server.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(f"file:{folder / DATABASE_NAME}?mode=ro", uri=True)) as base:
        return base.execute(query).fetchall()


def _create_database(folder: Path, template: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database_of(folder)} TEMPLATE {template} STRATEGY file_copy".encode())


def start_child(module: str, folder: Path, *arguments: object) -> subprocess.Popen[str]:
    """Run a module of the tests on this data folder, with the settings of the tests."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment_for(with_schema(folder)),
        stdout=subprocess.PIPE,
        text=True,
    )


def ask_child(module: str, folder: Path, *arguments: object) -> Any:
    """What such a module writes as JSON on its last line; fails when the module does."""
    with start_child(module, folder, *arguments) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, arguments
    return json.loads(out.splitlines()[-1])
