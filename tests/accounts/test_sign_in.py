import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from scarabee.accounts.forms import WRONG_SIGN_IN
from scarabee.accounts.models import User
from scarabee.accounts.services.users import create_user
from scarabee.accounts.sessions import SessionStore
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

GOOD = "corail dune sextant 47"


def _sign_in(client: Client, **fields: str) -> object:
    return client.post("/connexion/", {"username": "administrateur", "password": GOOD, **fields})


def test_name_in_any_case_and_password_open_a_session(client: Client, administrator: User) -> None:
    response = _sign_in(client, next="/journal/")
    assert response.headers["location"] == "/journal/"
    assert client.session[SESSION_KEY] == str(administrator.pk)


def test_the_refusal_does_not_say_what_was_wrong(client: Client, administrator: User) -> None:
    pages = [
        _sign_in(client, password="faux").text,
        _sign_in(client, username="inconnu").text,
    ]
    for page in pages:
        assert WRONG_SIGN_IN in page
    assert SESSION_KEY not in client.session


def test_an_inactive_account_is_refused_in_the_same_words(client: Client, administrator: User) -> None:
    clerk = User(username="Lucie", is_active=False)
    clerk.set_password(GOOD)
    clerk.save()
    assert WRONG_SIGN_IN in _sign_in(client, username="Lucie").text


def test_a_session_ends_when_the_account_is_closed(admin_client: Client, administrator: User) -> None:
    other = User(username="Autre", is_administrator=True)
    other.set_password(GOOD)
    other.save()
    assert admin_client.get("/").status_code == 200
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    assert admin_client.get("/").status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://exemple.invalid/", "//exemple.invalid/", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(client: Client, administrator: User, elsewhere: str) -> None:
    assert _sign_in(client, next=elsewhere).headers["location"] == "/"


def test_a_fragment_asked_for_after_the_session_ended_loads_the_whole_sign_in_page(
    client: Client, administrator: User
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/journal/?page=2"}
    response = client.get("/journal/", headers=headers, follow=True)
    assert response.headers["HX-Redirect"] == "/connexion/?next=%2Fjournal%2F"
    assert response.content == b""


def test_signing_out_asks_for_a_post(admin_client: Client) -> None:
    assert admin_client.get("/deconnexion/").status_code == 405
    assert admin_client.post("/deconnexion/").headers["location"] == "/connexion/"
    assert admin_client.get("/").status_code == 302


def test_spaces_around_a_name_do_not_matter(client: Client, administrator: User) -> None:
    assert _sign_in(client, username="  administrateur ").headers["location"] == "/"


def test_an_account_without_password_lets_nobody_in(client: Client, administrator: User, owner: Actor) -> None:
    create_user(actor=owner, username="Lucie")
    for password in ("", "!", "None"):
        assert WRONG_SIGN_IN in _sign_in(client, username="Lucie", password=password or " ").text
    assert SESSION_KEY not in client.session


def test_signing_in_is_noted_on_the_account(client: Client, administrator: User) -> None:
    assert administrator.last_login is None
    _sign_in(client)
    administrator.refresh_from_db()
    assert administrator.last_login is not None


def test_pages_of_the_sign_in_are_never_kept_by_the_browser(client: Client, administrator: User) -> None:
    for address in ("/connexion/", "/connexion/code/", "/connexion/bloque/", "/mot-de-passe/inconnu/"):
        assert "no-store" in client.get(address).headers["Cache-Control"]


def test_a_cookie_set_before_the_sign_in_opens_nothing_after_it(client: Client, administrator: User) -> None:
    client.session.save()
    session = client.session
    session["piège"] = 1
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    _sign_in(client)
    assert client.session.session_key != session.session_key
    assert SESSION_KEY not in SessionStore(session.session_key)
