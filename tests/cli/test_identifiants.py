"""The command of the identifiers, against a real bouchon."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.accounts.portal.conftest import RIGHT
from tests.cli.conftest import Ran, Run

from scarabee.accounts.models import PortalBinding, PortalIdentifiers, User
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Account, Bouchon

pytestmark = pytest.mark.django_db

Save = Callable[..., Ran]


@pytest.fixture
def bouchon(db: None, tmp_path: Path) -> Iterator[Bouchon]:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25",))
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as server:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": server.address})
        yield server


@pytest.fixture
def lucie(db: None, owner: Actor) -> User:
    return create_user(actor=owner, username="Lucie")


@pytest.fixture
def save(run: Run, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Save RIGHT with this password, given on standard input."""

    def command(password: str = RIGHT.motdepasse, *more: str, before: tuple[str, ...] = ()) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(password.encode())))
        values = ["--siret", RIGHT.siret, "--nom", RIGHT.nom, "--prenom", RIGHT.prenom, "--mot-de-passe-stdin"]
        return run(*before, "identifiants", "enregistrer", *values, *more)

    return command


def _kept(user: User) -> PortalIdentifiers:
    return PortalIdentifiers.objects.get(user=user)


def test_saved_to_the_letter_then_all_green(bouchon: Bouchon, lucie: User, save: Save, run: Run) -> None:
    assert save(f"{RIGHT.motdepasse}\r\n", "--utilisateur", "lucie").code == 0
    assert kept_entry(_kept(lucie)) == RIGHT
    ran = run("identifiants", "verifier", "--utilisateur", "Lucie", "--json")
    assert ran.code == 0
    assert (ran.json["user"], ran.json["ok"]) == ("Lucie", True)
    names = ["format", "reseau", "authentification", "inscription", "retours"]
    assert [check["name"] for check in ran.json["checks"]] == names
    assert all(check["ok"] and check["cause"] is None for check in ran.json["checks"])


def test_only_the_line_end_of_the_password_is_taken_away(lucie: User, save: Save) -> None:
    assert save(" blancs autour \nautre ligne", "--utilisateur", "Lucie").code == 0
    assert kept_entry(_kept(lucie)).motdepasse == " blancs autour "


def test_a_red_check_exits_with_one_and_says_it_in_json_too(
    bouchon: Bouchon, lucie: User, save: Save, run: Run
) -> None:
    odd = save("cORAIL.2026-dUNE ", "--utilisateur", "Lucie", "--json")
    assert odd.code == 0
    assert odd.json["remarks"]
    assert "cORAIL" not in odd.out + odd.err
    ran = run("identifiants", "verifier", "--utilisateur", "Lucie", "--json")
    red = next(check for check in ran.json["checks"] if check["ok"] is False)
    assert (ran.code, ran.json["ok"]) == (1, False)
    assert (red["name"], red["cause"]) == ("authentification", "identifiants_refuses")
    assert "espace" in red["probable"][0]
    assert red["message"] and red["remedy"]
    assert [check["ok"] for check in ran.json["checks"]] == [True, True, False, None, None]
    again = run("identifiants", "verifier", "--utilisateur", "Lucie")
    assert again.code == 1
    assert "--declarer debloque" in again.err
    assert len(bouchon.authentications) == 1
    assert run("identifiants", "verifier", "--utilisateur", "Lucie", "--declarer", "debloque").code == 1
    assert len(bouchon.authentications) == 2


def test_two_regimes_may_be_given_in_one_go(bouchon: Bouchon, lucie: User, save: Save) -> None:
    assert save(RIGHT.motdepasse, "--utilisateur", "Lucie", "--regime", "general", "agricole").code == 0
    assert (_kept(lucie).general, _kept(lucie).agricole) == (True, True)
    assert save(RIGHT.motdepasse, "--utilisateur", "Lucie", "--regime", "agricole").code == 0
    assert (_kept(lucie).general, _kept(lucie).agricole) == (False, True)


def test_without_a_name_it_is_the_only_account_else_administrateur(lucie: User, save: Save, owner: Actor) -> None:
    assert save().code == 0
    assert _kept(lucie)
    create_user(actor=owner, username="Paul")
    assert save().code == 0
    assert _kept(User.objects.get(username="Administrateur"))


def test_a_person_sets_up_nobody_else(lucie: User, save: Save, run: Run, owner: Actor) -> None:
    create_user(actor=owner, username="Paul")
    assert save(before=("--en-tant-que", "Lucie")).code == 0
    assert _kept(lucie)
    refused = save(RIGHT.motdepasse, "--utilisateur", "Paul", before=("--en-tant-que", "Lucie"))
    assert refused.code == 1
    assert run("--en-tant-que", "Paul", "identifiants").out.count("\n") == 1
    assert run("--en-tant-que", "Paul", "identifiants", "--utilisateur", "Lucie").code == 1


def test_copied_to_others_who_each_keep_a_set_of_their_own(
    bouchon: Bouchon, lucie: User, save: Save, run: Run, owner: Actor
) -> None:
    paul = create_user(actor=owner, username="Paul")
    save(RIGHT.motdepasse, "--utilisateur", "Lucie")
    ran = run("identifiants", "copier", "--utilisateur", "Lucie", "--vers", "Paul", "Lucie", "--json")
    assert (ran.code, ran.json["count"]) == (0, 1)
    assert kept_entry(_kept(paul)) == RIGHT
    assert _kept(paul).identity == _kept(lucie).identity
    assert run("identifiants", "effacer", "--utilisateur", "Lucie").code == 0
    assert kept_entry(_kept(paul)) == RIGHT


def test_the_options_may_stand_before_the_action(bouchon: Bouchon, lucie: User, save: Save, run: Run) -> None:
    save(RIGHT.motdepasse, "--utilisateur", "Lucie")
    assert run("identifiants", "--utilisateur", "Lucie", "--json", "verifier").json["ok"]
    listed = run("identifiants", "--utilisateur", "Lucie", "--json").json
    assert [one["user"] for one in listed] == ["Lucie"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["enregistrer", "--utilisateur", "Lucie"], 2),
        (["enregistrer", "--siret", "1", "--nom", "N", "--prenom", "P", "--mot-de-passe", "x"], 2),
        (["verifier", "--utilisateur", "Personne"], 1),
        (["verifier", "--utilisateur", "Lucie"], 1),
        (["copier", "--utilisateur", "Lucie", "--vers", "Personne"], 1),
        (["copier", "--utilisateur", "Lucie", "--vers", "Lucie"], 1),
        (["verifier", "--utilisateur", "Lucie", "--declarer", "autre"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_is_wrong_is_said(lucie: User, run: Run, line: list[str], code: int) -> None:
    ran = run("identifiants", *line)
    assert ran.code == code
    assert ran.err


@pytest.mark.parametrize("given", ["", "\n", "x" * 5000])
def test_no_password_or_too_long_a_one_is_refused(lucie: User, save: Save, given: str) -> None:
    assert save(given, "--utilisateur", "Lucie").code == 1
    assert not PortalIdentifiers.objects.exists()
