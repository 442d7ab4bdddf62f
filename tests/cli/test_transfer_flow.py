"""The whole way: files in, a transfer with its proof, a second one, undo, files out."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.dossiers.small_files import (
    ALAIN,
    ASSOCIATION,
    BRIGITTE,
    OTHER_ASSOCIATION,
    Someone,
    declaration,
    envoi,
    small_file,
)

SAMPLES = sorted((Path(__file__).parents[3] / "shared/data/dsn/conformes").glob("*.dsn"))
needs_samples = pytest.mark.skipif(not SAMPLES, reason="no sample DSN files beside the repository")

NOTHING = {"employers": 0, "employees": 0, "declarations": 0, "employee_months": 0}
_S20 = re.compile(rb"^S20\.G00\.05\.001,.*?(?=^S20\.G00\.05\.001,|^S90\.)", re.MULTILINE | re.DOTALL)


def declarations_of(paths: list[Path]) -> list[bytes]:
    return sorted(one for path in paths for one in _S20.findall(path.read_bytes()))


def listed(run: Run) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in run("dossiers", "--json").json}


@pytest.fixture
def two_employers(run: Run, tmp_path: Path) -> None:
    """Dossier A: two associations, two months of the first, Brigitte and Alain there, another Alain in the second."""
    files = {
        "mars.dsn": small_file(),
        "avril.dsn": small_file(month="2026-04"),
        "autre.dsn": small_file((Someone("1700175345678", "PETIT", "Luc", "M001"),), siret=OTHER_ASSOCIATION),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert run("importer", *(tmp_path / name for name in files), "--dossier", "A", "--creer").code == 0


@needs_samples
@pytest.mark.slow
def test_every_sample_goes_through_import_transfer_undo_and_export(run: Run, tmp_path: Path) -> None:
    imported = run("importer", *SAMPLES, "--dossier", "A", "--creer", "--json")
    assert imported.code == 0, imported.err
    assert [one["file"] for one in imported.json["files"]] == [str(path) for path in SAMPLES]
    assert {one["status"] for one in imported.json["files"]} <= {"imported", "changed"}
    before = listed(run)["A"]
    counts = {kind: sum(one[kind] for one in imported.json["files"]) for kind in NOTHING}
    assert {kind: before[kind] for kind in NOTHING} == counts

    first = run("transferer", "--de", "A", "--vers", "B", "--tout", "--creer", "--json").json
    assert first["created"] == counts
    assert first["identical"] == first["expected"] == sum(counts.values())
    assert listed(run) == {"A": before, "B": {**before, "name": "B"}}
    assert first["digest"] == before["digest"]

    second = run("transferer", "--de", "A", "--vers", "B", "--tout", "--creer", "--json").json
    assert second["created"] == second["completed"] == NOTHING
    assert second["left"] == counts
    assert second["identical"] == second["expected"] == first["expected"]

    for name in ("A", "B"):
        folder = tmp_path / name
        exported = run("exporter", "--dossier", name, "--sortie", folder, "--json")
        assert exported.code == 0
        paths = [Path(one["path"]) for one in exported.json["files"]]
        assert sorted(paths) == sorted(folder.iterdir())
        assert declarations_of(paths) == declarations_of(SAMPLES)
        for one in exported.json["files"]:
            assert not one["partial"]
            assert one["lines"] == len(Path(one["path"]).read_bytes().splitlines())

    undone = run("annuler-transfert", first["number"], "--json")
    assert undone.code == 0, undone.err
    assert undone.json["removed_dossier"] is True
    assert listed(run) == {"A": before}


@pytest.mark.usefixtures("two_employers")
def test_undo_leaves_a_dossier_that_was_there_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mai.dsn").write_bytes(small_file((ALAIN,), month="2026-05"))
    run("importer", tmp_path / "mai.dsn", "--dossier", "B", "--creer", "--malgre-autre-dossier")
    before = listed(run)
    done = run("transferer", "--de", "A", "--vers", "B", "--tout", "--json").json
    assert done["created"]["employers"] == 1
    assert done["completed"]["employers"] == 1
    assert listed(run)["A"] == before["A"]
    assert listed(run)["B"] != before["B"]
    assert run("annuler-transfert", done["number"]).code == 0
    assert listed(run) == before
    again = run("annuler-transfert", done["number"], "--json")
    assert again.code == 1
    assert "déjà annulé" in again.json["error"]["message"]


@pytest.mark.usefixtures("two_employers")
def test_a_preview_writes_nothing_and_says_what_execution_says(run: Run) -> None:
    words = ("transferer", "--de", "A", "--vers", "B", "--tout", "--creer", "--json")
    before = listed(run)
    preview = run(*words, "--apercu")
    assert preview.code == 0
    assert preview.json["number"] is None
    assert preview.json["identical"] is None
    assert listed(run) == before
    assert run("transferts", "--json").json == []
    done = run(*words).json
    for key in ("created", "completed", "left", "expected"):
        assert preview.json[key] == done[key]


@pytest.mark.usefixtures("two_employers")
def test_some_people_go_and_the_rest_later(run: Run) -> None:
    alone = run(
        "transferer", "--de", "A", "--vers", "B", "--creer", "--json", "--salarie", f"{ASSOCIATION}:{BRIGITTE.nir}"
    ).json
    assert alone["created"] == {"employers": 1, "employees": 1, "declarations": 2, "employee_months": 2}
    assert [one["family_name"] for one in run("salaries", "--dossier", "B", "--json").json] == ["NOËL"]
    both = run(
        "transferer", "--de", "A", "--vers", "B", "--json",
        "--employeur", ASSOCIATION, "--salarie", f"{ASSOCIATION}:M001", "--employeur", OTHER_ASSOCIATION,
    ).json  # fmt: skip
    assert both["created"]["employers"] == 1
    assert both["expected"] == both["identical"]
    assert listed(run)["B"]["digest"] == listed(run)["A"]["digest"]


@pytest.mark.usefixtures("two_employers")
def test_people_are_read_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    monkeypatch.setattr("sys.stdin", StringIO(f"{ASSOCIATION}:M002\n\n{OTHER_ASSOCIATION}:M001\n"))
    done = run("transferer", "--de", "A", "--vers", "B", "--creer", "--salaries", "-", "--json").json
    assert done["created"]["employees"] == 2
    monkeypatch.setattr("sys.stdin", StringIO(f"{ASSOCIATION}:M002\nsans deux-points\n"))
    wrong = run("transferer", "--de", "A", "--vers", "B", "--salaries", "-")
    assert wrong.code == 2
    assert "ligne 2" in wrong.err


@pytest.mark.usefixtures("two_employers")
def test_the_destination_may_declare(run: Run) -> None:
    words = ("transferer", "--de", "A", "--vers", "B", "--creer", "--employeur", ASSOCIATION)
    assert run(*words).code == 0
    assert run("declarant", ASSOCIATION, "--json").json == {
        "siret": ASSOCIATION,
        "dossier": "A",
        "copies": ["A", "B"],
    }
    handed = run(*words, "--declarant", "destination")
    assert handed.code == 0
    assert f"« B » déclare désormais {ASSOCIATION}" in handed.err
    assert run("declarant", ASSOCIATION).out == f"{ASSOCIATION}\tB\n"
    assert run("declarant", ASSOCIATION, "--dossier", "A", "--json").json["dossier"] == "A"


@pytest.mark.usefixtures("two_employers")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--de", "A", "--vers", "B", "--tout"], "--creer"),
        (["--de", "Z", "--vers", "B", "--tout", "--creer"], "« Z » n’existe pas"),
        (["--de", "A", "--vers", "A", "--tout"], "dossier d’origine"),
        (["--de", "A", "--vers", "B", "--creer", "--employeur", "00000000000000"], "00000000000000"),
        (["--de", "A", "--vers", "B", "--creer", "--salarie", f"{ASSOCIATION}:inconnu"], "inconnu"),
        (["--de", "A", "--vers", "B", "--creer", "--salarie", f"{ASSOCIATION}:#0"], "#0"),
    ],
)
def test_what_cannot_be_transferred_is_refused(run: Run, arguments: list[str], words: str) -> None:
    before = listed(run)
    refused = run("transferer", *arguments, "--json")
    assert refused.code == 1
    error = refused.json["error"]
    assert words in f"{error['message']} {error['remedy']}"
    assert words in refused.err
    assert listed(run) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--de", "A", "--vers", "B"],
        ["--de", "A", "--tout"],
        ["--de", "A", "--vers", "B", "--tout", "--employeur", ASSOCIATION],
        ["--de", "A", "--vers", "B", "--salarie", "sans-deux-points"],
        ["--de", "A", "--vers", "B", "--tout", "--si-existe", "fusionner"],
    ],
)
def test_a_transfer_that_is_wrongly_written_exits_with_two(run: Run, arguments: list[str]) -> None:
    assert run("transferer", *arguments).code == 2


def test_a_matricule_of_two_people_is_refused_with_their_numbers(run: Run, tmp_path: Path) -> None:
    twins = (ALAIN, Someone("2900675234567", "NOËL", "Brigitte", ALAIN.matricule))
    (tmp_path / "jumeaux.dsn").write_bytes(envoi(declaration(twins)))
    run("importer", tmp_path / "jumeaux.dsn", "--dossier", "A", "--creer")
    numbers = {one["family_name"]: one["number"] for one in run("salaries", "--dossier", "A", "--json").json}
    asked = ("transferer", "--de", "A", "--vers", "B", "--creer", "--json", "--salarie")
    refused = run(*asked, f"{ASSOCIATION}:{ALAIN.matricule}")
    assert refused.code == 1
    for number in numbers.values():
        assert f"#{number} " in refused.json["error"]["message"]
    done = run(*asked, f"{ASSOCIATION}:#{numbers['NOËL']}").json
    assert done["created"]["employees"] == 1
    assert run("salaries", "--dossier", "B", "--json").json[0]["family_name"] == "NOËL"
    spaced = " ".join((ALAIN.nir[:1], ALAIN.nir[1:7], ALAIN.nir[7:]))
    assert run(*asked, f"{ASSOCIATION}:{spaced}").json["created"]["employees"] == 1
