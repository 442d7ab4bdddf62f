"""`personne` and `conservation` as typed: no number of anybody on the command line."""

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN, declaration, envoi
from tests.privacy.bureau import ZEPHYRINE, left_of_her, small
from tests.transfers import scenes

from scarabee.cli.main import main
from scarabee.dossiers.models import Declaration

Typed = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def typed(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in this process: its code, its JSON if any, what it says."""
    monkeypatch.delenv("SCARABEE_PORTAIL", raising=False)

    def run(*arguments: object, stdin: str = "") -> tuple[int, Any, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else None, err

    return run


@pytest.mark.django_db(transaction=True)
def test_a_person_is_found_exported_and_erased_by_local_number(typed: Typed, tmp_path: Path) -> None:
    small("Associations du Val", "Repli")
    code, found, _ = typed("personne", "chercher", "--json", stdin=f"{ZEPHYRINE.nir}\n")
    assert code == 0 and len(found) == 2
    number, path = found[0]["number"], tmp_path / "elle.zip"
    code, told, _ = typed("personne", "exporter", number, "--sortie", path, "--json")
    assert (code, told["places"]) == (0, 2) and path.stat().st_mode & 0o077 == 0
    assert zipfile.ZipFile(path).testzip() is None
    path.unlink()
    code, _, said = typed("personne", "effacer", number)
    assert code == 1 and "Repli, employeur" in said and "--confirmer" in said
    code, _, said = typed("personne", "effacer", number, "--confirmer")
    assert code == 1 and "motif" in said
    code, done, _ = typed("personne", "effacer", number, "--confirmer", "--motif", "À sa demande", "--json")
    assert (code, done["counts"]["people"]) == (0, 2) and done["settled_at"] and left_of_her() == set()
    code, listed, _ = typed("personne", "effacements", "--json")
    assert code == 0 and [one["number"] for one in listed] == [done["number"]]


@pytest.mark.django_db(transaction=True)
def test_durations_are_shown_set_proposed_and_applied(typed: Typed) -> None:
    scenes.dossier_of("Associations du Val", [envoi(declaration((ALAIN,), month="2018-05"))])
    code, told, _ = typed("conservation", "--json")
    assert typed("conservation", "--json", "etat")[1] == told
    assert code == 0 and {one["kind"]: one["count"] for one in told}["declarations"] == 1
    assert typed("conservation", "regler", "declarations", "12")[0] == 1
    code, told, _ = typed("conservation", "regler", "declarations", "60", "--json")
    assert (code, told["months"]) == (0, 60)
    code, (told,), _ = typed("conservation", "proposer", "declarations", "--json")
    assert told["dossiers"][0]["oldest"] == "2018-05"
    code, _, said = typed("conservation", "appliquer", "declarations")
    assert code == 1 and "--confirmer 1" in said
    assert typed("conservation", "appliquer", "declarations", "--confirmer", "2")[0] == 1
    code, told, _ = typed("conservation", "appliquer", "declarations", "--confirmer", "1", "--json")
    assert (code, told["removed"]) == (0, 1) and not Declaration.objects.exists()
