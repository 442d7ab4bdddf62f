"""A dossier sealed for another bureau, then taken out of its archive, in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation
from tests.backups.archives import new_key
from tests.backups.bureau import bring_in
from tests.dossiers.small_files import small_file

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.backups import recipients
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LONG = 30_000


@pytest.fixture
def bureau(tmp_path: Path, settings: Any) -> Dossier:
    """One dossier with people in it, in a data folder of its own."""
    home = tmp_path / "donnees"
    home.mkdir()
    settings.DATA_FOLDER = home
    settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE = home / "cle-coffre", home / "cle-sauvegarde"
    bind_or_refuse()
    dossier = create_dossier(actor=Actor.owner(), name="Secteur nord")
    bring_in(dossier, small_file(month="2026-09"))
    return dossier


def test_a_dossier_is_sealed_for_another_and_arrives_through_the_preview_of_a_transfer(
    signed_in_page: Page, live_server: LiveServer, bureau: Dossier
) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(live_server.url)
    page.get_by_role("link", name="Reprendre / Remettre un dossier").click()
    expect(page.get_by_label("Votre clé publique")).to_have_value(recipients.mine())
    assert_no_axe_violation(page)
    page.get_by_role("link", name="Choisir le dossier").click()
    page.get_by_role("link", name="Secteur nord").click()
    page.get_by_label("Pour un autre tiers de confiance").check()
    page.get_by_label("La clé publique de l’autre tiers").fill("age1pas-une-cle")
    page.get_by_label("De la part de").fill("Bureau du Nord")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ceci n’est pas la clé publique d’un autre tiers.")).to_be_visible()
    assert_no_axe_violation(page)
    page.get_by_label("La clé publique de l’autre tiers").fill(new_key()[1])
    page.get_by_role("button", name="Voir ce que l’archive contiendrait").last.click()
    expect(page.get_by_text("N’y seraient pas")).to_be_visible()
    assert_no_axe_violation(page)
    page.get_by_role("button", name="Écrire l’archive").click()
    expect(page.get_by_text("L’archive est écrite, relue et vérifiée.")).to_be_visible(timeout=LONG)
    assert_no_axe_violation(page)
    with page.expect_download() as sent:
        page.get_by_role("button", name="Télécharger l’archive").click()

    page.goto(f"{live_server.url}/maintenance/sauvegardes/parties/")
    page.get_by_label("Ou un fichier").set_input_files(sent.value.path())
    page.get_by_role("button", name="Lire cette archive").click()
    expect(page.get_by_text("Bureau du Nord")).to_be_visible(timeout=LONG)
    assert_no_axe_violation(page)
    read = page.url
    page.get_by_role("button", name="Choisir un salarié").first.click()
    expect(page.get_by_role("button", name="Reprendre…").first).to_be_visible(timeout=LONG)
    assert_no_axe_violation(page)
    page.goto(read)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Reprendre les employeurs cochés…").click()
    expect(page.get_by_label("Nom du nouveau dossier")).to_be_visible()
    assert_no_axe_violation(page)
    page.get_by_role("button", name="Reprendre dans ce nouveau dossier").click()
    expect(page.get_by_text("C’est arrivé, et comparé à l’archive ligne par ligne.")).to_be_visible(timeout=LONG)
    assert_no_axe_violation(page)
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    done = page.url
    page.get_by_role("button", name="Reprendre dans le dossier d’origine…").click()
    expect(page.locator("#apercu")).to_be_visible()
    page.goto(f"{done}annuler/")
    page.get_by_role("button", name="Retirer ce qui est arrivé").click()
    expect(page.get_by_text("La reprise est annulée.")).to_be_visible()
    assert [one.name for one in Dossier.objects.all()] == ["Secteur nord"]
