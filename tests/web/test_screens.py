"""The pages of the chassis in a real browser."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation
from tests.conftest import PASSWORD

from scarabee.accounts.models import User
from scarabee.accounts.services.first_start import create_first_start_link
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_from_the_first_start_to_the_home_page(page: Page, live_server: LiveServer, owner: Actor) -> None:
    page.goto(live_server.url)
    expect(page.get_by_role("heading", name="Premier démarrage")).to_be_visible()
    assert_no_axe_violation(page)

    token = create_first_start_link(actor=owner)
    page.goto(f"{live_server.url}/premier-demarrage/{token}/")
    assert_no_axe_violation(page)
    page.get_by_label("Mot de passe").fill("court")
    page.get_by_label("Le même").fill("court")
    page.keyboard.press("Enter")
    expect(page.get_by_text("trop court")).to_be_visible()
    assert_no_axe_violation(page)

    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Accueil")).to_be_visible()
    assert_no_axe_violation(page)

    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()


def test_signing_in_by_keyboard_alone(page: Page, live_server: LiveServer, administrator: User) -> None:
    page.goto(f"{live_server.url}/journal/")
    expect(page.get_by_label("Nom d’utilisateur")).to_be_focused()
    page.keyboard.type("administrateur")
    page.keyboard.press("Tab")
    page.keyboard.type("mauvais")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
    assert_no_axe_violation(page)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/journal/$"))


def test_the_journal_and_a_missing_page_are_accessible(
    signed_in_page: Page, live_server: LiveServer, owner: Actor
) -> None:
    complaints: list[str] = []
    signed_in_page.on("console", lambda message: complaints.append(message.text))
    with transaction.atomic():
        for count in range(120):
            journal.record(owner, "essai", count=count)
    signed_in_page.goto(f"{live_server.url}/journal/?page=2")
    expect(signed_in_page.get_by_text("51–100 sur")).to_be_visible()
    assert_no_axe_violation(signed_in_page)
    assert complaints == []
    signed_in_page.goto(f"{live_server.url}/nulle-part/")
    assert_no_axe_violation(signed_in_page)


def test_the_theme_follows_the_system(signed_in_page: Page, live_server: LiveServer) -> None:
    signed_in_page.emulate_media(color_scheme="dark")
    signed_in_page.goto(live_server.url)
    expect(signed_in_page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    signed_in_page.emulate_media(color_scheme="light")
    expect(signed_in_page.locator("html")).to_have_attribute("data-bs-theme", "light")
