from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone
from tests.accounts.conftest import GOOD, Clock, Enrol, SignIn

from scarabee.accounts.models import User
from scarabee.accounts.services import second_factor
from scarabee.accounts.services.sign_in import create_sign_in_link
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


def _first_page(client: Client, **fields: str) -> object:
    return client.post("/connexion/", {"username": "Lucie", "password": GOOD, **fields})


def test_an_enrolment_shows_the_seed_as_text_and_as_a_picture(lucie: User) -> None:
    enrolment = second_factor.begin(actor=Actor.of(lucie), user=lucie)
    seed = enrolment.secret_shown.replace(" ", "")
    told = pyotp.parse_uri(enrolment.uri)
    assert (told.secret, told.name, told.issuer) == (seed, "Lucie", "Scarabée")
    assert len(seed) == 32
    assert enrolment.qr_svg.startswith("<svg")
    assert "style=" not in enrolment.qr_svg
    assert seed not in repr(enrolment)
    assert "otpauth" not in repr(enrolment)


def test_nothing_changes_until_a_first_code_proves_the_authenticator(lucie: User, client: Client) -> None:
    first = second_factor.begin(actor=Actor.of(lucie), user=lucie)
    assert second_factor.begin(actor=Actor.of(lucie), user=lucie).uri == first.uri
    lucie.refresh_from_db()
    assert not second_factor.is_enrolled(lucie)
    assert _first_page(client).headers["location"] == "/"


def test_the_seed_is_stored_sealed(lucie: User, enrol: Enrol) -> None:
    authenticator = enrol(lucie)
    assert authenticator.secret not in str(list(User.objects.values_list()))
    entry = JournalEntry.objects.get(code="second_facteur.active")
    assert entry.facts == {"user_id": lucie.pk, "username": "Lucie"}


def test_a_wrong_first_code_is_refused_and_the_seed_kept(lucie: User, clock: Clock) -> None:
    actor = Actor.of(lucie)
    uri = second_factor.begin(actor=actor, user=lucie).uri
    for wrong in ("000000", "", "12345", "１２３４５６", "12345a"):
        with pytest.raises(Refusal, match="Ce code"):
            second_factor.confirm(actor=actor, user=lucie, code=wrong)
    assert second_factor.begin(actor=actor, user=lucie).uri == uri
    clock.advance(minutes=31)
    with pytest.raises(Refusal, match="expiré"):
        second_factor.confirm(actor=actor, user=lucie, code=pyotp.parse_uri(uri).at(clock.at))
    assert second_factor.begin(actor=actor, user=lucie).uri != uri


def test_an_enrolment_in_place_is_not_replaced_on_the_sly(lucie: User, enrol: Enrol) -> None:
    enrol(lucie)
    with pytest.raises(Refusal, match="déjà en place"):
        second_factor.begin(actor=Actor.of(lucie), user=lucie)
    with pytest.raises(Refusal):
        second_factor.confirm(actor=Actor.of(lucie), user=lucie, code="000000")


def test_nobody_sees_the_seed_of_another(administrator: User, lucie: User, owner: Actor) -> None:
    for actor in (Actor.of(administrator), owner):
        with pytest.raises(NotAllowed):
            second_factor.begin(actor=actor, user=lucie)


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_holds_one_step_around_its_own(
    lucie: User, enrol: Enrol, clock: Clock, seconds: int, accepted: bool
) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=5)
    assert second_factor.accepts(lucie, authenticator.at(clock.at + timedelta(seconds=seconds))) is accepted


def test_a_code_is_good_once_and_takes_the_earlier_ones_with_it(lucie: User, enrol: Enrol, clock: Clock) -> None:
    authenticator = enrol(lucie)
    assert not second_factor.accepts(lucie, authenticator.at(clock.at))  # it served to put it in place
    clock.advance(minutes=5)
    code = authenticator.at(clock.at)
    assert second_factor.accepts(lucie, f" {code[:3]} {code[3:]} ")
    assert not second_factor.accepts(lucie, code)
    assert not second_factor.accepts(lucie, authenticator.at(clock.at - timedelta(seconds=30)))
    clock.advance(seconds=30)
    assert second_factor.accepts(lucie, authenticator.at(clock.at))


def test_an_account_without_second_factor_accepts_no_code(lucie: User) -> None:
    assert not second_factor.accepts(lucie, "000000")


def test_it_is_removed_by_the_person_or_an_administrator(administrator: User, lucie: User, enrol: Enrol) -> None:
    other = User.objects.create(username="Paul")
    for actor in (Actor.of(lucie), Actor.of(administrator)):
        enrol(lucie)
        with pytest.raises(NotVisible):
            second_factor.remove(actor=Actor.of(other), user=lucie)
        second_factor.remove(actor=actor, user=lucie)
        lucie.refresh_from_db()
        assert not second_factor.is_enrolled(lucie)
    assert JournalEntry.objects.filter(code="second_facteur.retire").count() == 2


