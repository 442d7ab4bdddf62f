"""The frame of the command line, with commands made for the test."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from scarabee.accounts.models import User
from scarabee.cli import main as entry
from scarabee.cli.output import Output
from scarabee.cli.registry import COMMANDS
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

type Captured = pytest.CaptureFixture[str]
type Scarabee = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def essai(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A command `essai` that says who acts, or raises what the test puts in `error`."""
    module = ModuleType("essai_command")
    module.HELP = "une commande d’essai"
    module.error = None

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="en JSON")
        parser.add_argument("--nombre", type=int)
        parser.add_argument("nom")

    def run(args: argparse.Namespace, actor: Actor, out: Output) -> int:
        if module.error is not None:
            raise module.error
        out.info("en cours")
        if args.json:
            out.json({"actor": actor.name, "nom": args.nom})
        else:
            out.table(["nom", "acteur"], [[args.nom, actor.name]])
        return 0

    module.add_arguments = add_arguments
    module.run = run
    monkeypatch.setitem(sys.modules, "essai_command", module)
    monkeypatch.setitem(COMMANDS, "essai", "essai_command")
    monkeypatch.setattr(entry, "_exists", lambda name: name == "essai")
    return module


@pytest.mark.django_db
def test_a_command_runs_as_the_owner(essai: ModuleType, capsys: Captured) -> None:
    assert entry.main(["essai", "Été", "--json"]) == 0
    output, errors = capsys.readouterr()
    assert json.loads(output) == {"actor": "Propriétaire des données", "nom": "Été"}
    assert errors == "en cours\n"


@pytest.mark.django_db
def test_a_table_is_plain_text_when_nobody_watches(essai: ModuleType, capsys: Captured) -> None:
    assert entry.main(["essai", "A\tB"]) == 0
    assert capsys.readouterr().out == "nom\tacteur\nA B\tPropriétaire des données\n"


@pytest.mark.django_db
def test_a_command_runs_with_the_rights_of_another(essai: ModuleType, capsys: Captured) -> None:
    User.objects.create(username="Lucie")
    assert entry.main(["--en-tant-que", "lucie", "essai", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["actor"] == "Lucie"


@pytest.mark.django_db
def test_an_unknown_name_is_refused(essai: ModuleType, capsys: Captured) -> None:
    assert entry.main(["--en-tant-que", "personne", "essai", "x", "--json"]) == 1
    output, errors = capsys.readouterr()
    assert "personne" in json.loads(output)["error"]["message"]
    assert "sans --en-tant-que" in errors


@pytest.mark.django_db
def test_a_refusal_says_what_is_safe_and_what_to_do(essai: ModuleType, capsys: Captured) -> None:
    essai.error = Refusal("Le dossier est archivé.", remedy="Désarchivez-le.")
    assert entry.main(["essai", "x"]) == 1
    assert capsys.readouterr() == ("", "Le dossier est archivé.\nRien n’a été modifié.\nDésarchivez-le.\n")
    assert entry.main(["essai", "x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "error": {
            "message": "Le dossier est archivé.",
            "safe": "Rien n’a été modifié.",
            "remedy": "Désarchivez-le.",
        }
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("database is locked"), "occupée"),
        (OperationalError("database or disk is full"), "disque est plein"),
        (OperationalError("unable to open database file"), "ne répond pas"),
        (OSError(28, "No space left on device", "/x.dsn"), "(/x.dsn) : le disque est plein."),
        (
            FileNotFoundError(2, "No such file or directory", "/x.csv"),
            "(/x.csv) : ce fichier ou ce dossier n’existe pas.",
        ),
        (ValidationError("Ce nom est pris."), "Ce nom est pris."),
        (PermissionError("Il faut être administrateur."), "administrateur"),
    ],
)
def test_what_the_machine_refuses_is_said_in_words(
    essai: ModuleType, capsys: Captured, error: Exception, words: str
) -> None:
    essai.error = error
    assert entry.main(["essai", "x"]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.django_db
def test_a_fault_of_ours_is_not_dressed_up(essai: ModuleType) -> None:
    essai.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        entry.main(["essai", "x"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["essai"], "il manque : nom"),
        (["essai", "x", "--inconnu"], "arguments inconnus : --inconnu"),
        (["essai", "x", "--nombre", "deux"], "un nombre entier est attendu"),
        (["essai", "x", "--nomb", "2"], "arguments inconnus"),
        (["inconnue"], "commande inconnue : inconnue"),
        (["--donnees"], "une valeur est attendue"),
        (["--inconnu", "essai"], "arguments inconnus : --inconnu"),
    ],
)
def test_wrong_usage_exits_with_two(essai: ModuleType, capsys: Captured, arguments: list[str], words: str) -> None:
    assert entry.main(arguments) == 2
    assert words in capsys.readouterr().err


def test_help_lists_the_commands_that_exist(essai: ModuleType, capsys: Captured) -> None:
    assert entry.main(["--aide"]) == 0
    assert "une commande d’essai" in capsys.readouterr().out
    assert entry.main(["essai", "--aide"]) == 0
    assert "usage : scarabee essai" in capsys.readouterr().out
    assert entry.main([]) == 2


def test_a_real_command_makes_the_folder_it_is_given(tmp_path: Path, scarabee: Scarabee) -> None:
    folder = tmp_path / "à créer"
    result = scarabee("--donnees", folder, "worker", "--une-fois")
    assert result.returncode == 0, result.stderr
    assert (folder / "scarabee.sqlite3").exists()


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path, scarabee: Scarabee) -> None:
    (tmp_path / "fichier").write_text("")
    result = scarabee("--donnees", tmp_path / "fichier" / "x", "worker", "--une-fois")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "dossier des données" in result.stderr
