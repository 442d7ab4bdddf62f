"""Returns, anomalies and rates in a real browser: read, decided, exported; each page usable by everybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation
from tests.dossiers.small_files import ALAIN
from tests.returns import page_scenes
from tests.returns.identity_scenes import REFERENCE, recognised

from scarabee.returns.enums import AnomalyState, RateState
from scarabee.returns.models import Anomaly, PasRate, Return

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), page_scenes.official]


@pytest.mark.engines
def test_from_the_home_page_to_rates_applied_and_an_anomaly_settled(
    signed_in_page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    page, dossier = signed_in_page, page_scenes.filled()
    page.goto(live_server.url)
    expect(page.get_by_text("Aucun retour en retard")).to_be_visible()
    page.get_by_role("link", name="taux PAS à valider", exact=True).click()
    page.get_by_role("link", name=dossier.name).click()
    page.get_by_role("button", name="Appliquer ce qui est coché").click()
    expect(page.get_by_text("2 taux appliqués.")).to_be_visible()
    assert set(PasRate.objects.values_list("state", flat=True)) == {RateState.APPLIED}
    with page.expect_download() as sent:
        page.get_by_role("button", name="Ce qui a changé").click()
    assert "7,50" in Path(sent.value.path()).read_text(encoding="utf-8")

    page.get_by_role("link", name="Anomalies").first.click()
    page.locator("tbody").get_by_role("link").first.click()
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_label("État").last.select_option("accepted")
    page.get_by_role("button", name="pour ce qui est coché").click()
    expect(page.get_by_text("1 anomalie changée.")).to_be_visible()
    assert Anomaly.objects.filter(state=AnomalyState.ACCEPTED).count() == 1

    file = tmp_path / "bis.xml"
    file.write_bytes(recognised(ALAIN.nir, "MERCIER"))
    page.goto(f"{live_server.url}/dsn/retours/ajouter/")
    page.get_by_label("Fichiers de retours").set_input_files(file)
    page.get_by_role("button", name="Ajouter ces fichiers").click()
    page.get_by_role("link", name="Bilan d’identification").click()
    expect(page.get_by_text(REFERENCE)).to_be_visible()
    page.get_by_role("button", name="Marquer comme lu").click()
    expect(page.get_by_text("lu par Administrateur")).to_be_visible()
    assert Return.objects.exclude(seen_at=None).count() == 1


def test_every_page_can_be_used_by_everybody(signed_in_page: Page, live_server: LiveServer) -> None:
    page, dossier = signed_in_page, page_scenes.filled()
    page.set_viewport_size({"width": 1366, "height": 768})
    for path in page_scenes.addresses(dossier).values():
        page.goto(f"{live_server.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        hidden = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert hidden == 0, path
        assert_no_axe_violation(page)
