"""The bouchon's pages in a real browser, by keyboard and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.axe import assert_no_axe_violation
from tests.netentreprises.bouchon.conftest import port_of
from tests.netentreprises.bouchon.files import MONTHLY
from tests.netentreprises.bouchon.wire import ACCOUNTS, BUREAU, Wire

from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.e2e


@pytest.fixture
def bouchon(tmp_path: Path) -> Iterator[Bouchon]:
    with Bouchon(folder=tmp_path / "bouchon", accounts=ACCOUNTS) as one:
        with Wire(port_of(one)) as wire:
            one.start_incident("verrouillage")
            wire.deposit(wire.token(BUREAU), MONTHLY)
            for _ in range(3):
                wire.sign_in(BUREAU, motdepasse="faux")
        yield one


def test_no_page_shuts_anybody_out(bouchon: Bouchon, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    for path in ("/", "/comptes", "/depots", "/depots/1", "/incidents", "/requetes", "/nulle-part"):
        page.goto(f"{bouchon.address}{path}")
        expect(page.get_by_text("BOUCHON : faux portail, rien n’est transmis")).to_be_visible()
        assert_no_axe_violation(page)
    assert [one for one in problems if "404" not in one] == []


def test_an_incident_is_played_by_keyboard_without_javascript(bouchon: Bouchon, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(bouchon.address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.get_by_role("link", name="Incidents", exact=True).press("Enter")
    page.get_by_role("button", name="Jouer maintenance").press("Enter")
    expect(page.get_by_role("status")).to_have_text("L’incident « maintenance » est joué.")
    with Wire(port_of(bouchon)) as wire:
        assert wire.sign_in(BUREAU).status == 503
    page.get_by_role("button", name="Arrêter maintenance").press("Enter")
    expect(page.get_by_role("status")).to_have_text("L’incident « maintenance » n’est plus joué.")
    context.close()


def test_a_locked_account_is_opened_again(bouchon: Bouchon, page: Page) -> None:
    page.goto(f"{bouchon.address}/comptes")
    page.get_by_role("button", name="Débloquer").click()
    expect(page.get_by_role("status")).to_have_text("Le compte est débloqué.")
    with Wire(port_of(bouchon)) as wire:
        assert wire.sign_in(BUREAU).status == 200
    expect(page.get_by_role("row").filter(has_text=BUREAU.siret)).to_contain_text("0 refus de suite")


def test_what_was_deposited_is_downloaded(bouchon: Bouchon, page: Page) -> None:
    page.goto(f"{bouchon.address}/depots/1")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="octets déposés").click()
    assert Path(waiting.value.path()).read_bytes() == MONTHLY
