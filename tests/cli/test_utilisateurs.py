import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.child_processes import with_schema
from tests.cli.conftest import Ran, Run

from scarabee.accounts.models import Membership, PortalIdentifiers, User
from scarabee.accounts.services import second_factor
from scarabee.accounts.services.users import is_locked
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

GOOD = "corail dune sextant 47"
OTHER = "marée lanterne orge 12"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What stands on the standard input."""

    def on_stdin(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))

    return on_stdin


@pytest.fixture
def create(run: Run, typed: Callable[[str], None]) -> Callable[..., Ran]:
    def account(name: str, role: str, password: str = GOOD) -> Ran:
        typed(f"{password}\n")
        return run("utilisateurs", "creer", name, "--role", role, "--mot-de-passe-stdin", "--json")

    return account


def _listed(run: Run) -> dict[str, Any]:
    return {one["name"]: one for one in run("utilisateurs", "--json").json}


def test_accounts_are_made_and_listed_with_their_rights(
    run: Run, create: Callable[..., Ran], owner: Actor, administrator: User
) -> None:
    create_dossier(actor=owner, name="Essai")
    made = create("Lucie", "lecture")
    assert made.code == 0
    assert "aucun dossier" in made.err
    assert "scarabee utilisateurs droits 'Lucie'" in made.err
    assert run("utilisateurs", "droits", "lucie", "--dossier", "essai", "--role", "gestionnaire").code == 0
    listed = _listed(run)
    assert listed["Lucie"] == {
        "name": "Lucie",
        "role": "lecture",
        "active": True,
        "locked": False,
        "second_factor": False,
        "last_login": None,
        "dossiers": [{"name": "Essai", "role": "gestionnaire"}],
    }
    assert listed["Administrateur"]["role"] == "administrateur"
    assert made.json == {**listed["Lucie"], "dossiers": []}
    table = run("utilisateurs").out
    assert "Essai (gestionnaire)" in table


def test_a_role_given_at_the_creation_opens_no_dossier(
    run: Run, create: Callable[..., Ran], owner: Actor, administrator: User
) -> None:
    create_dossier(actor=owner, name="Essai")
    create("Lucie", "gestionnaire")
    assert not Dossier.objects.visible_to(Actor.of(User.objects.get_by_natural_key("lucie"))).exists()
    assert run("--en-tant-que", "Lucie", "dossiers", "--json").json == []


def test_a_role_is_taken_away(run: Run, create: Callable[..., Ran], owner: Actor, administrator: User) -> None:
    create_dossier(actor=owner, name="Essai")
    create("Lucie", "lecture")
    for role in ("lecture", "aucun"):
        assert run("utilisateurs", "droits", "Lucie", "--dossier", "Essai", "--role", role, "--json").code == 0
    assert not Membership.objects.exists()


def test_the_password_is_one_line_of_the_standard_input_to_the_letter(
    create: Callable[..., Ran], administrator: User
) -> None:
    create("Lucie", "lecture", "  corail dune, sextant 47  \r\nune seconde ligne")
    assert User.objects.get_by_natural_key("lucie").check_password("  corail dune, sextant 47  ")


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("creer", "Lucie", "--role", "lecture", "--mot-de-passe-stdin"), "court\n", "12 caractères"),
        (("creer", "Lucie", "--role", "lecture", "--mot-de-passe-stdin"), "", "aucun mot de passe"),
        (("creer", "Lucie", "--role", "lecture"), "", "--mot-de-passe-stdin"),
        (("creer", "administrateur", "--role", "lecture", "--mot-de-passe-stdin"), f"{GOOD}\n", "porte déjà ce nom"),
        (("creer", " ", "--role", "lecture", "--mot-de-passe-stdin"), f"{GOOD}\n", "nom d’utilisateur est vide"),
        (("creer", "a" * 151, "--role", "lecture", "--mot-de-passe-stdin"), f"{GOOD}\n", "dépasse 150 caractères"),
        (("droits", "Administrateur", "--dossier", "Rien", "--role", "lecture"), "", "n’existe pas"),
        (("desactiver", "Personne"), "", "n’existe pas"),
        (("desactiver", "Administrateur"), "", "dernier Administrateur"),
        (("administrateur", "Administrateur", "--retirer"), "", "dernier Administrateur"),
        (("reinitialiser", "Administrateur", "--lien"), "", "scarabee utilisateurs reinitialiser"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    run: Run, typed: Callable[[str], None], administrator: User, arguments: tuple[str, ...], text: str, said: str
) -> None:
    typed(text)
    before = JournalEntry.objects.count()
    ran = run("utilisateurs", *arguments, "--json")
    assert ran.code == 1
    assert said in ran.err
    assert ran.json["error"]["safe"] == "Rien n’a été modifié."
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("creer", "Lucie"),
        ("creer", "Lucie", "--role", "chef"),
        ("creer", "Lucie", "--role", "lecture", "--mot-de-passe", GOOD),
        ("droits", "Lucie", "--role", "lecture"),
        ("reinitialiser", "Lucie", "--lien", "--mot-de-passe-stdin"),
        ("effacer", "Lucie"),
    ],
)
def test_wrong_usage_is_told_apart(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("utilisateurs", *arguments).code == 2


def test_only_an_administrator_manages_accounts(run: Run, create: Callable[..., Ran], administrator: User) -> None:
    create("Lucie", "gestionnaire")
    for arguments in (
        (),
        ("debloquer", "Lucie"),
        ("reinitialiser", "Administrateur", "--lien"),
        ("administrateur", "Lucie"),
        ("creer", "Paul", "--role", "administrateur", "--mot-de-passe-stdin"),
    ):
        ran = run("--en-tant-que", "Lucie", "utilisateurs", *arguments)
        assert ran.code == 1
        assert "Administrateur" in ran.err
        assert ran.out == ""
    assert run("--en-tant-que", "Administrateur", "utilisateurs", "administrateur", "Lucie").code == 0
    assert JournalEntry.objects.filter(code="droit.administrateur_donne").get().actor_name == "Administrateur"
    assert run("utilisateurs", "administrateur", "Lucie", "--retirer", "--json").json["role"] == "gestionnaire"


def test_an_account_is_closed_and_opened_again(run: Run, create: Callable[..., Ran], administrator: User) -> None:
    create("Lucie", "lecture")
    assert run("utilisateurs", "desactiver", "Lucie", "--json").json["active"] is False
    assert "désactivé" in run("utilisateurs").out
    assert run("--en-tant-que", "Lucie", "dossiers").code == 1
    assert run("utilisateurs", "reactiver", "Lucie", "--json").json["active"] is True


def test_the_owner_finds_the_way_back_in(
    run: Run, typed: Callable[[str], None], administrator: User, client: Client
) -> None:
    """Password forgotten, telephone lost, account locked: one command, and the sealed identifiers stay."""
    actor = Actor.of(administrator)
    enrolment = second_factor.begin(actor=actor, user=administrator)
    User.objects.filter(pk=administrator.pk).update(second_factor_step=1)
    for _ in range(5):
        client.post("/connexion/", {"username": "Administrateur", "password": "oublié"})
    assert _listed(run)["Administrateur"]["locked"]
    assert _listed(run)["Administrateur"]["second_factor"]
    typed(f"{OTHER}\n")
    ran = run("utilisateurs", "reinitialiser", "Administrateur", "--mot-de-passe-stdin", "--json")
    assert ran.code == 0
    assert not ran.json["locked"]
    assert not ran.json["second_factor"]
    assert client.post("/connexion/", {"username": "Administrateur", "password": OTHER}).headers["location"] == "/"
    said = ran.out + ran.err + str(JournalEntry.objects.values_list())
    assert OTHER not in said
    assert enrolment.secret_shown.replace(" ", "") not in said


def test_a_reset_leaves_the_sealed_identifiers_alone(
    run: Run, create: Callable[..., Ran], typed: Callable[[str], None], administrator: User
) -> None:
    from scarabee.accounts.models import PortalIdentity

    create("Lucie", "lecture")
    user = User.objects.get_by_natural_key("lucie")
    identity = PortalIdentity.objects.create(key="essai")
    PortalIdentifiers.objects.create(
        user=user, identity=identity, siret="1", nom="N", prenom="P", sealed="1.x.scellé", key_id="x", saved_by="Lucie"
    )
    before = PortalIdentifiers.objects.values().get()
    typed(f"{OTHER}\n")
    ran = run("utilisateurs", "reinitialiser", "Lucie", "--mot-de-passe-stdin")
    assert PortalIdentifiers.objects.values().get() == before
    assert "scellé" not in ran.out + ran.err
    assert "n’ont pas été touchés" in ran.err


def test_a_link_lets_the_person_choose(
    run: Run, create: Callable[..., Ran], administrator: User, client: Client
) -> None:
    create("Lucie", "lecture")
    ran = run("utilisateurs", "reinitialiser", "Lucie", "--lien", "--json")
    assert ran.json["minutes"] == 15
    path = ran.json["path"]
    assert path not in str(JournalEntry.objects.values_list())
    assert not User.objects.get_by_natural_key("lucie").has_usable_password()
    assert client.post(path, {"password": OTHER, "confirmation": OTHER}).status_code == 302
    assert User.objects.get_by_natural_key("lucie").check_password(OTHER)
    assert run("utilisateurs", "reinitialiser", "Lucie", "--lien").out.startswith("/mot-de-passe/")


def test_a_locked_account_is_unlocked(
    run: Run, create: Callable[..., Ran], administrator: User, client: Client
) -> None:
    create("Lucie", "lecture")
    for _ in range(5):
        client.post("/connexion/", {"username": "Lucie", "password": "faux"})
    user = User.objects.get_by_natural_key("lucie")
    assert is_locked(user)
    assert "bloqué" in run("utilisateurs").out
    assert run("utilisateurs", "debloquer", "Lucie", "--json").json["locked"] is False
    assert not is_locked(user)


@pytest.mark.slow
def test_on_a_terminal_the_password_is_asked_twice_and_not_shown(
    scarabee: Callable[..., Any], outside: dict[str, str], tmp_path: Path
) -> None:
    with_schema(tmp_path)

    def ask(*answers: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(tmp_path), "utilisateurs", "creer"]
        with subprocess.Popen(
            [*command, "Lucie", "--role", "administrateur"],
            env=outside,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as child:
            os.close(theirs)
            screen = b""
            for number, answer in enumerate(answers, start=1):
                while screen.count(b" :") < number:
                    screen += os.read(ours, 1024)
                os.write(ours, answer.encode() + b"\n")
            try:
                while data := os.read(ours, 1024):
                    screen += data
            except OSError:  # Linux says so when the other end is closed
                pass
            child.wait(timeout=60)
        os.close(ours)
        return child.returncode, screen.decode()

    assert ask(GOOD, OTHER)[0] == 1
    code, screen = ask(GOOD, GOOD)
    assert code == 0, screen
    assert GOOD not in screen
    assert json.loads(scarabee("--donnees", tmp_path, "utilisateurs", "--json").stdout)[0]["name"] == "Lucie"
