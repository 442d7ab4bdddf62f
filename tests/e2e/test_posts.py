"""Several people at once in a real browser: a save that comes second, who else is there, Scarabée closed."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.filings.models import DossierFiling
from scarabee.filings.services.options import set_dossier_filing
from scarabee.maintenance import presence, watch
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import Window

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    watch.forget()
    presence._noted.clear()
    yield
    watch.forget()


@pytest.fixture
def zoe(destination: Dossier, user_with: Callable[..., Actor]) -> Actor:
    """Somebody who keeps the dossier too."""
    return user_with("Zoé", {destination: "gestionnaire"})


@pytest.fixture
def zoe_page(browser: Browser, live_server: LiveServer, zoe: Actor) -> Iterator[Page]:
    """Her browser, without JavaScript."""
    client = Client()
    client.force_login(User.objects.get(pk=zoe.user_id))
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(
        [{"name": name, "value": one.value, "url": live_server.url} for name, one in client.cookies.items()]
    )
    yield context.new_page()
    context.close()


def test_the_second_save_shows_what_the_first_one_wrote_and_lets_one_choose(
    signed_in_page: Page, live_server: LiveServer, destination: Dossier, zoe: Actor
) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{live_server.url}/dsn/depots/reglages/{destination.uuid}/")
    hold = page.get_by_label("Retenue avant un départ")
    hold.fill("90")
    set_dossier_filing(actor=zoe, dossier=destination, holder=None, folder="", hold_minutes=45)
    page.get_by_role("button", name="Enregistrer").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Zoé a enregistré cette page pendant que vous la remplissiez")
    expect(told.get_by_role("row").nth(1)).to_contain_text(re.compile(r"Retenue[^0-9]*120\s+45\s+90"))
    expect(hold).to_have_value("90")
    assert DossierFiling.objects.get().hold_minutes == 45
    assert_no_axe_violation(page)
    hold.fill("60")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("sont enregistrés")).to_be_visible()
    assert DossierFiling.objects.get().hold_minutes == 60


def test_who_else_is_in_the_dossier_is_told_to_both(
    signed_in_page: Page, zoe_page: Page, live_server: LiveServer, destination: Dossier
) -> None:
    address = f"{live_server.url}/dossiers/{destination.uuid}/"
    zoe_page.goto(address)
    signed_in_page.goto(address)
    expect(signed_in_page.get_by_text("Aussi dans ce dossier : Zoé")).to_be_visible()
    assert_no_axe_violation(signed_in_page)
    zoe_page.get_by_role("link", name="Qui d’autre est dans ce dossier ?").click()
    expect(zoe_page.get_by_text("Administrateur (à l’instant)")).to_be_visible()
    signed_in_page.goto(f"{address}supprimer/")
    expect(signed_in_page.get_by_text("Zoé a ouvert ce dossier à l’instant.")).to_be_visible()
    assert_no_axe_violation(signed_in_page)


def test_scarabee_closes_after_a_notice_and_opens_again(
    signed_in_page: Page, zoe_page: Page, live_server: LiveServer
) -> None:
    page = signed_in_page
    page.goto(f"{live_server.url}/centre/maintenance/")
    assert_no_axe_violation(page)
    page.get_by_label("Pourquoi").fill("Changement de disque")
    page.get_by_role("button", name="Fermer aux autres").click()
    left = page.locator("time[data-countdown]")
    expect(left).to_contain_text(re.compile(r"dans (5 min 00|4 min \d\d) s"))
    shown = left.inner_text()
    expect(left).not_to_have_text(shown)  # it counts down
    assert_no_axe_violation(page)
    zoe_page.goto(live_server.url)
    expect(zoe_page.get_by_text("dans 5 min")).to_be_visible()

    Window.objects.update(closes_at=now() - timedelta(seconds=1))
    watch.forget()
    answer = zoe_page.goto(live_server.url)
    assert answer is not None and answer.status == 503
    expect(zoe_page.get_by_role("heading", name="Scarabée est en maintenance")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Scarabée est fermé à tous, sauf à vous")).to_be_visible()
    page.get_by_role("button", name="Rouvrir à tous").click()
    answer = zoe_page.goto(live_server.url)
    assert answer is not None and answer.status == 200


def test_the_closed_page_can_be_used_by_everybody(page: Page, live_server: LiveServer, administrator: User) -> None:
    Window.objects.create(
        pk=1, token="x", reason="Restauration de la sauvegarde du 3 novembre", actor_name="Zoé", actor_user_id=None,
        via="commande", machine="poste", closes_at=now(), ends_at=now() + timedelta(hours=1),
    )  # fmt: skip
    watch.forget()
    page.set_viewport_size({"width": 1366, "height": 768})
    answer = page.goto(live_server.url)
    assert answer is not None and answer.status == 503
    assert_no_axe_violation(page)
    page.get_by_role("link", name="Voir la maintenance, et y mettre fin").click()
    assert urlsplit(page.url).path == "/connexion/"
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
