"""The pages of rates: validated, set aside, attributed, undone and exported by those who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import ALAIN, BRIGITTE
from tests.filings.page_scenes import browser_of, words
from tests.returns import page_scenes
from tests.returns.documents import received
from tests.returns.rate_scenes import Told, crm

from scarabee.dossiers.models import Dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import Origin
from scarabee.returns.enums import RateState as R
from scarabee.returns.models import PasRate, RateLine, RateOption
from scarabee.returns.selectors import rate_pages
from scarabee.returns.selectors.rate_pages import seen_as
from scarabee.returns.services import oddities

pytestmark = [pytest.mark.django_db, page_scenes.official]


@pytest.fixture
def dossier() -> Dossier:
    return page_scenes.filled()


def page_of(dossier: Dossier, end: str = "") -> str:
    return f"/dsn/taux/{dossier.uuid}/{end}"


def decide(client: Client, dossier: Dossier, decision: str, *nirs: str, **more: Any) -> Any:
    """Decide about what is ticked, as the page shows it."""
    rates = list(PasRate.objects.filter(employee__nir__in=nirs, state=R.WAITING))
    seen = {f"vu-{one.pk}": seen_as(one) for one in rates}
    data = {"taux": [one.pk for one in rates], "decision": decision, **seen, **more}
    return client.post(page_of(dossier, "decider/"), data, follow=True)


def state_of(nir: str) -> str:
    newest: str = PasRate.objects.filter(employee__nir=nir).order_by("-available_on", "-pk")[0].state
    return newest


def test_what_is_ticked_is_applied_and_the_rest_waits(admin_client: Client, dossier: Dossier) -> None:
    text = words(admin_client.get(page_of(dossier)))
    assert "MERCIER Alain" in text and "7,50 %" in text and "0,00 %" in text
    assert "1 taux appliqué." in words(decide(admin_client, dossier, "appliquer", ALAIN.nir))
    assert (state_of(ALAIN.nir), state_of(BRIGITTE.nir)) == (R.APPLIED, R.WAITING)
    in_force = words(admin_client.get(page_of(dossier, "en-vigueur/")))
    assert "MERCIER Alain 7,50 % 01 123456789012345678" in in_force
    assert "NOËL Brigitte" not in in_force


def test_nothing_ticked_decides_nothing_and_a_reason_is_asked_for(admin_client: Client, dossier: Dossier) -> None:
    assert "Rien n’est coché" in words(decide(admin_client, dossier, "appliquer"))
    assert "Dites pourquoi" in words(decide(admin_client, dossier, "ecarter", ALAIN.nir))
    assert state_of(ALAIN.nir) == R.WAITING
    assert "1 taux écarté." in words(decide(admin_client, dossier, "ecarter", ALAIN.nir, raison="doublon"))
    assert state_of(ALAIN.nir) == R.SET_ASIDE


def test_a_rate_that_changed_since_the_page_was_shown_is_left(admin_client: Client, dossier: Dossier) -> None:
    rate = PasRate.objects.get(employee__nir=ALAIN.nir)
    data = {"taux": rate.pk, f"vu-{rate.pk}": "3.00/None/None/2026-01-01", "decision": "appliquer"}
    text = words(admin_client.post(page_of(dossier, "decider/"), data, follow=True))
    assert "1 taux a changé depuis l’affichage." in text
    assert state_of(ALAIN.nir) == R.WAITING


def test_odd_rates_stand_on_top_unticked_and_are_left_by_the_button_for_the_rest(
    admin_client: Client, dossier: Dossier
) -> None:
    decide(admin_client, dossier, "appliquer", ALAIN.nir, BRIGITTE.nir)
    told = [Told(ALAIN.nir, "7.60"), Told(BRIGITTE.nir, "9.00")]
    received(crm(told, identifier="2"), nature="94", is_real=True, published_at=now())
    page = admin_client.get(page_of(dossier))
    text = words(page)
    assert "Taux de 0 % jusqu’ici, élevé désormais." in text
    assert text.index("NOËL Brigitte") < text.index("MERCIER Alain")
    assert page.text.count('name="taux"') == 2 and page.text.count(" checked>") == 1
    seen = rate_pages.plain_seen(rate_pages.get_dossier(Actor.owner(), dossier.uuid))
    admin_client.post(page_of(dossier, "decider/"), {"decision": "sans-remarque", "vus": seen})
    assert (state_of(ALAIN.nir), state_of(BRIGITTE.nir)) == (R.APPLIED, R.WAITING)


def test_what_came_since_the_page_was_opened_is_said_and_not_applied_with_the_rest(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch, user_with: Callable[..., Actor],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    monkeypatch.setattr(rate_pages, "PAGE_LENGTH", 1)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    client.get(page_of(dossier))
    with django_assert_max_num_queries(10):
        page = client.get(page_of(dossier)).text
    seen = page.split('name="vus" value="')[1].split('"')[0]
    received(crm([Told(ALAIN.nir, "7.60")], identifier="2"), nature="94", is_real=True, published_at=now())
    told = admin_client.post(page_of(dossier, "decider/"), {"decision": "sans-remarque", "vus": seen}, follow=True)
    assert "2 taux appliqués." in words(told)
    assert "1 taux est arrivé depuis l’affichage" in words(told)
    assert (state_of(ALAIN.nir), state_of(BRIGITTE.nir)) == (R.WAITING, R.APPLIED)


@pytest.mark.parametrize("seen", ["", "x", "²", "9999999.0"])
def test_rates_that_are_not_those_of_the_page_are_not_applied_together(
    admin_client: Client, dossier: Dossier, seen: str
) -> None:
    told = admin_client.post(page_of(dossier, "decider/"), {"decision": "sans-remarque", "vus": seen}, follow=True)
    assert "aucun n’est appliqué" in words(told)
    assert not PasRate.objects.filter(state=R.APPLIED).exists()


def test_a_decision_is_undone_from_the_history_of_a_person(admin_client: Client, dossier: Dossier) -> None:
    decide(admin_client, dossier, "appliquer", ALAIN.nir)
    history = f"/dsn/taux/salaries/{page_scenes.person().pk}/"
    page = admin_client.get(history)
    assert "aujourd’hui 7,50 %" in words(page)
    address = page.text.split('href="/dsn/taux/actes/')[1].split('"')[0]
    asked = admin_client.get(f"/dsn/taux/actes/{address}")
    assert "Annuler cette décision ?" in words(asked)
    assert "est annulé" in words(admin_client.post(f"/dsn/taux/actes/{address}", follow=True))
    assert "aucun taux valable" in words(admin_client.get(history))


def test_a_line_of_nobody_is_given_to_a_person_or_to_none(admin_client: Client, dossier: Dossier) -> None:
    line = RateLine.objects.get()
    address = f"/dsn/taux/lignes/{line.pk}/"
    assert "Rien n’est choisi." in words(admin_client.post(address, {}, follow=True))
    found = admin_client.post(address, {"texte": "noël"}, follow=True)
    assert "NOËL Brigitte" in words(found) and "MERCIER Alain" not in words(found)
    assert "La ligne n’est à personne" in words(admin_client.post(address, {"salarie": "personne"}, follow=True))
    line.refresh_from_db()
    assert line.settled_by == "Administrateur"


def test_those_without_a_rate_are_told_why_and_what_to_do(admin_client: Client, dossier: Dossier) -> None:
    decide(admin_client, dossier, "appliquer", ALAIN.nir)
    text = words(admin_client.get(page_of(dossier, "sans-taux/")))
    assert "NOËL Brigitte" in text and "taux reçu, à valider" in text and "MERCIER Alain" not in text
    later = (now() + timedelta(days=150)).date()
    assert "expiré le" in words(admin_client.get(page_of(dossier, f"sans-taux/?jour={later}")))
    lines = page_scenes.sheet(admin_client.get(page_of(dossier, "sans-taux.csv")))
    assert "Brigitte" in lines and BRIGITTE.nir not in lines


def test_exports_give_everything_then_only_what_changed(admin_client: Client, dossier: Dossier) -> None:
    decide(admin_client, dossier, "appliquer", ALAIN.nir)
    whole = page_scenes.sheet(admin_client.get(page_of(dossier, "taux.csv")))
    assert "7,50;01;123456789012345678" in whole
    first, second = (page_scenes.sheet(admin_client.post(page_of(dossier, "changements.csv"))) for _ in range(2))
    assert "7,50" in first
    assert len(second.splitlines()) == 1
    assert admin_client.get(page_of(dossier, "changements.csv")).status_code == 405


def test_only_an_administrator_lets_rates_apply_by_themselves(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    keeper = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    assert keeper.post(page_of(dossier, "reglage/"), {"seul": "1"}).status_code == 403
    admin_client.post(page_of(dossier, "reglage/"), {"seul": "1"})
    assert RateOption.objects.get(dossier=dossier).applies_alone
    assert "s’appliquent d’eux-mêmes" in words(keeper.get(page_of(dossier)))


def test_a_reader_exports_and_decides_nothing(dossier: Dossier, user_with: Callable[..., Actor]) -> None:
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    assert "Appliquer ce qui est coché" not in client.get(page_of(dossier)).text
    assert decide(client, dossier, "appliquer", ALAIN.nir).status_code == 403
    assert client.post(page_of(dossier, "changements.csv")).status_code == 403
    assert client.get(page_of(dossier, "taux.csv")).status_code == 200
    stranger = browser_of(user_with("Léa", {}))
    assert "Aucun dossier" in words(stranger.get("/dsn/taux/"))
    assert stranger.get(page_of(dossier)).status_code == 404


def test_the_day_of_a_crm_added_by_hand_is_told_on_its_page(admin_client: Client, dossier: Dossier) -> None:
    document = crm([Told(ALAIN.nir, "8.00")], identifier="77")
    item = received(document, nature="94", origin=Origin.FILE, published_at=None)
    assert "CRM sans date" in words(admin_client.get(page_of(dossier)))
    address = f"/dsn/retours/{item.pk}/"
    assert "Disponible depuis le" in words(admin_client.get(address))
    assert "ne se lit pas" in words(admin_client.post(f"{address}disponible/", {"jour": "hier"}, follow=True))
    answer = admin_client.post(f"{address}disponible/", {"jour": f"{now():%Y-%m-01}"}, follow=True)
    assert "1 taux est valable jusqu’au" in words(answer)
    assert PasRate.objects.get(item=item).why != oddities.UNDATED


def test_only_a_gestionnaire_tells_the_day_of_a_crm(dossier: Dossier, user_with: Callable[..., Actor]) -> None:
    document = crm([Told(ALAIN.nir, "8.00")], identifier="77")
    item = received(document, nature="94", origin=Origin.FILE, published_at=None)
    reader = browser_of(user_with("Zoé", {dossier: "lecture"}))
    assert "Disponible depuis le" not in words(reader.get(f"/dsn/retours/{item.pk}/"))
    assert reader.post(f"/dsn/retours/{item.pk}/disponible/", {"jour": "2026-01-15"}).status_code == 403
