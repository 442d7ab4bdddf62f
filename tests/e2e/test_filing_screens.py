"""A month of deposits in a real browser, against a real bouchon; each page usable by everybody."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.accounts.conftest import Clock
from tests.axe import assert_no_axe_violation
from tests.filings.factories import RIGHT
from tests.filings.intake_scenes import (
    SECOND,
    SIRET,
    THIRD,
    another,
    filed,
    filings_of,
    mensuelle,
    receive,
    spoiled,
    with_last_month,
)
from tests.filings.page_scenes import deposit, employer

from scarabee.accounts.models import PortalBinding, User
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.naming import name_employers
from scarabee.filings.enums import FilingState as S
from scarabee.filings.enums import ProofKind
from scarabee.filings.models import Filing
from scarabee.filings.services import proofs
from scarabee.filings.services.rounds import portal_round
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.moments import PARIS

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NAMES = {SIRET: "Chorale du Val", SECOND: "Judo club du Val", THIRD: "Théâtre du Val"}
A, B, C = NAMES.values()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A Tuesday morning, ten days before the DSN of October are due."""
    clock = Clock()
    clock.at = datetime(2026, 11, 3, 9, tzinfo=PARIS)
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def bouchon(transactional_db: None, tmp_path: Path, clock: Clock) -> Iterator[Bouchon]:
    """The portal of this data folder, which lives at the same time as we do."""
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25", "26"))
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account], clock=clock) as server:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": server.address})
        yield server


@pytest.fixture
def bureau(bouchon: Bouchon, administrator: User, owner: Actor) -> Dossier:
    """Three associations that declared in September; Administrateur has identifiers of the portal."""
    save_identifiers(actor=owner, user=administrator, entry=RIGHT)
    dossier = with_last_month(create_dossier(actor=owner, name="Associations du Val"), SIRET, SECOND, THIRD)
    name_employers(actor=owner, dossier=dossier, names=list(NAMES.items()))
    return dossier


class Month:
    """The gestures of a month."""

    def __init__(self, page: Page, address: str, folder: Path, clock: Clock) -> None:
        self.page, self.address, self.folder, self.clock = page, f"{address}/dsn/depots/", folder, clock

    def drop(self, **files: bytes) -> None:
        """Give files in, as somebody who chooses them all at once."""
        self.page.goto(f"{self.address}deposer/")
        paths = []
        for name, data in files.items():
            paths.append(self.folder / f"{name}.dsn")
            paths[-1].write_bytes(data)
        self.page.get_by_label("Fichiers DSN").set_input_files(paths)
        self.page.get_by_role("button", name="Contrôler les fichiers").click()
        self.page.wait_for_url(re.compile(r"/lots/\d+/$"))

    def order(self, said: str) -> None:
        """Order what is ticked, with the box."""
        self.page.get_by_label("Je confirme le dépôt").check()
        self.page.get_by_role("button", name="Déposer ce qui est coché").click()
        expect(self.page.get_by_text(said)).to_be_visible()

    def board(self, summary: str, **states: str) -> None:
        """The board says so of the month, and of each employer in this order."""
        self.page.goto(self.address)
        expect(self.page.locator(".board-summary")).to_contain_text(re.compile(summary.replace(" ", r"\s+")))
        for name, state in zip(NAMES.values(), states.values(), strict=True):
            expect(self.row(name)).to_contain_text(state)

    def row(self, name: str) -> Locator:
        return self.page.locator("tbody").filter(has=self.page.get_by_role("rowheader", name=name))

    def later(self, **amount: float) -> None:
        """Some time passes, and the worker makes its round."""
        self.clock.advance(**amount)
        portal_round()


@pytest.mark.engines
def test_a_month_from_the_dropped_files_to_the_certificates(
    signed_in_page: Page, live_server: LiveServer, bureau: Dossier, tmp_path: Path, clock: Clock
) -> None:
    page = signed_in_page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    month = Month(page, live_server.url, tmp_path, clock)
    month.board("0 conforme sur 3 · 3 DSN manquantes", a="rien reçu", b="rien reçu", c="rien reçu")

    month.drop(chorale=mensuelle(), judo=spoiled(mensuelle(SECOND)), theatre=spoiled(mensuelle(THIRD)))
    batch = page.url
    expect(page.get_by_role("row").filter(has_text="judo.dsn")).to_contain_text("1 constat bloquant")
    expect(page.get_by_label(f"Déposer la déclaration de {A}")).to_be_checked()
    expect(page.get_by_label(f"Déposer la déclaration de {B}")).to_have_count(0)
    month.board("0 conforme", a="contrôlée", b="1 constat bloquant", c="1 constat bloquant")

    page.get_by_role("link", name=re.compile("contrôlée")).nth(1).click()
    page.get_by_role("link", name="Abandonner").click()
    page.get_by_role("button", name="Abandonner ce dépôt").click()
    expect(page.get_by_text("il ne partira pas")).to_be_visible()
    month.drop(judo_corrige=mensuelle(SECOND))
    expect(page.get_by_role("row").filter(has_text="judo_corrige.dsn")).to_contain_text("lu")
    month.order("1 déclaration part dès maintenant")

    month.board("0 conforme", a="contrôlée", b="dépôt prévu", c="1 constat bloquant")
    month.row(C).get_by_role("link", name=re.compile("contrôlée")).click()
    page.get_by_label("Pourquoi").fill("NIR provisoire donné par la caisse")
    page.get_by_role("button", name="Passer outre").click()
    expect(page.get_by_text("Les constats sont passés outre")).to_be_visible()
    page.goto(batch)
    expect(page.get_by_text("Je confirme le dépôt de 2 déclarations réelles")).to_be_visible()
    month.order("2 déclarations partent dès maintenant")

    portal_round()
    expect(page.get_by_text("déposée (AEE)")).to_have_count(2)  # the page follows by itself
    expect(page.get_by_label(f"Déposer la déclaration de {A}")).to_have_count(0)
    month.board("0 conforme", a="déposée (AEE)", b="déposée (AEE)", c="certificat (CCO) attendu")

    month.later(minutes=3)
    month.board("2 conformes", a="conforme (CCO)", b="conforme (CCO)", c="anomalies (BAN)")
    month.row(C).get_by_role("link", name=re.compile("anomalies")).click()
    expect(page.get_by_text("Le NIR n’a pas la forme").first).to_be_visible()
    with page.expect_download() as given:
        page.get_by_role("link", name="Télécharger BAN").click()
    assert b"BCH-20" in given.value.path().read_bytes()
    assert_no_axe_violation(page)

    month.drop(theatre_corrige=mensuelle(THIRD))
    month.order("1 déclaration part dès maintenant")
    month.later(seconds=5)
    month.later(minutes=3)
    month.board("3 conformes", a="conforme (CCO)", b="conforme (CCO)", c="conforme (CCO)")
    expect(page.get_by_text("03/11/2026", exact=True)).to_have_count(6)  # an AEE and a CCO each
    assert complaints == []
    assert Filing.objects.filter(state=S.CONFORM).count() == 3


