"""Killed half-way, or left without an answer: what may have been a refusal counts as one."""

import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import DatabaseError
from pytest_django import Settings
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Ball, Holder
from tests.child_processes import ROOT, ask_child, environment_for, rows_of, with_schema

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalAttempt, PortalIdentity, User
from scarabee.accounts.portal import connection_tests, door, morning, refusals
from scarabee.accounts.portal.connection_tests import Shown, next_check, run_all, shown, start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

WRONG = "corail.2026-dune"


def causes(result: Shown) -> list[str]:
    return [line.cause for line in result.lines if line.state == "red"]


def abandoned(identity: PortalIdentity, clock: Clock) -> None:
    """What a process leaves that is killed after its first byte left: the attempt, and the turn."""
    PortalAttempt.objects.create(identity=identity, actor_name="service", automatic=True, service="25")
    PortalIdentity.objects.update(busy_until=clock() + timedelta(seconds=150), busy_token="mort")
    clock.advance(minutes=5)


def test_a_killed_process_leaves_an_attempt_that_counts_as_a_refusal(bouchon: Bouchon, tmp_path: Path) -> None:
    folder = with_schema(tmp_path / "donnees")
    command = [sys.executable, "-m", "tests.accounts.portal.hang_child", bouchon.address, WRONG]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment_for(folder), **pipes) as child:  # type: ignore[call-overload]
        assert child.stdout.readline() == "ready\n"
        bouchon.start_incident("muet")
        child.stdin.write("go\n")
        child.stdin.flush()
        wait_for_the_attempt(folder)
        child.kill()
    bouchon.end_incident("muet")
    found = ask_child("tests.accounts.portal.hang_child", folder, bouchon.address, WRONG, "after")
    assert found["left"] == [""]
    assert found["sent_by_the_old"] == 0, "the page that asks for the next check must not send it a second time"
    assert found["red"] == [["interrompue"], ["identifiants_refuses"], ["deja_refuse"]]
    assert found["refusals"] == 2
    assert [one.status for one in bouchon.authentications if one.status == 401] == [401]


def wait_for_the_attempt(folder: Path) -> None:
    """Until the attempt is written down, which comes before its first byte."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if rows_of(folder, "SELECT 1 FROM accounts_portalattempt"):
            return
        time.sleep(0.02)
    pytest.fail("no attempt was written down")


def test_two_machines_killed_in_a_row_stop_the_third_and_the_banner_says_so(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    user = holder("Lucie")
    assert ball(user).ok
    identity = PortalIdentity.objects.get()
    for _ in range(2):
        abandoned(identity, clock)
        clock.advance(days=1)
        morning_of(clock)
    sent = len(bouchon.authentications)
    identity.refresh_from_db()
    assert sent == 3, "a morning after a kill proves it again"
    assert identity.state == IdentityState.PROVED
    abandoned(identity, clock)
    abandoned(identity, clock)
    clock.advance(days=1)
    morning_of(clock)
    identity.refresh_from_db()
    assert len(bouchon.authentications) == sent
    assert (identity.state, identity.frozen_cause) == (IdentityState.FROZEN, "trop_de_refus")
    assert causes(ball(user)) == ["trop_de_refus"]
    assert ball(user, statement="risque").ok
    identity.refresh_from_db()
    assert identity.state == IdentityState.PROVED


def morning_of(clock: Clock) -> None:
    """The morning of the day the clock is at."""
    clock.at = clock.at.replace(hour=9)
    morning.run_due()


def test_an_attempt_that_is_over_counts_once(bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock) -> None:
    user = holder("Lucie", motdepasse=WRONG)
    ball(user)
    abandoned(PortalIdentity.objects.get(), clock)
    for _ in range(3):
        ball(user)
    assert PortalIdentity.objects.get().refusals == 2
    assert list(PortalAttempt.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "identifiants_refuses",
        "interrompu",
    ]


def test_an_answer_that_could_not_be_recorded_is_not_asked_for_again(
    bouchon: Bouchon, holder: Holder, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full between the answer and its record: the same run sends nothing more, statement or not."""
    user = holder("Lucie", motdepasse=WRONG)
    test = start_test(actor=owner, user=user, entry=None, statement="renouvele")
    with monkeypatch.context() as patch:

        def full(*args: object) -> None:
            raise DatabaseError("disk full")

        patch.setattr(door, "_finish", full)
        with pytest.raises(DatabaseError):
            run_all(actor=owner, test=test)
    assert causes(shown(run_all(actor=owner, test=test))) == ["interrompue"]
    assert len(bouchon.authentications) == 1


