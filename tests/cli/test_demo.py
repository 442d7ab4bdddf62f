"""The demonstration: its own folder, filled once, whatever happened to the first attempt."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import rows_of, with_schema
from tests.dossiers.small_files import small_file

from scarabee.cli.commands import demo
from scarabee.filings.notices import is_configured

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")

Scarabee = Callable[..., subprocess.CompletedProcess[str]]
WAIT_SECONDS = 120
MANY = """
import contextlib, io, json, sys
from scarabee.cli.main import main
told = []
for line in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main(line)
    told.append(json.loads(out.getvalue()))
print(json.dumps(told))
"""
"""Many commands in one process, whose start is most of what each would cost."""


def start(folder: Path, environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), "demo", "--sans-navigateur"]
    return subprocess.Popen(
        [*command, "--port", "8800", *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def banner_of(process: subprocess.Popen[str]) -> str:
    """Its standard output until it serves."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def stop(process: subprocess.Popen[str]) -> str:
    """Stop it politely; returns its standard error."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0
    return errors


def asked(folder: Path, environment: dict[str, str], *lines: list[str]) -> list[list[dict[str, Any]]]:
    """What the commands on this folder print as JSON, each as a list of rows."""
    all_lines = json.dumps([["--donnees", str(folder), *line, "--json"] for line in lines])
    command = [sys.executable, "-c", MANY, all_lines]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    found: list[list[dict[str, Any]]] = json.loads(ran.stdout)
    return found


def _deposited(folder: Path) -> set[int]:
    """The deposits that the worker of the demonstration made, once it made all that were ordered for now."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        rows = rows_of(folder, "SELECT id FROM filings_filing WHERE sent_at IS NOT NULL")
        if len(rows) == 4:
            return {number for (number,) in rows}
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)


def _check_deposits(filings: list[dict[str, Any]], folder: Path, deposited: set[int]) -> None:
    """What a bureau finds half-way through the month, and nothing sent that nobody ordered."""
    states = [one["state"] for one in filings if one["number"] not in deposited]
    assert sorted(set(states)) == ["checked", "held", "planned"]
    assert [states.count(state) for state in ("held", "planned")] == [2, 2]
    assert sum(one["blocking"] for one in filings) == 1
    assert any(one["warnings"] and not one["blocking"] for one in filings)
    assert [one["nature"] for one in filings if one["month"] is None] == ["07"]
    assert {one["state"] for one in filings if one["number"] in deposited} <= {"accepted", "conform"}
    (dropped,) = (folder / "echange").rglob("*.dsn")
    assert dropped.stat().st_size


@pytest.mark.slow
def test_a_building_that_was_killed_is_done_again_and_then_kept(tmp_path: Path, outside: dict[str, str]) -> None:
    folder = with_schema(tmp_path / "demo")
    killed = start(folder, outside)
    mark = folder / demo.MARK
    deadline = time.monotonic() + WAIT_SECONDS
    assert killed.stderr is not None
    while "Ligue Nord" not in killed.stderr.readline():
        assert time.monotonic() < deadline
    time.sleep(0.5)
    killed.kill()
    killed.communicate(timeout=WAIT_SECONDS)
    assert mark.read_text(encoding="utf-8") == "en cours"

    process = start(folder, outside)
    banner = banner_of(process)
    link = re.search(r"http://127\.0\.0\.1:(\d+)(/connexion/lien/\S+/)", banner)
    assert link, banner
    connection = http.client.HTTPConnection("127.0.0.1", int(link[1]), timeout=20)
    connection.request("GET", link[2])
    assert connection.getresponse().status == 200
    connection.close()
    assert "inventé" in banner
    deposited = _deposited(folder)
    assert "Ligue Nord" in stop(process)

    names = ["Ligue Nord", "Réseau culture", "Sports et loisirs"]
    dossiers, imports, filings, *of_dossiers = asked(
        folder, outside, ["dossiers"], ["imports"], ["depots"],
        *([command, "--dossier", name] for command in ("employeurs", "salaries") for name in names),
    )  # fmt: skip
    _check_deposits(filings, folder, deposited)
    assert [one["name"] for one in dossiers] == names
    assert sum(one["employers"] for one in dossiers) == 52
    assert sum(one["employees"] for one in dossiers) > 300
    employers = [one for some in of_dossiers[:3] for one in some]
    sirens = [{one["siret"][:9] for one in some} for some in of_dossiers[:3]]
    assert sum(map(len, sirens)) == len(set.union(*sirens)), "one SIREN, one dossier"
    assert sum(one["name"] is None for one in employers) == 3
    assert {one["declaring"] for one in employers} == {True}
    assert max(one["months"] for one in employers) == 12
    assert len({one["siret"] for one in employers}) == 52
    assert {one["state"] for one in imports} == {"done"}
    places = {(one["nir"], one["siret"][:9]) for some in of_dossiers[3:] for one in some if one["nir"]}
    assert len(places) > len({nir for nir, _ in places}), "somebody works for two associations"

    again = start(folder, outside)
    banner_of(again)
    assert "Invention" not in stop(again)
    assert asked(folder, outside, ["dossiers"]) == [dossiers]


def test_real_data_are_never_touched(tmp_path: Path, outside: dict[str, str], scarabee: Scarabee) -> None:
    folder = with_schema(tmp_path / "vraies")
    (tmp_path / "mars.dsn").write_bytes(small_file())
    scarabee("--donnees", folder, "importer", tmp_path / "mars.dsn", "--dossier", "Val", "--creer")
    before = asked(folder, outside, ["dossiers"])
    refused = scarabee("--donnees", folder, "demo", "--reinitialiser")
    assert refused.returncode == 1
    assert "vraies données" in refused.stderr
    assert asked(folder, outside, ["dossiers"]) == before


def test_the_folder_and_the_database_of_real_data_are_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCARABEE_DONNEES", "/vraies")
    monkeypatch.setenv("DATABASE_URL", "postgresql://vraies/scarabee")
    monkeypatch.setenv("SCARABEE_CLE_COFFRE", "/vraies/cle")
    monkeypatch.setenv("SCARABEE_CLE_SAUVEGARDE", "/vraies/cle-sauvegarde")
    monkeypatch.setenv("SCARABEE_SMTP", "smtp://vrai.exemple.fr")
    demo.choose_folder(None)
    assert os.environ["SCARABEE_CLE_COFFRE"] == os.path.join(os.environ["SCARABEE_DONNEES"], "cle-coffre")
    assert os.environ["SCARABEE_CLE_SAUVEGARDE"] == os.path.join(os.environ["SCARABEE_DONNEES"], "cle-sauvegarde")
    assert os.environ["SCARABEE_DONNEES"].endswith("scarabee-demo")
    assert "DATABASE_URL" not in os.environ
    assert not is_configured()
    demo.choose_folder("/ailleurs")
    assert os.environ["SCARABEE_DONNEES"] == "/ailleurs"
