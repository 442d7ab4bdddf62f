from collections.abc import Callable

import pytest
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from tests.accounts.conftest import GOOD, Clock, Enrol, SignIn

from scarabee.accounts import confirmation
from scarabee.accounts.models import User
from scarabee.accounts.services.passwords import change_password
from scarabee.accounts.services.sign_in import create_sign_in_link
from scarabee.accounts.services.users import is_locked
from scarabee.maintenance.journal import Actor
from scarabee.web.urls_root import handler404
from scarabee.web.urls_root import urlpatterns as product_addresses

OTHER = "marée lanterne orge 12"


def _confirm(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(confirmation.confirm(request, request.POST["password"])))


def _asked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(confirmation.is_confirmed(request)))


def _change(request: HttpRequest) -> HttpResponse:
    user = change_password(
        actor=Actor.of(request.user), user=request.user, password=OTHER, but_key=request.session.session_key or ""
    )
    update_session_auth_hash(request, user)
    return HttpResponse()


urlpatterns = [
    path("essai/confirmer/", _confirm),
    path("essai/confirme/", _asked),
    path("essai/changer/", _change),
    *product_addresses,
]
__all__ = ["handler404", "urlpatterns"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

Confirmed = Callable[[Client], bool]


def _is_confirmed(browser: Client) -> bool:
    return browser.get("/essai/confirme/").text == "True"


def _give(browser: Client, password: str) -> tuple[int, str]:
    answer = browser.post("/essai/confirmer/", {"password": password})
    return answer.status_code, answer.text


def test_signing_in_confirms_nothing_by_itself(lucie: User, sign_in: SignIn) -> None:
    assert not _is_confirmed(sign_in("Lucie"))


def test_the_right_password_confirms_for_a_quarter_of_an_hour(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser, other = sign_in("Lucie"), sign_in("Lucie")
    assert _give(browser, GOOD) == (200, "True")
    clock.advance(minutes=14, seconds=59)
    assert _is_confirmed(browser)
    assert not _is_confirmed(other)
    clock.advance(seconds=1)
    assert not _is_confirmed(browser)


def test_a_confirmation_gives_the_session_another_key(lucie: User, sign_in: SignIn) -> None:
    browser, thief = sign_in("Lucie"), Client()
    thief.cookies.update(browser.cookies)
    assert _give(browser, GOOD) == (200, "True")
    assert _is_confirmed(browser)
    assert thief.get("/essai/confirme/").status_code == 302


def test_the_password_of_somebody_else_confirms_nothing(lucie: User, sign_in: SignIn, owner: Actor) -> None:
    change_password(actor=owner, user=lucie, password=OTHER)
    browser = sign_in("Administrateur")
    assert _give(browser, OTHER) == (200, "False")
    assert not _is_confirmed(browser)


def test_failures_count_toward_the_lock_out_whose_page_answers(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    for _ in range(2):
        sign_in("Lucie", "faux")
    assert [_give(browser, "faux")[0] for _ in range(3)] == [200, 200, 429]
    assert is_locked(lucie)
    status, text = _give(browser, GOOD)
    assert status == 429
    assert "Trop d’essais" in text
    assert not _is_confirmed(browser)
    assert browser.get("/").status_code == 200  # the session itself goes on


def test_htmx_is_led_to_the_page_of_the_lock(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    for _ in range(4):
        _give(browser, "faux")
    answer = browser.post("/essai/confirmer/", {"password": "faux"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/connexion/bloque/"
    assert browser.get("/connexion/bloque/").status_code == 429


def test_a_confirmation_forgets_the_slips_before_it(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    for _ in range(3):
        for _ in range(3):
            _give(browser, "faux")
        assert _give(browser, GOOD) == (200, "True")
    assert not is_locked(lucie)


def test_a_confirmation_does_not_forget_wrong_codes(lucie: User, sign_in: SignIn, enrol: Enrol, clock: Clock) -> None:
    authenticator = enrol(lucie)
    browser, stranger = sign_in("Lucie"), sign_in("Lucie")
    clock.advance(seconds=30)
    browser.post("/connexion/code/", {"code": authenticator.at(clock.at)})
    for _ in range(4):
        stranger.post("/connexion/code/", {"code": "000000"})
    assert _give(browser, GOOD) == (200, "True")
    stranger.post("/connexion/code/", {"code": "000000"})
    assert is_locked(lucie)


def test_a_confirmation_ends_with_the_session_and_the_password(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    _give(browser, GOOD)
    browser.post("/deconnexion/")
    browser.post("/connexion/", {"username": "Lucie", "password": GOOD})
    assert not _is_confirmed(browser)
    _give(browser, GOOD)
    assert browser.post("/essai/changer/").status_code == 200
    assert browser.get("/").status_code == 200
    assert not _is_confirmed(browser)


def test_a_one_time_link_confirms_whoever_has_no_password(administrator: User, client: Client) -> None:
    client.post(f"/connexion/lien/{create_sign_in_link(administrator)}/")
    assert _is_confirmed(client)


def test_nobody_is_confirmed_before_the_sign_in(administrator: User, client: Client) -> None:
    assert client.post("/essai/confirmer/", {"password": GOOD}).status_code == 302
