"""`proved_at` is when the portal last accepted exactly these: never more than that, for anybody."""

from dataclasses import replace

import pytest
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Ball, Holder

from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.accounts.portal import identifiers
from scarabee.accounts.portal.connection_tests import next_check, run_all, save_tested, start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import copy_identifiers, kept_entry, save_identifiers
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

WRONG = replace(RIGHT, motdepasse="corail.2026-dune")


def is_proved(user: User) -> bool:
    return PortalIdentifiers.objects.get(user=user).proved_at is not None


def test_what_is_kept_is_proved_by_the_ball_and_by_nothing_less(bouchon: Bouchon, holder: Holder, ball: Ball) -> None:
    lucie, paul = holder("Lucie"), holder("Paul", motdepasse=WRONG.motdepasse)
    assert not is_proved(lucie)
    ball(paul)
    ball(lucie, WRONG)
    assert not is_proved(lucie)
    ball(lucie)
    assert is_proved(lucie)
    assert not is_proved(paul)


@pytest.mark.parametrize(
    "change",
    [
        {"motdepasse": "Autre.2026"},
        {"prenom": "Noemie"},
        {"nom": "D'HERVAULT "},
        {"siret": "73282932000075"},
        {"agricole": True},
    ],
    ids=str,
)
def test_a_value_that_changes_is_not_proved_any_more(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, change: dict[str, object]
) -> None:
    user = holder("Lucie")
    assert ball(user).ok
    save_identifiers(actor=owner, user=user, entry=RIGHT)
    assert is_proved(user)
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, **change))  # type: ignore[arg-type]
    assert not is_proved(user)


def test_a_run_that_is_half_way_proves_nothing_of_the_other_regime(
    bouchon: Bouchon, holder: Holder, owner: Actor
) -> None:
    user = create_user(actor=owner, username="Lucie")
    both = replace(RIGHT, agricole=True)
    test = start_test(actor=owner, user=user, entry=both)
    for _ in ("format", "reseau", "authentification"):
        test = next_check(actor=owner, test=test)
    assert save_tested(actor=owner, test=test).proved_at is None
    run_all(actor=owner, test=test)
    assert is_proved(user)


def test_a_password_saved_while_another_is_being_accepted_is_not_taken_for_it(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save comes between the look at what is kept and the mark."""
    user = holder("Lucie")
    read = identifiers.kept_entry

    def read_then_save(held: PortalIdentifiers) -> Entry:
        entry = read(held)
        monkeypatch.setattr(identifiers, "kept_entry", read)
        save_identifiers(actor=owner, user=user, entry=WRONG)
        return entry

    monkeypatch.setattr(identifiers, "kept_entry", read_then_save)
    identifiers.mark_proved(PortalIdentifiers.objects.get().identity, RIGHT.credentials, RIGHT.regimes)
    assert kept_entry(PortalIdentifiers.objects.get()) == WRONG
    assert not is_proved(user)


def test_the_same_four_values_are_proved_for_whoever_asks_no_more_regimes(
    bouchon: Bouchon, holder: Holder, ball: Ball
) -> None:
    """Otherwise the one who ticks both would seem to have a newer password than the one who ticks one."""
    one, both, other = holder("Lucie"), holder("Paul", agricole=True), holder("Zoé", general=False, agricole=True)
    assert ball(one).ok
    assert [is_proved(user) for user in (one, both, other)] == [True, False, False]
    assert ball(both).ok
    assert [is_proved(user) for user in (one, both, other)] == [True, True, True]


def test_a_copy_is_proved_when_its_source_is(bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor) -> None:
    lucie, paul = holder("Lucie"), holder("Paul", motdepasse="Autre.2026")
    copy_identifiers(actor=owner, source=lucie, targets=[paul])
    assert not is_proved(paul)
    assert ball(lucie).ok
    assert is_proved(paul)
    marc = create_user(actor=owner, username="Marc")
    copy_identifiers(actor=owner, source=paul, targets=[marc])
    assert is_proved(marc)


def test_what_was_accepted_more_than_an_hour_ago_does_not_prove_what_is_saved_now(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    user = create_user(actor=owner, username="Lucie")
    assert ball(user, RIGHT).ok
    clock.advance(minutes=61)
    assert save_identifiers(actor=owner, user=user, entry=RIGHT).proved_at is None


def test_the_test_of_one_user_proves_nothing_that_another_saves(bouchon: Bouchon, ball: Ball, owner: Actor) -> None:
    lucie, paul = (create_user(actor=owner, username=name) for name in ("Lucie", "Paul"))
    assert ball(lucie, RIGHT).ok
    assert save_identifiers(actor=owner, user=paul, entry=WRONG).proved_at is None


def test_without_any_regime_nothing_is_proved(bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor) -> None:
    lucie, none = holder("Lucie"), holder("Paul", general=False)
    assert not ball(none).ok
    save_identifiers(actor=owner, user=none, entry=replace(RIGHT, general=False, prenom="Noemie"))
    save_identifiers(actor=owner, user=none, entry=replace(RIGHT, general=False))
    assert ball(lucie).ok
    assert [is_proved(lucie), is_proved(none)] == [True, False]
