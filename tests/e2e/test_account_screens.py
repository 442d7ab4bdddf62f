"""The screens of the accounts in a real browser: the guide from end to end, by keyboard, without JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.utils.timezone import get_default_timezone, localdate
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer
from tests.accounts.false_portal import RIGHT, false_portal
from tests.axe import assert_no_axe_violation
from tests.conftest import PASSWORD

from scarabee.accounts.models import PortalAttempt, PortalIdentifiers, Session, User
from scarabee.accounts.portal.identifiers import kept_entry, save_identifiers
from scarabee.accounts.portal.morning import run_due
from scarabee.accounts.services.users import create_user
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

BALL = "Vérifier la saisie et tester les connexions"
SCREEN = {"width": 1366, "height": 768}


@pytest.fixture
def bouchon(transactional_db: None, tmp_path: Path) -> Iterator[Bouchon]:
    with false_portal(tmp_path / "bouchon") as server:
        yield server


@pytest.fixture
def zoe(transactional_db: None, owner: Actor) -> User:
    return create_user(actor=owner, username="Zoé", password=PASSWORD)


@pytest.fixture
def complaints(signed_in_page: Page) -> list[str]:
    """What the browser says in its console."""
    said: list[str] = []
    signed_in_page.on("console", lambda message: said.append(message.text))
    return said


def _open(page: Page, live_server: LiveServer, user: User) -> None:
    """The account of this user, its second tab opened by the password of whoever looks at it."""
    page.goto(f"{live_server.url}/centre/comptes/{user.pk}/")
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_label("SIRET")).to_be_visible()


def _type(page: Page, motdepasse: str = RIGHT.motdepasse) -> None:
    page.get_by_label("SIRET").fill(RIGHT.siret)
    page.get_by_label("Nom", exact=True).fill(RIGHT.nom)
    page.get_by_label("Prénom").fill(RIGHT.prenom)
    _password(page).fill(motdepasse)


def _password(page: Page) -> Locator:
    return page.get_by_label("Mot de passe", exact=True)


def _window(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Vérification des connexions")


def test_the_guide_from_the_menu_to_identifiers_that_the_next_automatic_job_uses(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User, complaints: list[str]
) -> None:
    page = signed_in_page
    page.goto(live_server.url)
    page.get_by_role("link", name="Comptes utilisateurs / Droits d’accès").click()
    page.get_by_role("link", name="Zoé").click()
    tab = page.get_by_role("tab", name="Net Entreprise")
    tab.click()
    expect(page.get_by_text("Confirmez d’abord votre mot de passe").first).to_be_visible()
    expect(page.get_by_label("SIRET")).to_have_count(0)
    expect(page.get_by_role("button", name="Enregistrer")).to_be_disabled()
    page.get_by_role("tab", name="Scarabée").click()
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    expect(tab).to_have_attribute("aria-selected", "true")

    _type(page, RIGHT.motdepasse.swapcase())
    page.get_by_role("button", name=BALL).click()
    window = _window(page)
    red = window.locator(".check-red")
    expect(red).to_contain_text("Nom, prénom et mot de passe acceptés")
    expect(red).to_contain_text("Le plus probable")
    expect(red).to_contain_text("Verr. Maj")
    expect(window.locator(".check-ok")).to_have_count(2)
    expect(window.locator(".check-skipped")).to_have_count(2)
    assert_no_axe_violation(page)
    window.get_by_role("button", name="Revenir à la saisie").click()
    expect(window).to_be_hidden()
    expect(_password(page)).to_have_value(RIGHT.motdepasse.swapcase())

    _password(page).fill(RIGHT.motdepasse)
    page.get_by_role("button", name=BALL).click()
    expect(window).to_contain_text("Tout est vert : enregistrez.")
    expect(window.locator(".check-ok")).to_have_count(5)
    expect(page.locator("#essai-annonce")).to_contain_text("Tout est vert.")
    assert_no_axe_violation(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Enregistré. Le prochain travail automatique s’en sert")).to_be_visible()
    expect(page.get_by_text("Vérifiés", exact=True)).to_be_visible()
    expect(_password(page)).to_have_value("")
    assert kept_entry(PortalIdentifiers.objects.get(user=zoe)) == RIGHT
    assert [one.status for one in bouchon.authentications] == [401, 200]

    assert run_due(datetime.combine(localdate(), time(9), get_default_timezone())) == 1
    assert PortalAttempt.objects.latest("pk").automatic
    assert [one.status for one in bouchon.authentications] == [401, 200, 200]
    assert complaints == []


def test_tabs_and_ball_by_keyboard_alone(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User
) -> None:
    page = signed_in_page
    page.goto(f"{live_server.url}/centre/comptes/{zoe.pk}/")
    page.get_by_label("Votre mot de passe").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("SIRET")).to_be_visible()
    page.get_by_role("tab", name="Net Entreprise").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Scarabée")).to_be_focused()
    expect(page.get_by_label("SIRET")).to_be_hidden()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Net Entreprise")).to_be_focused()
    page.keyboard.press("Tab")
    for value in (RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    for _ in range(10):  # past Montrer and the régimes
        if page.evaluate("document.activeElement.id") == "boule":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    window = _window(page)
    expect(window).to_contain_text("Tout est vert")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    expect(page.get_by_role("button", name=BALL)).to_be_focused()
    page.get_by_label("Prénom").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Enregistré. Le prochain travail automatique")).to_be_visible()
    assert kept_entry(PortalIdentifiers.objects.get(user=zoe)) == RIGHT


def test_what_is_odd_is_pointed_at_while_it_is_typed_and_kept_to_the_letter(
    signed_in_page: Page, live_server: LiveServer, zoe: User, complaints: list[str]
) -> None:
    page = signed_in_page
    _open(page, live_server, zoe)
    _type(page)
    page.get_by_label("Nom", exact=True).fill("D’HERVAULT ")
    expect(page.locator("#remarques-nom")).to_contain_text("apostrophe")
    expect(page.locator("#remarques-nom")).to_contain_text("espace")
    assert_no_axe_violation(page)
    page.get_by_role("button", name="Montrer").click()
    expect(_password(page)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Enregistrés quand même")).to_be_visible()
    expect(page.get_by_label("Nom", exact=True)).to_have_value("D’HERVAULT ")
    assert kept_entry(PortalIdentifiers.objects.get(user=zoe)) == replace(RIGHT, nom="D’HERVAULT ")
    assert complaints == []


def test_the_same_refused_identifiers_go_once_more_after_a_statement(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User
) -> None:
    page = signed_in_page
    _open(page, live_server, zoe)
    _type(page, "Dune.2026-Corail")
    window = _window(page)
    for _ in range(2):
        page.get_by_role("button", name=BALL).click()
        expect(window.locator(".check-red")).to_be_visible()
        if len(bouchon.authentications) == 1 and "déjà refusé" in window.inner_text():
            break
        page.keyboard.press("Escape")
    expect(window).to_contain_text("Net-Entreprises a déjà refusé exactement ces identifiants")
    assert_no_axe_violation(page)
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Dune.2026-Corail")
    window.get_by_label("Le mot de passe a été renouvelé").check()
    window.get_by_role("button", name="Essayer encore une fois").click()
    expect(window).to_contain_text("Tout est vert : enregistrez.")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    assert [one.status for one in bouchon.authentications] == [401, 200]


def test_the_ball_asks_for_the_password_again_over_the_form_as_it_is(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User
) -> None:
    page = signed_in_page
    _open(page, live_server, zoe)
    _type(page)
    for row in Session.objects.all():  # a quarter of an hour goes by
        session: SessionBase = Session.get_session_store_class()(row.session_key)
        session.pop("confirmed", None)
        session.save()
    page.get_by_role("button", name=BALL).click()
    asked = page.get_by_role("dialog", name="Confirmez d’abord votre mot de passe")
    expect(asked).to_be_visible()
    assert_no_axe_violation(page)
    asked.get_by_label("Votre mot de passe").fill("faux")
    asked.get_by_role("button", name="Confirmer et vérifier").click()
    expect(asked).to_contain_text("Ce n’est pas votre mot de passe")
    asked.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(_window(page)).to_contain_text("Tout est vert : enregistrez.")
    page.keyboard.press("Escape")
    expect(_password(page)).to_have_value(RIGHT.motdepasse)
    expect(page.get_by_role("button", name=BALL)).to_be_focused()


def test_a_cut_network_is_told_in_the_window_and_loses_nothing(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User
) -> None:
    page = signed_in_page
    _open(page, live_server, zoe)
    _type(page)

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/suite/", cut)
    page.get_by_role("button", name=BALL).click()
    expect(_window(page)).to_contain_text("la vérification s’est arrêtée là")
    page.wait_for_function("document.getElementById('essai').matches(':modal')")  # Escape closes it from then on
    page.keyboard.press("Escape")
    expect(_window(page)).to_be_hidden()
    page.unroute("**/suite/")
    page.get_by_role("button", name=BALL).click()
    expect(_window(page)).to_contain_text("Tout est vert : enregistrez.")
    expect(_window(page).get_by_text("s’est arrêtée là")).to_be_hidden()


def test_everything_without_javascript(plain_page: Page, live_server: LiveServer, bouchon: Bouchon, zoe: User) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/centre/comptes/{zoe.pk}/")
    expect(page.get_by_role("heading", name="Net Entreprise")).to_be_visible()
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    _type(page)
    page.get_by_label("Régime agricole").check()
    page.get_by_role("button", name=BALL).click()
    expect(page.get_by_text("Tout est vert : enregistrez.")).to_be_visible()
    expect(page.locator(".check-ok")).to_have_count(8)
    page.get_by_role("button", name="Enregistrer ces identifiants").click()
    expect(page.get_by_text("Enregistré. Le prochain travail automatique")).to_be_visible()
    assert kept_entry(PortalIdentifiers.objects.get(user=zoe)) == replace(RIGHT, agricole=True)
    page.get_by_label("Prénom").fill("Noemie")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    assert kept_entry(PortalIdentifiers.objects.get(user=zoe)).prenom == "Noemie"


def test_every_screen_is_accessible_and_fits_a_small_screen(
    signed_in_page: Page, live_server: LiveServer, bouchon: Bouchon, owner: Actor, zoe: User, complaints: list[str]
) -> None:
    page = signed_in_page
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
    marc = create_user(actor=owner, username="Marc-Antoine de La Tour du Pin", password=PASSWORD)
    for number in range(12):
        create_dossier(actor=owner, name=f"Comité départemental de la région {number}")
    for user in (zoe, marc):
        save_identifiers(actor=owner, user=user, entry=RIGHT)
    page.goto(f"{live_server.url}/mon-compte/confirmer/")
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    accounts, one, own = "/centre/comptes/", f"/centre/comptes/{zoe.pk}/", "/mon-compte/"
    for address in (
        *(f"{accounts}{end}" for end in ("", "nouveau/")),
        *(f"{one}{end}" for end in ("", "?onglet=net-entreprises", "droits/", "memes-identifiants/")),
        *(f"{one}{end}" for end in ("effacer-identifiants/", "mot-de-passe/", "desactiver/", "reinitialiser/")),
        *(f"{own}{end}" for end in ("", "sessions/", "mot-de-passe/", "deuxieme-facteur/", "confirmer/")),
    ):
        page.goto(f"{live_server.url}{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"], address
        wide = page.evaluate(
            "[...document.querySelectorAll('.table-responsive')].some((t) => t.scrollWidth > t.clientWidth)"
        )
        assert not wide, address
        assert_no_axe_violation(page)
    page.goto(f"{live_server.url}{own}deuxieme-facteur/")
    page.get_by_role("button", name="Mettre en place le deuxième facteur").click()
    expect(page.locator(".qr svg")).to_be_visible()
    assert_no_axe_violation(page)
    page.goto(f"{live_server.url}{one}reinitialiser/")
    page.get_by_role("button", name="Réinitialiser et afficher l’adresse").click()
    expect(page.get_by_label("Adresse à usage unique")).to_have_value(re.compile(f"^{live_server.url}/mot-de-passe/"))
    assert_no_axe_violation(page)
    assert complaints == []
