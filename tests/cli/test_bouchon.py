"""The command that plays the portal: its banner, its refusals, its end."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from scarabee.accounts.services.users import create_user
from scarabee.cli.main import main
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.incidents import INCIDENTS

Scarabee = Callable[..., subprocess.CompletedProcess[str]]
WAIT_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(folder: Path, environment: dict[str, str], *options: str) -> tuple["subprocess.Popen[str]", str]:
    """The command on a free port, and its banner."""
    command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), "bouchon"]
    process = subprocess.Popen(
        [*command, "--port", str(free_port()), *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return process, "".join(lines)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_it_is_serves_and_stops_cleanly(
    tmp_path: Path, outside: dict[str, str], number: signal.Signals
) -> None:
    process, banner = started(tmp_path, outside, "--incident", "maintenance", "lenteur", "--incident", "lenteur")
    assert "faux portail, rien n’est transmis" in banner
    assert "mot de passe Scarabee-2026" in banner
    assert "Incidents joués : maintenance, lenteur" in banner
    address = banner.split("SCARABEE_PORTAIL=")[1].split()[0]
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request("GET", "/", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert (answer.status, bool(answer.read())) == (200, True)
    process.send_signal(number)
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    connection.close()
    assert process.returncode == 0
    assert errors == "Le bouchon est arrêté. Ses dépôts sont gardés.\n"
    assert (tmp_path / "bouchon" / "depots").is_dir()
    assert not list(tmp_path.glob("*.sqlite3*")), "no database is made for it"


def test_accounts_come_from_a_file_and_are_not_printed(tmp_path: Path, outside: dict[str, str]) -> None:
    account = {
        "siret": "46766553500010", "nom": "A", "prenom": "B", "motdepasse": "TresSecret", "service": ["25"],
    }  # fmt: skip
    path = tmp_path / "comptes.json"
    path.write_text(json.dumps([account]))
    process, banner = started(tmp_path, outside, "--comptes", str(path))
    process.terminate()
    process.communicate(timeout=WAIT_SECONDS)
    assert "TresSecret" not in banner and "Compte inventé" not in banner


def test_a_bad_file_of_accounts_is_refused_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCARABEE_DONNEES", str(tmp_path))
    bad = tmp_path / "comptes.json"
    bad.write_text("{")
    assert main(["bouchon", "--comptes", str(bad)]) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert "pas du JSON" in errors and "Rien n’a été ouvert" in errors


def test_a_folder_in_use_is_refused_with_1(tmp_path: Path, outside: dict[str, str], scarabee: Scarabee) -> None:
    process, _ = started(tmp_path, outside)
    second = scarabee("--donnees", tmp_path, "bouchon", "--port", free_port())
    process.terminate()
    process.communicate(timeout=WAIT_SECONDS)
    assert second.returncode == 1
    assert "Un autre bouchon" in second.stderr and "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_refused_with_1(tmp_path: Path, scarabee: Scarabee) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = scarabee("--donnees", tmp_path, "bouchon", "--port", port)
    assert refused.returncode == 1
    assert f"Le port {port}" in refused.stderr


def test_the_incidents_are_listed_and_a_dead_database_does_not_matter(
    tmp_path: Path, outside: dict[str, str], scarabee: Scarabee
) -> None:
    outside["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    listed = scarabee("--donnees", tmp_path, "bouchon", "--incident", "?")
    assert listed.returncode == 0
    assert [name for name in INCIDENTS if f"  {name} " not in listed.stdout] == []


@pytest.mark.parametrize("wrong", [["--incident", "nul"], ["--port", "0"], ["--port", "x"], ["--port", "65536"]])
def test_a_command_badly_written_exits_with_2(wrong: list[str]) -> None:
    assert main(["bouchon", *wrong]) == 2


def test_only_an_administrator_may_play_the_portal(run: Run, owner: Actor) -> None:
    create_user(actor=owner, username="Zoé")
    refused = run("--en-tant-que", "Zoé", "bouchon", "--incident", "?")
    assert (refused.code, refused.out) == (1, "")
    assert "Administrateur" in refused.err
