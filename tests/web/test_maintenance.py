"""What people see while Scarabée is about to close, and while it is closed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import PASSWORD

from scarabee.accounts.models import User
from scarabee.accounts.services.users import create_user
from scarabee.maintenance import watch, window
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import SchemaStamp, Window
from scarabee.maintenance.versions import own_stamp

HOME, SCREEN = "/", "/centre/maintenance/"


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    watch.forget()
    yield
    watch.forget()


@pytest.fixture
def lucie(administrator: User, owner: Actor) -> Client:
    """A browser signed in as somebody who closed nothing."""
    client = Client()
    client.force_login(create_user(actor=owner, username="Lucie"))
    return client


def _close(client: Client, **more: str) -> None:
    client.post(SCREEN, {"do": "fermer", "reason": "Changement de disque", "notice": "0", "minutes": "60", **more})


def test_closing_says_why_and_lets_only_the_opener_in(admin_client: Client, lucie: Client) -> None:
    _close(admin_client)
    answer = lucie.get(HOME)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "20" and answer["Refresh"] == "20"
    assert "Changement de disque" in answer.text and "par Administrateur" in answer.text
    assert "Scarabée est fermé à tous, sauf à vous" in admin_client.get(HOME).text


def test_what_was_sent_meanwhile_is_not_kept_and_the_page_says_so(admin_client: Client, lucie: Client) -> None:
    _close(admin_client)
    answer = lucie.post(reverse("accounts:own_password"), {})
    assert answer.status_code == 503
    assert "n’a pas été enregistré" in answer.text
    assert "Refresh" not in answer.headers  # the browser's « back » must lead to what was typed


def test_a_part_of_a_page_has_the_whole_page_asked_again(admin_client: Client, lucie: Client) -> None:
    _close(admin_client)
    assert lucie.get(HOME, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_notice_counts_down_on_every_page_and_changes_nothing_else(admin_client: Client, lucie: Client) -> None:
    _close(admin_client, notice="10")
    text = lucie.get(HOME).text
    assert "dans 10 min" in text and "Enregistrez ce que vous avez commencé" in text
    assert "dans 10 min" in Client().get(reverse("accounts:login")).text
    Window.objects.update(closes_at=now() + timedelta(seconds=20))
    watch.forget()
    assert "dans moins d’une minute" in lucie.get(HOME).text


def test_another_administrator_signs_in_and_opens_again(admin_client: Client, owner: Actor) -> None:
    create_user(actor=owner, username="Zoé", password=PASSWORD, is_administrator=True)
    _close(admin_client)
    browser = Client()
    assert browser.get(SCREEN).status_code == 302
    browser.post(f"{reverse('accounts:login')}?next={SCREEN}", {"username": "Zoé", "password": PASSWORD})
    assert browser.get(HOME).status_code == 503
    assert "Changement de disque" in browser.get(SCREEN).text
    browser.post(SCREEN, {"do": "rouvrir"})
    assert browser.get(HOME).status_code == 200


def test_it_opens_by_itself_when_its_time_is_over(admin_client: Client, lucie: Client) -> None:
    _close(admin_client)
    Window.objects.update(ends_at=now() - timedelta(seconds=1))
    watch.forget()
    assert lucie.get(HOME).status_code == 200
    assert window.current() is None


@pytest.mark.parametrize("sent", [{"reason": ""}, {"minutes": "999"}, {"notice": "x"}])
def test_a_wrong_form_closes_nothing(admin_client: Client, sent: dict[str, str]) -> None:
    _close(admin_client, **sent)
    assert window.current() is None


@pytest.mark.parametrize(
    ("stamp", "version", "said"),
    [
        ("another", "99.0", "a été mis à jour ailleurs"),
        ("ours", "99.0", "a été mis à jour ailleurs"),
        ("another", "0.0.1", "n’est pas finie"),
    ],
)
def test_a_post_of_another_version_says_so(admin_client: Client, stamp: str, version: str, said: str) -> None:
    SchemaStamp.objects.update(stamp=own_stamp() if stamp == "ours" else stamp, version=version)
    watch.forget()
    for answer in (admin_client.get(HOME), admin_client.post(SCREEN, {"do": "rouvrir"})):
        assert answer.status_code == 503
        assert said in answer.text


def test_an_older_version_of_the_same_schema_may_be_followed_by_ours(admin_client: Client) -> None:
    SchemaStamp.objects.update(stamp=own_stamp(), version="0.0.1")
    watch.forget()
    assert admin_client.get(HOME).status_code == 200


def test_pages_cost_nothing_more(admin_client: Client, django_assert_num_queries: Callable[..., object]) -> None:
    admin_client.get(SCREEN)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        watch.look()


def test_a_page_of_a_former_version_is_told_so_at_its_next_save(administrator: User, settings: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    former = f"{settings.CSRF_COOKIE_START}0_0_9"
    browser.cookies[former] = "a" * 32
    answer = browser.post(SCREEN, {"do": "rouvrir", "csrfmiddlewaretoken": "a" * 32})
    assert answer.status_code == 403
    assert "Scarabée a été mis à jour" in answer.text and "n’a pas été enregistré" in answer.text
    assert answer.cookies[former].value == "" and answer.cookies[former]["max-age"] == 0
    del browser.cookies[former]  # as a browser does then
    again = browser.post(SCREEN, {"do": "rouvrir"}, headers={"HX-Request": "true"})
    assert "Formulaire périmé" in again.text and "HX-Refresh" not in again.headers
    browser.cookies[former] = "a" * 32
    assert browser.post(SCREEN, {}, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
