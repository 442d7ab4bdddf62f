"""A new password proved by one user is offered to the others who hold the same account of the portal."""

from dataclasses import replace

import pytest
from tests.accounts.portal.conftest import RIGHT, Holder

from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.portal import health
from scarabee.accounts.portal.connection_tests import run_all, shown, start_test
from scarabee.accounts.portal.identifiers import kept_entry, save_identifiers, set_morning_time, take_over
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

RENEWED = replace(RIGHT, motdepasse="Nouveau.2026-Sel")


def press(actor: Actor, user: User) -> bool:
    return shown(run_all(actor=actor, test=start_test(actor=actor, user=user, entry=None))).ok


@pytest.fixture
def pair(bouchon: Bouchon, holder: Holder, owner: Actor) -> tuple[User, User]:
    """Lucie proved the renewed password; Paul still holds the former one, proved before."""
    lucie, paul = holder("Lucie"), holder("Paul")
    assert press(owner, paul)
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RENEWED.motdepasse)
    save_identifiers(actor=owner, user=lucie, entry=RENEWED)
    assert press(owner, lucie)
    return lucie, paul


def test_the_newer_password_is_offered_and_taken_over_by_the_person_alone(
    pair: tuple[User, User], owner: Actor
) -> None:
    _, paul = pair
    for actor in (owner, Actor.of(paul)):
        assert health.rows(actor)[paul.pk].newer_password_from == "Lucie"
    assert take_over(actor=Actor.of(paul), user=paul).username == "Lucie"
    held = PortalIdentifiers.objects.get(user=paul)
    assert kept_entry(held) == RENEWED
    assert held.proved_at is not None
    assert health.rows(owner)[paul.pk].newer_password_from == ""


def test_nothing_is_offered_twice_nor_to_whoever_has_the_newer_one(pair: tuple[User, User], owner: Actor) -> None:
    lucie, paul = pair
    assert health.rows(owner)[lucie.pk].newer_password_from == ""
    take_over(actor=owner, user=paul)
    with pytest.raises(Refusal, match="Aucun mot de passe plus récent"):
        take_over(actor=owner, user=paul)


def test_typing_the_name_of_an_account_is_no_way_to_the_password_of_a_colleague(
    pair: tuple[User, User], holder: Holder
) -> None:
    curious = holder("Zoé", motdepasse="au hasard")
    assert health.rows(Actor.of(curious))[curious.pk].newer_password_from == ""
    with pytest.raises(Refusal):
        take_over(actor=Actor.of(curious), user=curious)
    with pytest.raises(NotVisible):
        take_over(actor=Actor.of(curious), user=pair[1])


def test_two_who_hold_the_same_password_are_offered_nothing(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    """Even when one ticked more régimes, so that a proof of one is none of the other."""
    lucie, paul = holder("Lucie"), holder("Paul", agricole=True)
    for user in (paul, lucie, paul):
        assert press(owner, user)
        assert {one.newer_password_from for one in health.rows(owner).values()} == {""}


def test_taking_a_password_over_leaves_the_regimes_as_they_were_ticked(
    bouchon: Bouchon, pair: tuple[User, User], owner: Actor
) -> None:
    _, paul = pair
    PortalIdentifiers.objects.filter(user=paul).update(agricole=True)
    take_over(actor=owner, user=paul)
    held = PortalIdentifiers.objects.get(user=paul)
    assert kept_entry(held) == replace(RENEWED, agricole=True)
    assert held.proved_at is None  # Lucie proved one régime only


def test_a_password_refused_since_is_offered_to_nobody(bouchon: Bouchon, pair: tuple[User, User], owner: Actor) -> None:
    lucie, paul = pair
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Encore.2026-Mer")
    assert not press(owner, lucie)
    assert health.rows(owner)[paul.pk].newer_password_from == ""


def test_the_hour_of_others_is_changed_by_whoever_was_accepted_only(
    pair: tuple[User, User], holder: Holder, owner: Actor
) -> None:
    lucie, _ = pair
    curious = holder("Zoé", motdepasse="au hasard")
    with pytest.raises(NotAllowed):
        set_morning_time(actor=Actor.of(curious), user=curious, value=None)
    assert PortalIdentity.objects.get().morning_time is not None
    set_morning_time(actor=Actor.of(lucie), user=lucie, value=None)
    assert PortalIdentity.objects.get().morning_time is None
