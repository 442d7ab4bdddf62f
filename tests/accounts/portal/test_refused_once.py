"""However many users, screens and machines hold the same identifiers, the portal hears a refused one once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.accounts.portal.conftest import RIGHT, Ball, Holder
from tests.child_processes import ask_child

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalAttempt, PortalIdentity, RefusedIdentifiers
from scarabee.accounts.portal import morning
from scarabee.accounts.portal.connection_tests import Shown
from scarabee.accounts.portal.identifiers import copy_identifiers, save_identifiers, set_morning_time
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

WRONG = "corail.2026-dune"
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def _causes(result: Shown) -> list[str]:
    return [line.cause for line in result.lines if line.state == "red"]


def test_right_identifiers_are_all_green_and_knock_once(bouchon: Bouchon, holder: Holder, ball: Ball) -> None:
    result = ball(holder("Lucie"))
    assert result.ok, result
    assert [line.name for line in result.lines] == ["format", "reseau", "authentification", "inscription", "retours"]
    assert len(bouchon.authentications) == 1
    assert PortalIdentity.objects.get().state == IdentityState.PROVED


def test_a_refused_password_is_not_sent_again_by_five_users_and_a_machine(
    bouchon: Bouchon, holder: Holder, ball: Ball
) -> None:
    users = [holder(name, motdepasse=WRONG) for name in ("Lucie", "Paul", "Zoé", "Ali", "Rose")]
    assert _causes(ball(users[0])) == ["identifiants_refuses"]
    for user in users:
        assert _causes(ball(user)) == ["deja_refuse"]
    morning.run_due(MORNING)
    assert len(bouchon.authentications) == 1
    assert PortalAttempt.objects.count() == 1


def test_a_statement_lets_the_same_go_once_more_and_only_once(bouchon: Bouchon, holder: Holder, ball: Ball) -> None:
    user = holder("Lucie", motdepasse=WRONG)
    ball(user)
    held = ball(user)
    assert [one.value for one in held.statements] == ["debloque", "renouvele", "inscrit"]
    assert _causes(ball(user, statement="risque")) == ["deja_refuse"]
    assert _causes(ball(user, statement="debloque")) == ["identifiants_refuses"]
    assert _causes(ball(user)) == ["deja_refuse"]
    assert len(bouchon.authentications) == 2


def test_three_different_wrong_passwords_need_a_statement(bouchon: Bouchon, holder: Holder, ball: Ball) -> None:
    user = holder("Lucie")
    for number in range(4):
        last = ball(user, replace(RIGHT, motdepasse=f"essai{number}"))
    assert _causes(last) == ["trop_de_refus"]
    assert len(bouchon.authentications) == 2
    assert ball(user, RIGHT, statement="risque").ok


def test_the_mended_password_ends_the_freeze_for_all(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    user, other = holder("Lucie", motdepasse=WRONG), holder("Paul", motdepasse=WRONG)
    ball(user)
    assert PortalIdentity.objects.get().state == IdentityState.FROZEN
    assert ball(user, RIGHT).ok
    assert PortalIdentity.objects.get().state == IdentityState.PROVED
    held = save_identifiers(actor=owner, user=user, entry=RIGHT)
    assert held.proved_at is not None
    assert copy_identifiers(actor=owner, source=user, targets=[other]) == 1
    assert ball(other).ok


def test_saving_what_was_never_refused_lets_the_next_automatic_job_use_it(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    user = holder("Lucie")
    assert ball(user).ok
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Nouveau.2026-Sel")
    assert morning.run_due(MORNING) == 1
    assert PortalIdentity.objects.get().frozen_cause == "identifiants_refuses"
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse="Nouveau.2026-Sel"))
    assert morning.run_due(MORNING.replace(day=26)) == 1
    assert PortalIdentity.objects.get().state == IdentityState.PROVED
    assert [one.status for one in bouchon.authentications] == [200, 401, 200]


def test_saving_the_refused_one_again_leaves_the_identity_frozen(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    user = holder("Lucie", motdepasse=WRONG)
    ball(user)
    save_identifiers(actor=owner, user=user, entry=RIGHT)
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse=WRONG))
    other = create_user(actor=owner, username="Paul")
    save_identifiers(actor=owner, user=other, entry=replace(RIGHT, motdepasse=WRONG))
    morning.run_due(MORNING)
    assert len(bouchon.authentications) == 1


def test_a_locked_account_hears_nothing_until_a_person_unlocked_it(
    bouchon: Bouchon, holder: Holder, ball: Ball
) -> None:
    user = holder("Lucie")
    bouchon.start_incident("compte-bloque")
    assert _causes(ball(user)) == ["compte_bloque"]
    bouchon.end_incident("compte-bloque")
    assert _causes(ball(user, replace(RIGHT, motdepasse="Autre.2026"))) == ["compte_bloque"]
    assert len(bouchon.authentications) == 1
    assert ball(user, statement="debloque").ok
    assert len(bouchon.authentications) == 2


def test_nothing_tests_an_account_that_nobody_asked_to_test(bouchon: Bouchon, holder: Holder) -> None:
    holder("Lucie")
    assert morning.run_due(MORNING) == 0
    assert bouchon.authentications == []


def test_the_morning_test_obeys_its_hour_and_can_be_turned_off(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    user = holder("Lucie")
    ball(user)
    assert morning.run_due(MORNING.replace(hour=5)) == 0  # six o’clock in Paris
    assert morning.run_due(MORNING.replace(hour=6)) == 1
    set_morning_time(actor=owner, user=user, value=None)
    assert morning.run_due(MORNING.replace(day=26)) == 0


def test_what_was_refused_is_kept_as_a_slow_hash_only(bouchon: Bouchon, holder: Holder, ball: Ball) -> None:
    ball(holder("Lucie", motdepasse=WRONG))
    row = RefusedIdentifiers.objects.get()
    assert WRONG not in row.fingerprint
    assert RIGHT.siret not in row.fingerprint


def test_five_clicks_at_the_same_moment_send_one_password(bouchon: Bouchon, tmp_path: Path) -> None:
    """On a database in a file, where writers really wait for one another."""
    red = ask_child("tests.accounts.portal.ball_child", tmp_path / "donnees", bouchon.address, WRONG)
    assert len(bouchon.authentications) == 1
    assert red.count("identifiants_refuses") == 1
    assert set(red) <= {"identifiants_refuses", "deja_en_cours", "deja_refuse"}
    assert len(red) == 5
