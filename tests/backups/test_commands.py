"""`restaurer` as typed, and the drill of the README: the data folder is lost, everything comes back."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.backups.bureau import everything, fill
from tests.child_processes import SERVER, ask_child, environment_for, with_schema

from scarabee.accounts.services.users import create_user
from scarabee.backups import writing
from scarabee.cli.main import main
from scarabee.maintenance.journal import Actor

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
def test_a_preview_says_what_would_be_lost_and_nothing_is_replaced_without_a_word(typed: Typed) -> None:
    fill()
    archive = writing.back_up(actor=Actor.owner(), reason="essai").path
    create_user(actor=Actor.owner(), username="Zoé")
    before = everything()
    code, told, said = typed("restaurer", archive, "--apercu", "--json")
    assert (code, told["users_lost"], told["new"]) == (0, ["Zoé"], False)
    assert {one["name"] for one in told["dossiers"]} == {"Associations", "Associations du Val", "Repli"}
    assert "Comptes qui disparaîtraient : Zoé." in said
    code, told, said = typed("restaurer", archive, "--json")
    assert code == 1 and "--confirmer" in told["error"]["message"]
    assert everything() == before
    code, told, said = typed("restaurer", archive, "--confirmer", "--json")
    assert (code, told["restored"], told["deposits_held"]) == (0, True, 1)
    assert Path(told["safety"]).exists() and told["safety"] in said
    code, told, _ = typed("depots", "apres-restauration", "--json")
    assert (code, told["searching"]) == (0, True)
    code, _, said = typed("depots", "apres-restauration", "--clore-recherche", "regardé sur le portail")
    assert code == 0 and "Recherche des dépôts faits depuis : finie." in said


@pytest.mark.django_db(transaction=True)
def test_a_trousse_without_a_key_is_refused(typed: Typed, tmp_path: Path) -> None:
    empty = tmp_path / "trousse.txt"
    empty.write_text("bonjour\n")
    code, _, said = typed("restaurer", tmp_path / "x.tar.zst.age", "--trousse", empty)
    assert code == 1 and "aucune ligne AGE-SECRET-KEY-1" in said


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_journal_that_is_missing_is_said(typed: Typed) -> None:
    from django.db import connection

    from scarabee.backups import anchors
    from scarabee.maintenance.models import JournalEntry

    fill()
    assert typed("journal", "verifier", "--json")[1]["ok"]
    anchors.note_head()
    last = JournalEntry.objects.order_by("-sequence")[0].sequence
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM maintenance_journalentry WHERE sequence = %s", [last])
    code, told, said = typed("journal", "verifier", "--json")
    assert (code, told["ok"], told["broken"], told["missing"]) == (1, False, [], last)
    assert "La fin du journal manque" in said


@pytest.mark.engines
@pytest.mark.slow
def test_the_drill_of_the_readme_the_folder_is_lost_and_everything_comes_back(tmp_path: Path) -> None:
    old, new = tmp_path / "ancien", tmp_path / "nouveau"
    before = ask_child("tests.backups.drill_child", old, "fill", tmp_path)
    shutil.rmtree(old)
    said = scarabee(new, "restaurer", tmp_path / "archive.tar.zst.age", "--trousse", "-", stdin=before["kit"])
    assert "Tout est revenu" in said
    assert "intact" in scarabee(new, "journal", "verifier")
    assert ask_child("tests.backups.drill_child", new, "stand") == before["stand"]


def scarabee(folder: Path, *arguments: object, stdin: str = "") -> str:
    """A command of the product on this data folder, in a process of its own: what it says."""
    environment = environment_for(with_schema(folder) if SERVER else folder)
    command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), *map(str, arguments)]
    ran = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr
