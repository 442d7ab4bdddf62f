"""The health of identifiers: nothing green that is not, a banner until it is cured, few queries for a page."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Ball, Holder

from scarabee.accounts.models import PortalIdentifiers
from scarabee.accounts.portal import health, morning
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.users import deactivate_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

NEW = "Nouveau.2026-Sel"


def next_morning(clock: Clock) -> None:
    clock.advance(days=1)
    clock.at = clock.at.replace(hour=9)
    morning.run_due()


def test_a_password_refused_since_it_was_proved_is_not_shown_as_verified(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie, paul = holder("Lucie"), holder("Paul")
    assert ball(lucie).ok
    assert health.rows(owner)[lucie.pk].level == "success"
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, NEW)
    next_morning(clock)
    assert health.rows(owner)[lucie.pk].level == "error"
    save_identifiers(actor=owner, user=paul, entry=replace(RIGHT, motdepasse=NEW))
    assert health.rows(owner)[lucie.pk].level == "warning"
    assert ball(paul).ok
    states = health.rows(owner)
    assert (states[lucie.pk].level, states[paul.pk].level) == ("warning", "success")
    assert states[lucie.pk].newer_password_from == "Paul"


def test_an_outage_does_not_make_a_proved_password_doubtful(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie = holder("Lucie")
    assert ball(lucie).ok
    bouchon.start_incident("erreur-interne")
    next_morning(clock)
    assert health.rows(owner)[lucie.pk].level == "success"
    assert health.rows(owner)[lucie.pk].last_failure_at is not None


def test_the_same_password_under_other_regimes_is_no_newer_one(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie, paul = holder("Lucie"), holder("Paul", agricole=True)
    assert ball(lucie).ok
    clock.advance(hours=1)
    assert ball(paul).ok
    assert health.rows(owner)[lucie.pk].newer_password_from == ""


def test_a_lost_key_shows_above_every_page_until_the_password_is_typed_again(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie = holder("Lucie")
    assert ball(lucie).ok
    PortalIdentifiers.objects.update(sealed="1.0000000000000000.abc")
    next_morning(clock)
    assert ["clé du coffre" in alert.text for alert in health.alerts(owner)] == [True]
    assert health.rows(owner)[lucie.pk].level == "warning"
    assert not health.alerts(Actor.of(holder("Paul", siret="46766553500010")))
    clock.advance(minutes=5)
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    assert health.alerts(owner) == []


def test_a_key_put_back_ends_the_alert_within_the_hour(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie = holder("Lucie")
    assert ball(lucie).ok
    sealed = PortalIdentifiers.objects.get().sealed
    PortalIdentifiers.objects.update(sealed="1.0000000000000000.abc")
    next_morning(clock)
    PortalIdentifiers.objects.update(sealed=sealed)
    clock.advance(minutes=61)
    assert morning.run_due() == 1
    assert health.alerts(owner) == []
    assert health.rows(owner)[lucie.pk].level == "success"


def test_one_refused_account_is_one_alert_and_goes_with_its_last_active_holder(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    users = [holder(name, motdepasse="faux") for name in ("Lucie", "Paul")]
    ball(users[0])
    assert len(health.alerts(owner)) == 1
    deactivate_user(actor=owner, user=users[0])
    assert [alert.user_id for alert in health.alerts(owner)] == [users[1].pk]
    deactivate_user(actor=owner, user=users[1])
    assert health.alerts(owner) == []


def test_a_page_costs_few_queries_however_many_hold_identifiers(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        ball(holder(f"Personne {number}", siret=f"7328293200007{number}", motdepasse="faux"))
    with django_assert_num_queries(1):
        assert len(health.alerts(owner)) >= 1
    with django_assert_num_queries(2):
        assert len(health.rows(owner)) == 5


def test_a_key_that_is_gone_shows_at_once(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lucie = holder("Lucie")
    assert ball(lucie).ok
    assert health.rows(owner)[lucie.pk].level == "success"
    monkeypatch.setattr("django.conf.settings.VAULT_KEY_FILE", tmp_path / "ailleurs")
    assert health.rows(owner)[lucie.pk].state == "Mot de passe illisible"


def test_the_banner_leads_to_the_set_that_was_never_proved_and_names_the_account(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor
) -> None:
    """Whoever's own password was accepted is not the one to mend."""
    alice, zoe = holder("Alice"), holder("Zoé", motdepasse="Faux.2026")
    assert ball(alice).ok
    assert not ball(zoe).ok
    (alert,) = health.alerts(owner)
    assert alert.user_id == zoe.pk
    assert "« Noémie D'HERVAULT »" in alert.text
    assert "Alice" not in alert.text
