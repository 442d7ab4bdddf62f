"""Maintenance mode at the command line, and what commands do while it stands."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from tests.cli.conftest import Run

from scarabee.cli.main import command_names
from scarabee.cli.registry import COMMANDS
from scarabee.dossiers.models import Dossier
from scarabee.maintenance import watch, window
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

LIVES_LONG = ("demarrer", "demo", "bouchon", "web", "worker", "horloge")
READS = ("dossiers", "salaries", "chercher", "imports", "transferts", "controler", "journal")


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    watch.forget()


def test_it_is_opened_shown_and_ended(run: Run) -> None:
    assert run("maintenance").out == "Scarabée est ouvert à tous.\n"
    opened = run("maintenance", "ouvrir", "--pourquoi", "changement de disque", "--json").json["window"]
    assert (opened["reason"], opened["closed"]) == ("changement de disque", True)
    assert "changement de disque" in run("maintenance").out
    assert run("maintenance", "terminer").out == "Scarabée est ouvert à tous.\n"
    assert list(JournalEntry.objects.values_list("code", flat=True)[:2]) == [
        "maintenance.terminee",
        "maintenance.ouverte",
    ]


def test_a_notice_leaves_time_to_finish(run: Run) -> None:
    run("maintenance", "ouvrir", "--pourquoi", "mise à jour", "--dans", 10)
    assert "ferme à" in run("maintenance").out
    assert run("dossier", "creer", "Nord").code == 0


@pytest.mark.parametrize("arguments", [(), ("--pourquoi", "x", "--pour", 0), ("--pourquoi", "x", "--pour", 99999)])
def test_it_is_refused_without_a_reason_or_without_an_end(run: Run, arguments: tuple[object, ...]) -> None:
    assert run("maintenance", "ouvrir", *arguments).code == 1
    assert window.current() is None


def test_commands_that_write_are_refused_while_somebody_else_has_closed(run: Run, owner: Actor) -> None:
    assert run("dossier", "creer", "Nord").code == 0
    administrator = Actor(7, "Zoé", True, "web", "poste")
    window.begin(actor=administrator, reason="inventaire")
    refused = run("dossier", "creer", "Sud")
    assert refused.code == 1
    assert "en maintenance" in refused.err and "Zoé" in refused.err and "inventaire" in refused.err
    assert "Rien n’a été fait." in refused.err
    assert list(Dossier.objects.values_list("name", flat=True)) == ["Nord"]
    assert "Nord" in run("dossiers").out
    for waiting in ("worker", "horloge"):
        assert run(waiting, "--une-fois").code == 1


def test_who_closed_goes_on_working(run: Run) -> None:
    run("maintenance", "ouvrir", "--pourquoi", "inventaire")
    assert run("dossier", "creer", "Nord").code == 0


def test_what_lives_long_or_only_reads_does_not_hold_the_gate() -> None:
    ungated = [name for name in command_names() if not getattr(import_module(COMMANDS[name]), "GATED", True)]
    assert {*LIVES_LONG, *READS, "maintenance"} <= set(ungated)
