import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.accounts.conftest import GOOD
from tests.child_processes import SERVER, ask_child, environment_for, rows_of, start_child

from scarabee.accounts.models import Membership, User
from scarabee.accounts.services import authority, rights
from scarabee.accounts.services.users import create_user
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.folder import DATABASE_NAME
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

CHILD = "tests.accounts.rights_child"


@pytest.fixture
def dossier(owner: Actor, db: None) -> Dossier:
    return create_dossier(actor=owner, name="Essai")


def _roles(user: User) -> dict[str, str]:
    return dict(Membership.objects.filter(user=user).values_list("dossier__name", "role"))


def _droits() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(code__startswith="droit.").order_by("sequence"))


def test_a_role_is_given_changed_and_taken_away(owner: Actor, lucie: User, dossier: Dossier) -> None:
    assert rights.set_role(actor=owner, user=lucie, dossier=dossier, role="lecture")
    assert Dossier.objects.visible_to(Actor.of(lucie)).get() == dossier
    assert not Dossier.objects.writable_by(Actor.of(lucie)).exists()
    assert rights.set_role(actor=owner, user=lucie, dossier=dossier, role="gestionnaire")
    assert Dossier.objects.writable_by(Actor.of(lucie)).get() == dossier
    assert rights.set_role(actor=owner, user=lucie, dossier=dossier, role=None)
    assert not Dossier.objects.visible_to(Actor.of(lucie)).exists()
    told = [(entry.code, entry.facts["former_role"], entry.facts["role"]) for entry in _droits()]
    assert told == [
        ("droit.donne", "", "lecture"),
        ("droit.donne", "lecture", "gestionnaire"),
        ("droit.retire", "gestionnaire", ""),
    ]
    assert {entry.dossier_uuid for entry in _droits()} == {dossier.uuid}


def test_what_does_not_change_is_not_journalled(owner: Actor, lucie: User, dossier: Dossier) -> None:
    assert not rights.set_role(actor=owner, user=lucie, dossier=dossier, role="aucun")
    rights.set_role(actor=owner, user=lucie, dossier=dossier, role="lecture")
    assert not rights.set_role(actor=owner, user=lucie, dossier=dossier, role="lecture")
    assert len(_droits()) == 1


def test_several_roles_are_set_at_once_and_the_others_left_alone(owner: Actor, lucie: User, dossier: Dossier) -> None:
    second, third = (create_dossier(actor=owner, name=name) for name in ("Deux", "Trois"))
    rights.set_roles(actor=owner, user=lucie, roles={dossier.pk: "lecture", third.pk: "lecture"})
    changed = rights.set_roles(actor=owner, user=lucie, roles={dossier.pk: "", second.pk: "gestionnaire"})
    assert changed == 2
    assert _roles(lucie) == {"Deux": "gestionnaire", "Trois": "lecture"}


def test_a_wrong_role_or_a_dossier_that_is_gone_changes_nothing(owner: Actor, lucie: User, dossier: Dossier) -> None:
    with pytest.raises(Refusal, match="n’est pas un rôle"):
        rights.set_role(actor=owner, user=lucie, dossier=dossier, role="chef")
    with pytest.raises(NotVisible):
        rights.set_roles(actor=owner, user=lucie, roles={dossier.pk: "lecture", dossier.pk + 1: "lecture"})
    assert _roles(lucie) == {}


def test_a_gestionnaire_gives_no_right_not_even_on_his_dossier(owner: Actor, lucie: User, dossier: Dossier) -> None:
    rights.set_role(actor=owner, user=lucie, dossier=dossier, role="gestionnaire")
    other = create_user(actor=owner, username="Paul", password=GOOD)
    with pytest.raises(NotAllowed):
        rights.set_role(actor=Actor.of(lucie), user=other, dossier=dossier, role="lecture")
    with pytest.raises(NotAllowed):
        rights.set_administrator(actor=Actor.of(lucie), user=lucie, value=True)


def test_the_role_of_administrateur_is_given_and_taken_back(owner: Actor, administrator: User, lucie: User) -> None:
    rights.set_administrator(actor=Actor.of(administrator), user=lucie, value=True)
    rights.set_administrator(actor=Actor.of(lucie), user=administrator, value=False)
    assert [entry.code for entry in _droits()] == ["droit.administrateur_donne", "droit.administrateur_retire"]
    with pytest.raises(NotAllowed):  # the rights he had when his page opened are no longer his
        rights.set_administrator(actor=Actor.of(administrator), user=lucie, value=False)


def test_the_last_administrator_able_to_sign_in_is_not_demoted(owner: Actor, administrator: User, lucie: User) -> None:
    with pytest.raises(Refusal, match="dernier Administrateur"):
        rights.set_administrator(actor=owner, user=administrator, value=False)
    rights.set_administrator(actor=owner, user=lucie, value=True)
    User.objects.filter(pk=lucie.pk).update(is_active=False)
    with pytest.raises(Refusal, match="dernier Administrateur"):
        rights.set_administrator(actor=owner, user=administrator, value=False)


@contextmanager
def turn_taken(folder: Path) -> Iterator[Callable[[list[subprocess.Popen[str]]], None]]:
    """Nobody may change rights meanwhile; yields what waits until all these processes wait for their turn."""

    def at_the_file(rushing: list[subprocess.Popen[str]]) -> None:
        for child in rushing:
            assert child.stdout is not None
            assert child.stdout.readline() == "BEGIN\n"

    def at_the_lock(rushing: list[subprocess.Popen[str]]) -> None:
        deadline = time.monotonic() + 60
        while len(rows_of(folder, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) < len(rushing):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    if SERVER:
        with psycopg.connect(environment_for(folder)["DATABASE_URL"]) as server:
            server.execute("SELECT pg_advisory_xact_lock(%s)", [authority._ADVISORY_LOCK])
            yield at_the_lock
        return
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield at_the_file
        held.execute("COMMIT")


@pytest.mark.slow
@pytest.mark.engines
@pytest.mark.parametrize(
    ("act", "pairs"),
    [
        ("demote", [("Anne", "Paul"), ("Paul", "Anne")]),
        ("demote", [("Anne", "Anne"), ("Paul", "Paul")]),
        ("close", [("Anne", "Anne"), ("Paul", "Paul")]),
    ],
    ids=["each the other", "each himself", "closing"],
)
def test_two_last_administrators_removed_at_the_same_moment_leave_one(
    tmp_path: Path, act: str, pairs: list[tuple[str, str]]
) -> None:
    ask_child(CHILD, tmp_path, "prepare", "Anne", "Paul")
    with turn_taken(tmp_path) as until_they_wait:
        rushing = [start_child(CHILD, tmp_path, "rush", act, actor, target) for actor, target in pairs]
        until_they_wait(rushing)
    answers = [json.loads(child.communicate(timeout=60)[0].splitlines()[-1]) for child in rushing]
    state = ask_child(CHILD, tmp_path, "state")
    assert answers.count("done") == 1
    assert len(state["able"]) == 1
    assert state["broken"] == []
