"""A statement lets refused identifiers go once: it is neither replayed, nor invented, nor stronger than the rule."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Holder
from tests.child_processes import ask_child

from scarabee.accounts.enums import Statement
from scarabee.accounts.models import ConnectionTest, PortalIdentity, User
from scarabee.accounts.portal.connection_tests import (
    forget_old,
    get_test,
    next_check,
    run_all,
    shown,
    start_test,
    try_again,
)
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

WRONG = "corail.2026-dune"


def press(actor: Actor, user: User, statement: str = "", **changes: str) -> ConnectionTest:
    entry = replace(RIGHT, **changes) if changes else None  # type: ignore[arg-type]
    return run_all(actor=actor, test=start_test(actor=actor, user=user, entry=entry, statement=statement))


def cause(test: ConnectionTest) -> str:
    return next((line.cause for line in shown(test).lines if line.state == "red"), "")


def held_run(actor: Actor, user: User) -> ConnectionTest:
    """A run that was held back because these were refused before, and offers statements."""
    press(actor, user)
    return press(actor, user)


def test_one_statement_sends_one_password_however_often_it_is_posted(
    bouchon: Bouchon, holder: Holder, owner: Actor
) -> None:
    held = held_run(owner, holder("Lucie", motdepasse=WRONG))
    assert Statement.RENEWED in shown(held).statements
    again = try_again(actor=owner, test=held, statement="renouvele")
    assert cause(run_all(actor=owner, test=again)) == "identifiants_refuses"
    for statement in ("renouvele", "debloque", "inscrit"):
        with pytest.raises(Refusal):
            try_again(actor=owner, test=ConnectionTest.objects.get(pk=held.pk), statement=statement)
    assert len(bouchon.authentications) == 2


def test_four_clicks_at_the_same_moment_on_one_statement_send_one_password(bouchon: Bouchon, tmp_path: Path) -> None:
    said = ask_child("tests.accounts.portal.statement_child", tmp_path / "donnees", bouchon.address, WRONG)
    assert said == ["refused", "refused", "refused", "started"]
    assert len(bouchon.authentications) == 2


def test_only_what_a_run_offers_may_be_stated(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    user = holder("Lucie", motdepasse=WRONG)
    held = held_run(owner, user)
    green = press(owner, holder("Paul", siret="46766553500010"), motdepasse="x", siret="46766553500010")
    for test, statement in ((held, "risque"), (held, ""), (held, "n’importe quoi" * 20), (green, "debloque")):
        with pytest.raises(Refusal):
            try_again(actor=owner, test=test, statement=statement)
    assert cause(run_all(actor=owner, test=try_again(actor=owner, test=held, statement="debloque")))


@pytest.mark.parametrize("statement", ["Corail.2026-Dune", "x" * 5000, "DEBLOQUE", "debloque "])
def test_what_is_no_statement_starts_nothing_and_reaches_no_journal(
    bouchon: Bouchon, holder: Holder, owner: Actor, statement: str
) -> None:
    user = holder("Lucie")
    with pytest.raises(Refusal):
        start_test(actor=owner, user=user, entry=None, statement=statement)
    assert not ConnectionTest.objects.exists()
    assert not [one for one in JournalEntry.objects.all() if statement in str(one.facts)]


def test_a_statement_for_one_cause_is_none_for_a_stronger_one(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    """A locked account asks for « debloque », whatever else is said and whichever password is typed."""
    user = holder("Lucie", motdepasse=WRONG)
    press(owner, user)
    bouchon.start_incident("compte-bloque")
    press(owner, user, "renouvele")
    bouchon.end_incident("compte-bloque")
    sent = len(bouchon.authentications)
    for statement in ("", "risque", "inscrit"):
        assert cause(press(owner, user, statement)) == "compte_bloque"
        assert cause(press(owner, user, statement, motdepasse="Un.autre-2026")) == "compte_bloque"
    assert len(bouchon.authentications) == sent


def test_a_session_still_open_does_not_soften_a_lock(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    """A run that signed in before the lock then hears « non inscrit »: the account is locked all the same."""
    user = holder("Lucie")
    bouchon.start_incident("non-inscrit-au-depot")
    running = start_test(actor=owner, user=user, entry=None)
    for _ in ("format", "reseau", "authentification"):
        running = next_check(actor=owner, test=running)
    bouchon.start_incident("compte-bloque")
    press(owner, user, motdepasse=WRONG)
    bouchon.end_incident("compte-bloque")
    assert cause(next_check(actor=owner, test=running)) == "non_inscrit"
    assert PortalIdentity.objects.get().frozen_cause == "compte_bloque"


def test_what_was_typed_in_a_form_is_forgotten_within_the_hour_even_if_nobody_comes_back(
    bouchon: Bouchon, holder: Holder, owner: Actor, clock: Clock
) -> None:
    user = holder("Lucie")
    test = start_test(actor=owner, user=user, entry=RIGHT)
    clock.advance(minutes=59)
    forget_old()
    assert get_test(actor=owner, uuid=test.pk) == test
    clock.advance(minutes=2)
    with pytest.raises(NotVisible):
        get_test(actor=owner, uuid=test.pk)
    forget_old()
    assert not ConnectionTest.objects.exists()


def test_a_run_dated_in_the_future_by_a_wrong_clock_is_forgotten_too(
    bouchon: Bouchon, holder: Holder, owner: Actor, clock: Clock
) -> None:
    user = holder("Lucie")
    clock.advance(days=400)
    test = start_test(actor=owner, user=user, entry=RIGHT)
    clock.advance(days=-400)
    with pytest.raises(NotVisible):
        get_test(actor=owner, uuid=test.pk)
    forget_old()
    assert not ConnectionTest.objects.exists()


def test_the_worker_forgets_what_was_typed(bouchon: Bouchon, holder: Holder, owner: Actor, clock: Clock) -> None:
    from scarabee.cli.sweeping import sweep_once

    start_test(actor=owner, user=holder("Lucie"), entry=RIGHT)
    clock.advance(minutes=61)
    sweep_once()
    assert not ConnectionTest.objects.exists()
