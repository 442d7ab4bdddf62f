"""Every command holds to the portal that its data folder is bound to."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.child_processes import with_schema

type Scarabee = Callable[..., subprocess.CompletedProcess[str]]
type Environment = dict[str, str]

BOUCHON = "http://127.0.0.1:8700"


def test_the_folder_keeps_the_portal_of_its_first_command(
    tmp_path: Path, scarabee: Scarabee, outside: Environment
) -> None:
    folder = with_schema(tmp_path / "école")
    outside["SCARABEE_PORTAIL"] = BOUCHON
    assert scarabee("--donnees", folder, "dossiers").returncode == 0
    outside["SCARABEE_PORTAIL"] = "production"
    refused = scarabee("--donnees", folder, "dossiers", "--json")
    assert refused.returncode == 1
    assert BOUCHON in json.loads(refused.stdout)["error"]["message"]
    assert "--donnees" in refused.stderr
    del outside["SCARABEE_PORTAIL"]
    assert scarabee("--donnees", folder, "dossiers").returncode == 0


def test_a_value_that_names_no_portal_is_refused_before_anything_is_done(
    tmp_path: Path, scarabee: Scarabee, outside: Environment
) -> None:
    folder = with_schema(tmp_path / "x")
    outside["SCARABEE_PORTAIL"] = "prod"
    refused = scarabee("--donnees", folder, "dossier", "creer", "A")
    assert refused.returncode == 1
    assert "SCARABEE_PORTAIL" in refused.stderr
    assert "Traceback" not in refused.stderr
    outside["SCARABEE_PORTAIL"] = "test"
    assert json.loads(scarabee("--donnees", folder, "dossiers", "--json").stdout) == []


@pytest.mark.parametrize(("value", "code"), [("production", 0), ("test", 1)])
def test_the_web_server_does_not_start_on_a_folder_of_another_portal(
    tmp_path: Path, scarabee: Scarabee, outside: Environment, value: str, code: int
) -> None:
    assert scarabee("--donnees", with_schema(tmp_path), "dossiers").returncode == 0
    environment = {**outside, "SCARABEE_DONNEES": str(tmp_path), "SCARABEE_PORTAIL": value}
    command = [sys.executable, "-c", "import scarabee.web.wsgi"]
    started = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert started.returncode == code, started.stderr
    assert ("le portail de test des éditeurs" in started.stderr) is bool(code)
    assert "Traceback" not in started.stderr
