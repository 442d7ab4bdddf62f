"""Backups in a real browser: a script made and run, its archive proved and taken away, returned to by its preview."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation
from tests.backups.bureau import bring_in
from tests.conftest import PASSWORD
from tests.dossiers.small_files import small_file

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.backups.models import Backup, Job, Script
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bureau(folder_of_its_own: Path) -> Dossier:
    """One dossier with people in it."""
    bind_or_refuse()
    dossier = create_dossier(actor=Actor.owner(), name="Secteur nord")
    bring_in(dossier, small_file(month="2026-09"))
    return dossier


@pytest.fixture
def folder_of_its_own(tmp_path: Path, settings: pytest.FixtureRequest) -> Path:
    home = tmp_path / "donnees"
    home.mkdir()
    settings.DATA_FOLDER = home  # type: ignore[attr-defined]
    settings.VAULT_KEY_FILE = home / "cle-coffre"  # type: ignore[attr-defined]
    settings.BACKUP_KEY_FILE = home / "cle-sauvegarde"  # type: ignore[attr-defined]
    return home


def test_a_script_is_made_run_proved_downloaded_and_returned_to(
    signed_in_page: Page, live_server: LiveServer, bureau: Dossier, tmp_path: Path
) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1366, "height": 768})
    key = tmp_path / "cle"
    key.mkdir()
    page.goto(live_server.url)
    page.get_by_role("link", name="Sauvegarder / Restaurer").click()
    assert_no_axe_violation(page)
    page.get_by_role("link", name="Nouveau script").click()
    page.get_by_label("Nom").fill("Midi")
    page.get_by_label("Second dossier").fill(str(key))
    assert_no_axe_violation(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Le script « Midi » est enregistré.")).to_be_visible()
    assert Script.objects.get().next_at is not None

    page.get_by_role("button", name="Lancer le script Midi").click()
    expect(page.get_by_text("La sauvegarde est faite et prouvée.")).to_be_visible(timeout=30_000)
    assert_no_axe_violation(page)
    with page.expect_download() as sent:
        page.get_by_role("button", name="Télécharger l’archive").click()
    backup = Backup.objects.get()
    assert Path(sent.value.path()).read_bytes() == Path(backup.path).read_bytes()
    assert sent.value.suggested_filename == Path(backup.path).name and Path(backup.copied_to).parent == key

    page.get_by_role("link", name="Imprimer la trousse").click()
    page.get_by_role("button", name="Confirmer mon mot de passe").click()
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_role("button", name="Montrer la trousse").click()
    expect(page.get_by_text("AGE-SECRET-KEY-1")).to_be_visible()
    assert_no_axe_violation(page)
    page.get_by_role("button", name="Je l’ai mise à l’abri").click()
    expect(page.get_by_text("C’est noté : la trousse est à l’abri.")).to_be_visible()
    expect(page.get_by_role("link", name="Imprimer la trousse")).to_have_count(0)

    create_dossier(actor=Actor.owner(), name="Ajouté depuis")
    page.get_by_role("link", name="Revenir à une sauvegarde").click()
    assert_no_axe_violation(page)
    page.get_by_label("Ou un fichier").set_input_files(sent.value.path())
    page.get_by_role("button", name="Lire cette archive").click()
    expect(page.get_by_text("tout le dossier")).to_be_visible(timeout=30_000)
    assert_no_axe_violation(page)
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Pour confirmer, tapez").fill("oui")
    page.get_by_role("button", name="Revenir à cette archive").click()
    expect(page.get_by_text("Rien n’a été remplacé.")).to_be_visible()
    page.get_by_label("Pour confirmer, tapez").fill("Tout remplacer")
    page.get_by_role("button", name="Revenir à cette archive").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Nom d’utilisateur").fill("Administrateur")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_text("Tout est revenu comme dans l’archive.")).to_be_visible(timeout=30_000)
    assert_no_axe_violation(page)
    assert not Dossier.objects.filter(name="Ajouté depuis").exists()
    assert JournalEntry.objects.filter(code="installation.restauree").exists()
    assert Job.objects.get(kind=Job.Kind.RESTORE).result["safety"]


def test_without_javascript_everything_is_said_and_done_too(
    plain_page: Page, live_server: LiveServer, bureau: Dossier
) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/maintenance/sauvegardes/")
    page.get_by_role("button", name="Sauvegarder maintenant").click()
    expect(page.get_by_text("La sauvegarde est faite et prouvée.")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Sauvegarder / Restaurer").first.click()
    expect(page.get_by_text("prouvée", exact=False).first).to_be_visible()