def test_what_broke_before_anything_was_sent_is_simply_run_again(
    bouchon: Bouchon, holder: Holder, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = start_test(actor=owner, user=holder("Lucie"), entry=None)
    with monkeypatch.context() as patch:

        def broken(*args: object) -> None:
            raise DatabaseError("busy")

        patch.setattr(connection_tests, "perform", broken)
        with pytest.raises(DatabaseError):
            next_check(actor=owner, test=test)
    assert shown(run_all(actor=owner, test=test)).ok


@pytest.fixture
def silent_at_sign_in(bouchon: Bouchon, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> Ball:
    """The portal says it is there, then keeps every sign-in without an answer."""
    monkeypatch.setattr(connection_tests, "Client", partial(connection_tests.Client, timeout_seconds=0.4))

    def press(user: User, entry: Entry | None = None, statement: str = "") -> Shown:
        test = start_test(actor=owner, user=user, entry=entry, statement=statement)
        for _ in ("format", "reseau"):
            next_check(actor=owner, test=test)
        bouchon.start_incident("muet")
        next_check(actor=owner, test=test)
        bouchon.end_incident("muet")
        return shown(run_all(actor=owner, test=test))

    return press


def test_a_password_that_met_silence_twice_needs_a_statement(
    bouchon: Bouchon, holder: Holder, silent_at_sign_in: Ball
) -> None:
    """The portal may have refused it each time without our hearing of it."""
    user = holder("Lucie", motdepasse=WRONG)
    seen = [causes(silent_at_sign_in(user)) for _ in range(4)]
    assert seen == [["injoignable"], ["injoignable"], ["trop_de_refus"], ["trop_de_refus"]]
    assert PortalAttempt.objects.count() == 2


def test_silence_does_not_stop_the_automatic_work_of_what_was_proved(
    bouchon: Bouchon, holder: Holder, ball: Ball, silent_at_sign_in: Ball, clock: Clock
) -> None:
    """On the 15th the portal is slow: that must not cost the bureau its deposits."""
    user = holder("Lucie")
    assert ball(user).ok
    for _ in range(3):
        silent_at_sign_in(user)
    assert PortalIdentity.objects.get().state == IdentityState.PROVED
    clock.advance(days=1)
    morning_of(clock)
    assert [one.status for one in bouchon.authentications][-1] == 200
    assert PortalIdentity.objects.get().refusals == 0


def test_a_third_password_saved_after_two_refusals_leaves_the_banner(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    """Nothing automatic would send it: the freeze must not seem to be over."""
    user = holder("Lucie")
    assert ball(user).ok
    for number in range(2):
        ball(user, replace(RIGHT, motdepasse=f"Essai.{number}"))
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse="Essai.3"))
    assert PortalIdentity.objects.get().state == IdentityState.FROZEN
    clock.advance(days=1)
    morning_of(clock)
    assert len(bouchon.authentications) == 1 + refusals.REFUSALS_WITHOUT_STATEMENT


def test_a_key_renewed_in_the_middle_of_a_run_changes_nothing(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    test = start_test(actor=owner, user=holder("Lucie"), entry=RIGHT)
    for _ in ("format", "reseau", "authentification"):
        test = next_check(actor=owner, test=test)
        vault.rotate(actor=owner)
    assert shown(run_all(actor=owner, test=test)).ok
    assert len(bouchon.authentications) == 1


def test_a_key_lost_in_the_middle_of_a_run_sends_nothing(
    bouchon: Bouchon, holder: Holder, owner: Actor, tmp_path: Path, settings: Settings
) -> None:
    settings.VAULT_KEY_FILE = tmp_path / "cle-coffre"
    user = holder("Lucie")
    test = start_test(actor=owner, user=user, entry=RIGHT)
    next_check(actor=owner, test=test)
    settings.VAULT_KEY_FILE = tmp_path / "autre-cle"
    with pytest.raises(vault.KeyMissing):
        run_all(actor=owner, test=test)
    with pytest.raises(vault.KeyMissing):
        start_test(actor=owner, user=user, entry=None)
    with pytest.raises(vault.KeyMissing):
        save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse=""))
    save_identifiers(actor=owner, user=user, entry=RIGHT)
    assert bouchon.authentications == []
    assert shown(run_all(actor=owner, test=start_test(actor=owner, user=user, entry=None))).ok
