"""Somebody leaves: the page that closes the account, its own page and the command tell what is awaited, and go on."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime
from pytest_django import DjangoAssertNumQueries
from tests.cli.conftest import Run, run
from tests.conftest import PASSWORD
from tests.filings.factories import holder
from tests.filings.page_scenes import deposit, employer, words
from tests.sent_forms import form_of

from scarabee.accounts.models import PortalIdentity, User
from scarabee.accounts.services.users import deactivate_user
from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.models import Cursor
from scarabee.returns.selectors.leaving import collected_until
from scarabee.returns.services.pending import keep_collecting

__all__ = ["run"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def lucie(administrator: User) -> User:
    """A user whose identifiers nobody else holds."""
    return holder("Lucie")


@pytest.fixture
def awaiting(dossier: Dossier, lucie: User) -> Filing:
    """A deposit by Lucie that awaits its returns."""
    employer(dossier)
    identity = PortalIdentity.objects.get(holders__user=lucie)
    return deposit(dossier, FilingState.ACCEPTED, identity=identity, sent_at=now() - timedelta(days=3))


@pytest.fixture
def browser(admin_client: Client) -> Client:
    """Administrateur's, the password confirmed a moment ago."""
    admin_client.post("/mon-compte/confirmer/", {"confirmation": PASSWORD})
    return admin_client


def closing(user: User) -> str:
    return f"/centre/comptes/{user.pk}/desactiver/"


def day(days: int) -> str:
    return (localtime(now()).date() + timedelta(days=days)).isoformat()


def test_the_page_that_closes_an_account_lists_its_deposits_and_offers_to_go_on(
    browser: Client, lucie: User, awaiting: Filing
) -> None:
    page = browser.get(closing(lucie))
    assert "1 dépôt attend encore des retours" in words(page)
    assert "Club 00" in words(page) and "octobre 2026" in words(page)
    assert f'value="{day(42)}"' in page.text
    browser.post(closing(lucie), {"keep": "on", "until": day(20)})
    lucie.refresh_from_db()
    assert not lucie.is_active
    assert str(collected_until(lucie)) == day(20)
    assert JournalEntry.objects.get(code="retours.prolongation").facts["until"] == day(20)


def test_nothing_is_offered_when_nothing_is_awaited_or_a_colleague_has_the_same_identifiers(
    browser: Client, lucie: User, awaiting: Filing
) -> None:
    holder("Marc")
    assert "Retours encore attendus" not in words(browser.get(closing(lucie)))
    browser.post(closing(lucie))
    assert not Cursor.objects.exists()
    assert not JournalEntry.objects.filter(code="retours.prolongation").exists()


@pytest.mark.parametrize("typed", ["", "demain", day(-1), day(400)])
def test_a_day_that_does_not_do_closes_nothing_and_is_asked_for_again(
    browser: Client, lucie: User, awaiting: Filing, typed: str
) -> None:
    answer = browser.post(closing(lucie), {"keep": "on", "until": typed})
    assert answer.status_code == 400
    assert "Désactiver ce compte" in words(answer)
    lucie.refresh_from_db()
    assert lucie.is_active
    assert not Cursor.objects.exists()


def test_the_page_of_who_left_says_until_when_and_ends_it(browser: Client, lucie: User, awaiting: Filing) -> None:
    address = f"/centre/comptes/{lucie.pk}/"
    assert "Retours encore attendus" not in words(browser.get(address))
    browser.post(closing(lucie))
    assert "Ils ne sont plus récupérés." in words(browser.get(address))
    on = f"/dsn/retours/comptes/{lucie.pk}/"
    answer = browser.post(on, {"keep": "on", "until": day(10)}, follow=True)
    assert "Les retours sont récupérés jusqu’au" in words(answer)
    assert "Arrêter maintenant" in words(answer)
    answer = browser.post(on, {"until": day(10)}, follow=True)
    assert "ne sont plus récupérés avec ces identifiants" in words(answer)
    assert collected_until(lucie) is None


def test_the_second_of_two_who_change_the_day_is_told_and_changes_nothing(
    browser: Client, lucie: User, awaiting: Filing, owner: Actor
) -> None:
    browser.post(closing(lucie))
    shown = form_of(browser.get(f"/centre/comptes/{lucie.pk}/"), "until")
    identity = PortalIdentity.objects.get(holders__user=lucie)
    keep_collecting(actor=owner, identity=identity, until=date.fromisoformat(day(20)))
    on = f"/dsn/retours/comptes/{lucie.pk}/"
    answer = words(browser.post(on, {**shown, "keep": "on", "until": day(10)}, follow=True))
    assert f"{owner.name} a enregistré autre chose" in answer
    assert collected_until(lucie) == date.fromisoformat(day(20))


def test_it_asks_for_the_password_and_serves_nobody_who_is_active(
    admin_client: Client, lucie: User, awaiting: Filing, owner: Actor
) -> None:
    on = f"/dsn/retours/comptes/{lucie.pk}/"
    answer = admin_client.post(on, {"keep": "on", "until": day(10)})
    assert answer.headers["Location"].startswith("/mon-compte/confirmer/")
    admin_client.post("/mon-compte/confirmer/", {"confirmation": PASSWORD})
    assert "rien à changer" in words(admin_client.post(on, {"keep": "on", "until": day(10)}, follow=True))
    deactivate_user(actor=owner, user=lucie)
    assert "entre aujourd’hui et un an" in words(admin_client.post(on, {"keep": "on", "until": day(500)}, follow=True))
    assert collected_until(lucie) is None


def test_many_deposits_are_told_by_the_last_ten_in_a_few_questions(
    browser: Client,
    lucie: User,
    awaiting: Filing,
    dossier: Dossier,
    owner: Actor,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(1, 30):
        employer(dossier, number)
        deposit(dossier, FilingState.ACCEPTED, number, identity_id=awaiting.identity_id, sent_at=now())
    deactivate_user(actor=owner, user=lucie)
    with django_assert_max_num_queries(10):
        page = browser.get(f"/centre/comptes/{lucie.pk}/")
    assert "30 dépôts envoyés" in words(page) and "Et 20 autres." in words(page)


def test_the_command_lists_them_and_takes_a_day(run: Run, lucie: User, awaiting: Filing) -> None:
    told = run("utilisateurs", "desactiver", "Lucie")
    assert told.code == 0
    assert str(awaiting.pk) in told.out and "déposée (AEE)" in told.out
    assert "--retours-jusqu-au" in told.err
    told = run("utilisateurs", "desactiver", "Lucie", "--retours-jusqu-au", day(5), "--json")
    assert told.json["active"] is False
    assert told.json["collected_until"] == day(5)
    assert [one["number"] for one in told.json["awaited"]] == [awaiting.pk]
    assert run("utilisateurs", "desactiver", "Lucie", "--sans-retours", "--json").json["collected_until"] is None


def test_the_command_closes_nothing_when_the_day_does_not_do(run: Run, lucie: User, awaiting: Filing) -> None:
    assert run("utilisateurs", "desactiver", "Lucie", "--retours-jusqu-au", "2099-01-01").code == 1
    User.objects.create(username="Sans identifiants", username_key="sans identifiants", password="!")
    refused = run("utilisateurs", "desactiver", "Sans identifiants", "--retours-jusqu-au", day(5))
    assert refused.code == 1 and "pas d’identifiants" in refused.err
    assert not User.objects.filter(is_active=False).exists()
