"""What somebody who is no Administrateur learns about the portal accounts of others: nothing he cannot know."""

import json
from dataclasses import replace

import pytest
from tests.accounts.portal.conftest import RIGHT, Holder

from scarabee.accounts.models import User
from scarabee.accounts.portal import health
from scarabee.accounts.portal.connection_tests import Shown, run_all, shown, start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.services.users import create_user
from scarabee.cli.main import main
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db


def press(user: User, entry: Entry | None, actor: Actor | None = None) -> Shown:
    """The blue ball as this user himself."""
    actor = actor or Actor.of(user)
    return shown(run_all(actor=actor, test=start_test(actor=actor, user=user, entry=entry)))


def told(result: Shown) -> list[str]:
    return [text for line in result.lines for text in (line.cause, line.message, *line.probable)]


@pytest.fixture
def curious(bouchon: Bouchon, holder: Holder, owner: Actor) -> User:
    """Somebody who knows the SIRET and the name of Lucie's portal account, which was proved, not its password."""
    assert press(holder("Lucie"), None, owner).ok
    return create_user(actor=owner, username="Paul")


def test_the_ball_is_no_way_to_guess_the_password_of_a_colleague(bouchon: Bouchon, curious: User) -> None:
    """Once nothing is sent any more, guesses cost nothing: the right one must look like any other."""
    for number in range(2):
        press(curious, replace(RIGHT, motdepasse=f"Essai.{number}-Lune"))
    sent = len(bouchon.authentications)
    guesses = [RIGHT.motdepasse, "Corail.2026-Dunes", "corail.2026-Dune", "COrail.2026-Dune"]
    seen = [told(press(curious, replace(RIGHT, motdepasse=guess))) for guess in guesses]
    assert len(bouchon.authentications) == sent
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert "trop_de_refus" in seen[0]


def test_nor_to_learn_who_holds_it_and_how_the_name_is_written(bouchon: Bouchon, curious: User) -> None:
    texts = " ".join(told(press(curious, replace(RIGHT, nom="d hervault", prenom="noemie", motdepasse="Faux.2026"))))
    assert "identifiants_refuses" in texts
    for hidden in ("Lucie", RIGHT.nom, RIGHT.prenom):
        assert hidden not in texts


def test_who_once_had_the_password_is_told_that_a_colleague_has_a_newer_one(
    bouchon: Bouchon, holder: Holder, owner: Actor
) -> None:
    lucie, paul = holder("Lucie"), holder("Paul")
    assert press(paul, None).ok
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Nouveau.2026-Sel")
    assert press(lucie, replace(RIGHT, motdepasse="Nouveau.2026-Sel"), owner).ok
    from scarabee.accounts.portal.identifiers import save_identifiers

    save_identifiers(actor=owner, user=lucie, entry=replace(RIGHT, motdepasse="Nouveau.2026-Sel"))
    assert "Lucie" in " ".join(told(press(paul, None)))


def test_health_alerts_and_the_command_speak_of_oneself_only(
    bouchon: Bouchon, holder: Holder, owner: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    lucie, paul = holder("Lucie"), holder("Paul", motdepasse="Faux.2026")
    press(lucie, None, owner)
    press(paul, None)
    actor = Actor.of(paul)
    rows = health.rows(actor)
    assert set(rows) == {paul.pk}
    assert (rows[paul.pk].same_as, rows[paul.pk].newer_password_from) == ([], "")
    assert [alert.user_id for alert in health.alerts(actor)] == [paul.pk]
    assert main(["--en-tant-que", "Paul", "identifiants", "--json"]) == 0
    assert [row["user"] for row in json.loads(capsys.readouterr().out)] == ["Paul"]
    assert main(["--en-tant-que", "Paul", "identifiants", "verifier", "--utilisateur", "Lucie", "--json"]) == 1
    assert "73282932000074" not in capsys.readouterr().out
