"""`sauvegarder --dossier`, `restaurer --dossier` and `trousse publique` as typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.backups.archives import new_key
from tests.backups.bureau import fill
from tests.dossiers.small_files import ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION

from scarabee.backups import keys
from scarabee.cli.main import main
from scarabee.dossiers.models import Dossier, Employee, Employer

Typed = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def typed(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in this process: its code, its JSON if any, what it says."""
    monkeypatch.delenv("SCARABEE_PORTAIL", raising=False)

    def run(*arguments: object) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else None, err

    return run


@pytest.mark.django_db(transaction=True)
def test_a_dossier_is_saved_looked_at_taken_back_and_given_up_again(typed: Typed) -> None:
    fill()
    code, told, said = typed("sauvegarder", "--dossier", "Associations du Val", "--json")
    assert (code, told["kind"]) == (0, "dossier") and told["proved_at"]
    assert "Elle contient : dossier « Associations du Val »." in said
    code, seen, said = typed("restaurer", told["path"], "--dossier", "--apercu", "--json")
    assert code == 0 and [one["name"] for one in seen["dossiers"]] == ["Associations du Val"]
    assert f"{OTHER_ASSOCIATION} " in said and "les mêmes dans « Associations du Val »" in said
    before = Employer.objects.count()
    code, done, said = typed("restaurer", told["path"], "--dossier", "--vers", "À côté", "--json")
    assert (code, done["dossier"], done["takeovers"]) == (0, "À côté", []) and "rien n’est déposé" in said
    assert Employer.objects.count() == before + 2
    code, gone, _ = typed("annuler-import", done["act"], "--json")
    assert (code, gone["removed_dossier"]) == (0, True) and Employer.objects.count() == before
    code, _, said = typed("restaurer", told["path"], "--confirmer", "--json")
    assert code == 1 and "ne contient pas toute l’installation" in said


@pytest.mark.django_db(transaction=True)
def test_an_employer_is_sealed_for_another_bureau_and_one_person_taken_out(
    typed: Typed, folder: Path, tmp_path: Path
) -> None:
    fill()
    theirs, public = new_key()
    (tmp_path / "cle.txt").write_text(f"{public}\n")
    line = ("sauvegarder", "--dossier", "Associations du Val", "--employeur", ASSOCIATION)
    code, told, _ = typed(*line, "--pour", tmp_path / "cle.txt", "--sortie", tmp_path / "remis", "--json")
    assert code == 0 and Path(told["path"]).parent == tmp_path / "remis"
    ours = keys.identities()[0]
    (folder / "cle-sauvegarde").write_text(f"{theirs}\n")
    assert typed("trousse", "publique", "--json")[1] == {"public_key": public}
    person = f"{ASSOCIATION}:{BRIGITTE.nir}"
    code, done, _ = typed("restaurer", told["path"], "--salarie", person, "--json")
    assert (code, done["rows"]["employees"]) == (0, 1)
    assert Employee.objects.get(dossier__name=done["dossier"]).nir == BRIGITTE.nir
    (folder / "cle-sauvegarde").write_text(f"{new_key()[0]}\n")
    code, _, said = typed("restaurer", told["path"], "--dossier")
    assert code == 1 and "clé qui n’est pas ici" in said
    assert ours not in said and Dossier.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_key_for_the_whole_installation_is_refused(typed: Typed) -> None:
    code, _, said = typed("sauvegarder", "--pour", new_key()[1])
    assert code == 1 and "vont avec --dossier" in said
