"""Processes of their own on a data folder, for the tests that kill them.

A folder without a database gets a copy of an empty one, made once: the schema is not what these tests are about, and
making it takes seconds each time.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from scarabee.maintenance.folder import DATABASE_NAME

ROOT = Path(__file__).parents[1]


def environment_for(folder: Path) -> dict[str, str]:
    """The environment of a process that works on this data folder, with the settings of the tests."""
    environment = {**os.environ, "SCARABEE_DONNEES": str(folder), "DJANGO_SETTINGS_MODULE": "scarabee.settings.test"}
    environment.pop("DATABASE_URL", None)
    return environment


@cache
def _empty_database() -> Path:
    """A database with the schema of this version and nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="scarabee-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepare = "import django; django.setup(); from scarabee.maintenance.folder import prepare_folder; prepare_folder()"
    subprocess.run([sys.executable, "-c", prepare], cwd=ROOT, env=environment_for(folder), check=True)
    return folder / DATABASE_NAME


def with_schema(folder: Path) -> Path:
    """The data folder, with an empty database in it unless it has one."""
    target = folder / DATABASE_NAME
    if not target.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(_empty_database(), target)
    return folder


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
