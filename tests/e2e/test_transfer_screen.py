"""The gestures of Transfert de données in a real browser: with a mouse, by keyboard, without JavaScript."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation

from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.maintenance.journal import Actor
from scarabee.transfers.selection import Selection
from scarabee.transfers.services.execution import transfer_now

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

START = "/centre/transfert/"


def _open(page: Page, live_server: LiveServer, source: Dossier) -> None:
    page.goto(f"{live_server.url}{START}")
    page.get_by_label("Dossier d’origine").select_option(str(source.pk))
    page.get_by_role("button", name="Voir ses employeurs").click()
    expect(page.get_by_role("heading", name=f"Dossier d’origine\xa0: {source.name}")).to_be_visible()


def _transferer(page: Page) -> Locator:
    return page.get_by_role("button", name="Transférer", exact=True)


@pytest.mark.engines
def test_the_gestures_of_the_guide_from_the_first_tick_to_the_dialog(
    signed_in_page: Page, live_server: LiveServer, source: Dossier
) -> None:
    page = signed_in_page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    _open(page, live_server, source)
    expect(_transferer(page)).to_be_disabled()
    expect(page.locator("#pourquoi")).to_contain_text("Cochez au moins un employeur")

    page.get_by_label("Association 0001", exact=True).check()
    expect(page.get_by_text("en totalité").first).to_be_visible()
    page.get_by_role("button", name="Montrer les salariés de Association 0002").click()
    page.get_by_label("NOM 00003 Camille").check()
    page.get_by_label("NOM 00005 Camille").check()
    expect(page.get_by_text("2 salariés sur 12")).to_be_visible()
    expect(page.locator("#pourquoi")).to_contain_text("Choisissez le dossier de destination")

    page.get_by_role("button", name="Cacher les salariés", exact=True).click()
    expect(page.get_by_label("NOM 00003 Camille")).to_have_count(0)
    expect(page.get_by_text("2 salariés sur 12")).to_be_visible()
    page.get_by_role("button", name="Montrer les salariés", exact=True).click()
    expect(page.get_by_label("NOM 00003 Camille")).to_be_checked()

    page.get_by_label("Dossier de destination").select_option("nouveau")
    page.get_by_label("Nom du nouveau dossier").press_sequentially("Secteur ouest")
    expect(_transferer(page)).to_be_enabled()
    expect(page.get_by_text("Seront créés dans")).to_contain_text("2 employeurs, 14 salariés")
    assert_no_axe_violation(page)
    _transferer(page).click()

    dialog = page.get_by_role("dialog", name="Le transfert est terminé")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("16 attendus, 16 identiques")
    assert_no_axe_violation(page)
    dialog.get_by_role("button", name="Fermer").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("heading", name="Reçu du transfert")).to_be_visible()
    assert_no_axe_violation(page)
    assert Employee.objects.filter(dossier__name="Secteur ouest").count() == 14
    assert Employer.objects.filter(dossier=source).count() == 60
    assert complaints == []


def test_the_white_square_unticks_employees_of_other_pages_and_searches(
    signed_in_page: Page, live_server: LiveServer, source: Dossier
) -> None:
    page = signed_in_page
    _open(page, live_server, source)
    page.get_by_label("Association 0001", exact=True).check()
    page.get_by_role("button", name="Suivante").click()
    page.get_by_role("button", name="Montrer les salariés de Association 0051").click()
    page.get_by_label("NOM 00001 Camille").check()
    expect(page.locator("#etat")).to_contain_text("1 salarié chez 1 employeur")
    page.get_by_label("Chercher un employeur").fill("association 0060")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Association 0051", exact=True)).to_have_count(0)
    expect(page.locator("#etat")).to_contain_text("1 employeur en totalité")
    page.get_by_role("button", name="Décocher les salariés").click()
    expect(page.locator("#etat")).to_contain_text("1 fiche seule")
    expect(page.locator("#etat")).not_to_contain_text("chez 1 employeur")
    page.get_by_role("button", name="Tout voir").click()
    expect(page.get_by_label("Association 0001", exact=True)).to_be_checked()
    expect(page.get_by_text("fiche seule").first).to_be_visible()


def test_quick_ticks_are_all_kept(signed_in_page: Page, live_server: LiveServer, source: Dossier) -> None:
    page = signed_in_page
    _open(page, live_server, source)
    expect(page.locator("input[name=script]")).to_have_value("1")  # the script runs: nobody clicks so fast before it
    page.evaluate(
        """() => { for (let round = 0; round < 3; round++) {
            document.querySelectorAll('input[data-employer]').forEach((box, index) => {
                if (index < 20) box.click();
            });
        } }"""
    )
    expect(page.locator("#etat")).to_contain_text("20 employeurs en totalité")
    page.reload()
    expect(page.locator("#etat")).to_contain_text("20 employeurs en totalité")


def test_everything_by_keyboard(
    signed_in_page: Page, live_server: LiveServer, source: Dossier, destination: Dossier
) -> None:
    page = signed_in_page
    _open(page, live_server, source)
    page.get_by_label("Chercher un employeur").focus()
    page.keyboard.type("association 0002")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Association 0001", exact=True)).to_have_count(0)
    expect(page.get_by_label("Chercher un employeur")).to_be_focused()
    for _ in range(20):  # past Chercher, Tout voir and the squares, to the arrow of the first employer
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id.startsWith('plier-')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_label("NOM 00001 Camille")).to_be_visible()
    expect(page.get_by_role("button", name="Cacher les salariés de Association 0002")).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id.startsWith('s-')"):
            break
    page.keyboard.press("Space")
    expect(page.get_by_text("1 salarié sur 12")).to_be_visible()
    expect(page.get_by_label("NOM 00001 Camille")).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id === 'destination'"):
            break
    page.keyboard.type("Secteur sud")
    expect(_transferer(page)).to_be_enabled()
    page.keyboard.press("Tab")
    expect(_transferer(page)).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Le transfert est terminé")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Employee.objects.filter(dossier=destination).count() == 1


def test_everything_without_javascript(
    plain_page: Page, live_server: LiveServer, source: Dossier, destination: Dossier
) -> None:
    page = plain_page
    _open(page, live_server, source)
    page.get_by_label("Association 0001", exact=True).check()
    page.get_by_role("button", name="Montrer les salariés de Association 0002").click()
    expect(page.get_by_label("Association 0001", exact=True)).to_be_checked()
    page.get_by_label("NOM 00007 Camille").check()
    page.get_by_role("button", name="Suivante").first.click()
    page.get_by_label("Association 0060", exact=True).check()
    page.get_by_label("Dossier de destination").select_option(str(destination.pk))
    expect(_transferer(page)).to_be_disabled()
    page.get_by_role("button", name="Prendre en compte les coches", exact=True).click()
    expect(page.get_by_text("Seront créés dans")).to_contain_text("3 employeurs, 25 salariés")
    page.get_by_role("button", name="Décocher les salariés").click()
    expect(page.get_by_text("Seront créés dans")).to_contain_text("2 employeurs, 0 salarié")
    _transferer(page).click()
    page.wait_for_url(re.compile(r"/recu/\?fini=1$"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("identiques")
    dialog.get_by_role("button", name="Fermer").click()
    assert Employer.objects.filter(dossier=destination).count() == 2


def test_the_other_screens_are_accessible(
    signed_in_page: Page, live_server: LiveServer, owner: Actor, source: Dossier, destination: Dossier
) -> None:
    page = signed_in_page
    employer = Employer.objects.filter(dossier=source)[0]
    done = transfer_now(
        actor=owner,
        source=source,
        destination=destination,
        selection=Selection().tick_employer(employer.pk, ticked=True),
    )
    _open(page, live_server, source)
    page.get_by_label("Association 0001", exact=True).check()
    page.get_by_label("Dossier de destination").select_option(str(destination.pk))
    expect(page.get_by_text("Rien à créer")).to_be_visible()
    page.get_by_role("link", name="salarié par salarié").click()
    expect(page.get_by_role("rowheader", name="NOM 00001 Camille")).to_be_visible()
    assert_no_axe_violation(page)
    for path in ("", "faits/", "doublons/", f"{done.pk}/recu/", f"{done.pk}/annuler/"):
        page.goto(f"{live_server.url}{START}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_no_axe_violation(page)
    page.get_by_role("button", name="Retirer ce que ce transfert a créé").click()
    expect(page.get_by_text("Le transfert est annulé", exact=True)).to_be_visible()
    assert_no_axe_violation(page)
    assert not Employer.objects.filter(dossier=destination).exists()
