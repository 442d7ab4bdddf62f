"""The pages of an import in a real browser, on the small screen of a bureau."""

import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation
from tests.dossiers.small_files import small_file

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services import import_runs, importing
from scarabee.maintenance.journal import Actor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SMALL_SCREEN = {"width": 1366, "height": 768}


def test_a_long_list_of_chosen_files_is_read_by_keyboard(
    signed_in_page: Page, live_server: LiveServer, destination: Dossier, tmp_path: Path
) -> None:
    page = signed_in_page
    page.set_viewport_size(SMALL_SCREEN)
    files = [tmp_path / f"dsn_{number:02d}.dsn" for number in range(40)]
    for path in files[1:]:
        path.write_bytes(b"S10.G00.00.001,'Paie'\r\n")
    files[0].touch()
    page.goto(f"{live_server.url}/dossiers/import/")
    page.get_by_label("Fichiers DSN").set_input_files(files)
    expect(page.get_by_text("dsn_00.dsn (vide)")).to_be_visible()
    page.get_by_role("list", name="Fichiers choisis").focus()
    assert_no_axe_violation(page)


def test_the_reason_of_a_refusal_is_read_without_scrolling_sideways(
    signed_in_page: Page, live_server: LiveServer, destination: Dossier, owner: Actor
) -> None:
    act = importing.open_import(actor=owner, dossier=destination)
    for name, content in (("vide_de_mars.dsn", b""), ("mars.dsn", small_file())):
        importing.import_file(actor=owner, act=act, stream=io.BytesIO(content), name=name)
    import_runs.finish(owner, act)
    page = signed_in_page
    page.set_viewport_size(SMALL_SCREEN)
    page.goto(f"{live_server.url}/dossiers/import/{act.pk}/")
    expect(page.get_by_text("le fichier est vide")).to_be_visible()
    hidden = page.locator(".table-responsive").evaluate("table => table.scrollWidth - table.clientWidth")
    assert hidden == 0
    assert_no_axe_violation(page)
