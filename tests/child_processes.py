"""Processes of their own on a data folder, for the tests that kill them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def environment_for(folder: Path) -> dict[str, str]:
    """The environment of a process that works on this data folder, with the settings of the tests."""
    environment = {**os.environ, "SCARABEE_DONNEES": str(folder), "DJANGO_SETTINGS_MODULE": "scarabee.settings.test"}
    environment.pop("DATABASE_URL", None)
    return environment


def start_child(module: str, folder: Path, *arguments: object) -> subprocess.Popen[str]:
    """Run a module of the tests on this data folder, with the settings of the tests."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment_for(folder),
        stdout=subprocess.PIPE,
        text=True,
    )


def ask_child(module: str, folder: Path, *arguments: object) -> Any:
    """What such a module writes as JSON on its last line; fails when the module does."""
    with start_child(module, folder, *arguments) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, arguments
    return json.loads(out.splitlines()[-1])
