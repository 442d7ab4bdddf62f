"""Running the real command in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def outside() -> dict[str, str]:
    """The environment of a user: nothing of the tests' settings in it."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "SCARABEE_"))}


@pytest.fixture
def scarabee(outside: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `scarabee` with these arguments and give back its code, output and errors."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scarabee.cli.main", *map(str, arguments)]
        return subprocess.run(command, env=outside, capture_output=True, text=True, timeout=120, check=False)

    return run