def test_putting_it_in_place_or_removing_it_ends_the_other_sessions(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    actor, here, there = Actor.of(lucie), sign_in("Lucie"), sign_in("Lucie")
    seed = second_factor.begin(actor=actor, user=lucie).secret_shown.replace(" ", "")
    kept = here.session.session_key or ""
    second_factor.confirm(actor=actor, user=lucie, code=pyotp.TOTP(seed).at(clock.at), but_key=kept)
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    second_factor.remove(actor=actor, user=lucie)
    assert here.get("/").status_code == 302


def test_signing_in_takes_two_pages_and_keeps_the_page_asked_for(
    client: Client, lucie: User, enrol: Enrol, clock: Clock
) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=1)
    response = _first_page(client, next="/dossiers/")
    assert response.headers["location"] == "/connexion/code/?next=%2Fdossiers%2F"
    assert SESSION_KEY not in client.session
    assert client.get("/dossiers/").status_code == 302
    page = client.get(response.headers["location"])
    assert "Lucie" in page.text
    assert 'value="/dossiers/"' in page.text
    wrong = client.post("/connexion/code/", {"code": "000000", "next": "/dossiers/"})
    assert "n’est pas celui attendu" in wrong.text
    assert SESSION_KEY not in client.session
    answer = client.post("/connexion/code/", {"code": authenticator.at(clock.at), "next": "/dossiers/"})
    assert answer.headers["location"] == "/dossiers/"
    assert client.session[SESSION_KEY] == str(lucie.pk)


def test_a_code_that_served_does_not_open_a_second_session(
    client: Client, lucie: User, enrol: Enrol, clock: Clock
) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=1)
    code = authenticator.at(clock.at)
    other = Client()
    for browser in (client, other):
        _first_page(browser)
        browser.post("/connexion/code/", {"code": code})
    assert SESSION_KEY in client.session
    assert SESSION_KEY not in other.session


def test_the_second_page_is_nothing_without_the_first(client: Client, lucie: User, enrol: Enrol, clock: Clock) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=1)
    answer = client.post("/connexion/code/", {"code": authenticator.at(clock.at)})
    assert answer.headers["location"] == "/connexion/"
    _first_page(client)
    clock.advance(minutes=5, seconds=1)
    assert client.get("/connexion/code/").headers["location"] == "/connexion/"
    _first_page(client)
    lucie.set_password("autre phrase de passe 9")
    lucie.save()
    assert client.get("/connexion/code/").headers["location"] == "/connexion/"


def test_the_second_page_leads_nowhere_else(client: Client, lucie: User, enrol: Enrol, clock: Clock) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=1)
    assert _first_page(client, next="https://exemple.invalid/").headers["location"] == "/connexion/code/"
    answer = client.post(
        "/connexion/code/?next=//exemple.invalid/", {"code": authenticator.at(clock.at), "next": "//exemple.invalid/"}
    )
    assert answer.headers["location"] == "/"


def test_a_one_time_link_does_not_pass_by_the_code(client: Client, lucie: User, enrol: Enrol) -> None:
    enrol(lucie)
    answer = client.post(f"/connexion/lien/{create_sign_in_link(lucie)}/")
    assert answer.headers["location"] == "/connexion/code/"
    assert SESSION_KEY not in client.session


def test_a_lost_key_is_said_and_lets_nobody_in(
    client: Client, lucie: User, enrol: Enrol, clock: Clock, settings: object, tmp_path: Path
) -> None:
    authenticator = enrol(lucie)
    clock.advance(minutes=1)
    settings.VAULT_KEY_FILE = tmp_path / "cle-coffre"
    _first_page(client)
    answer = client.post("/connexion/code/", {"code": authenticator.at(clock.at)})
    assert answer.status_code == 409
    assert "scarabee utilisateurs reinitialiser" in answer.text
    assert "Administrateur" in answer.text
    assert SESSION_KEY not in client.session
    with pytest.raises(second_factor.SecondFactorUnreadable):
        second_factor.accepts(lucie, authenticator.at(timezone.now()))


def test_a_lost_key_does_not_prevent_a_new_enrolment_after_a_reset(
    lucie: User, enrol: Enrol, settings: object, tmp_path: Path
) -> None:
    enrol(lucie)
    settings.VAULT_KEY_FILE = tmp_path / "cle-coffre"
    second_factor.remove(actor=Actor.of(lucie), user=lucie)
    enrol(lucie)
    assert second_factor.is_enrolled(lucie)
