"""Running the real command, in a process of its own or in this one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scarabee.cli.main import main

OURS = ("DJANGO_", "SCARABEE_", "DATABASE_URL")


@pytest.fixture
def outside() -> dict[str, str]:
    """The environment of a user: nothing of the tests' settings in it, and the developer's keyring left alone."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "SCARABEE_", "DATABASE_URL"))
    }
    return {**kept, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.fixture
def scarabee(outside: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `scarabee` with these arguments and give back its code, output and errors."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scarabee.cli.main", *map(str, arguments)]
        return subprocess.run(command, env=outside, capture_output=True, text=True, timeout=120, check=False)

    return run


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(db: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, on the database of the test."""

    def in_this_process(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        return Ran(code, *capsys.readouterr())

    return in_this_process