def test_everything_can_be_done_without_javascript(
    plain_page: Page, live_server: LiveServer, bureau: Dossier, tmp_path: Path, clock: Clock
) -> None:
    page = plain_page
    month = Month(page, live_server.url, tmp_path, clock)
    month.drop(chorale=mensuelle(), judo=mensuelle(SECOND))
    page.get_by_label(f"Déposer la déclaration de {B}").uncheck()
    page.get_by_role("button", name="Déposer ce qui est coché").click()
    expect(page.get_by_text("1 déclaration réelle est choisie")).to_be_visible()
    expect(page.get_by_label(f"Déposer la déclaration de {B}")).not_to_be_checked()
    page.get_by_label("Plus tard").check()
    expect(page.get_by_label("à", exact=True)).to_have_value("10:00")
    month.order("1 déclaration part le 13/11/2026 à 10:00")
    page.goto(f"{live_server.url}/dsn/depots/")
    page.get_by_label("Employeur", exact=True).fill("chorale")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("1–1 sur 1 employeur")).to_be_visible()
    expect(page.get_by_text("le 13/11/2026 à 10:00")).to_be_visible()


def test_the_order_is_given_by_keyboard_alone(signed_in_page: Page, live_server: LiveServer, bureau: Dossier) -> None:
    page = signed_in_page
    batch = receive(bureau, mensuelle(), mensuelle(SECOND))
    page.goto(f"{live_server.url}/dsn/depots/lots/{batch.pk}/")
    page.get_by_label(f"Déposer la déclaration de {A}").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Je confirme le dépôt de 1 déclaration réelle")).to_be_visible()
    page.get_by_label("Je confirme").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 déclaration part dès maintenant")).to_be_visible()
    assert sorted(one.state for one in filings_of(batch)) == [S.CHECKED, S.PLANNED]


def test_every_page_can_be_used_by_everybody(signed_in_page: Page, live_server: LiveServer, bureau: Dossier) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1366, "height": 768})
    batch = receive(bureau, mensuelle(), spoiled(mensuelle(SECOND)), b"perdu", another(mensuelle()))
    for number, state in enumerate(S):
        employer(bureau, number)
        deposit(bureau, state, number, release_at=None if state is not S.HELD else timezone.now() + timedelta(hours=1))
    deposit(bureau, S.CHECKED, 0, month="", nature="04", slot="1")
    unknown = Filing.objects.get(state=S.UNKNOWN)
    Filing.objects.filter(pk=unknown.pk).update(
        candidates=[{"idflux": "UR5WJEBA5T74R4jNmCgvm1F", "date": "2026-11-03", "etat": "OK", "siret": "", "month": ""}]
    )
    proofs.keep(unknown, ProofKind.AEE, b"<r/>")
    twin = filings_of(batch)[-1]
    Filing.objects.filter(pk=filings_of(batch)[0].pk).update(state=S.CONFORM)
    blocked = next(one for one in filings_of(batch) if one.blocking)
    by_hand = f"employeurs/{Employer.objects.filter(dossier=bureau)[0].pk}/a-la-main/"
    paths = (
        "", "deposer/", "lots/", f"lots/{batch.pk}/", "liste/", "couverture/", f"reglages/{bureau.uuid}/", by_hand,
        f"{unknown.pk}/", f"{twin.pk}/", f"{blocked.pk}/", f"{blocked.pk}/abandonner/",
    )  # fmt: skip
    for path in paths:
        page.goto(f"{live_server.url}/dsn/depots/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        hidden = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert hidden == 0, path
        assert_no_axe_violation(page)
    assert filed(bureau, mensuelle(THIRD)).state == S.CHECKED
