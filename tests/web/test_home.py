"""The home page: one look tells whether one may go home, and what waits first."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.conftest import dossier
from tests.filings.page_scenes import browser_of, deposit, employer, it_is, visit, words
from tests.returns import page_scenes
from tests.returns.documents import deposit as answered

from scarabee.accounts.models import User
from scarabee.backups.models import Backup
from scarabee.dossiers.models import Dossier, Employer
from scarabee.filings.enums import FilingState
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Anomaly, PasRate, RateLine, Return

__all__ = ["dossier"]
pytestmark = [pytest.mark.django_db, page_scenes.official]
LATE = "/dsn/retours/en-retard/"


@pytest.fixture
def filled() -> Dossier:
    return page_scenes.filled()


def settle_everything() -> None:
    """Whatever waits for a person in the filled dossier was done."""
    Anomaly.objects.update(state="accepted")
    PasRate.objects.update(state="applied")
    RateLine.objects.update(settled_at=now())
    Return.objects.update(seen_at=now())
    Employer.objects.filter(name="").update(name="Chorale")


def backed_up(hours: int = 3) -> Backup:
    """A proved backup of everything, made so long ago."""
    at = now() - timedelta(hours=hours)
    told = {"kind": Backup.Kind.INSTALLATION, "actor_name": "Zoé", "machine": "poste", "path": "/a.age"}
    return Backup.objects.create(started_at=at, made_at=at, proved_at=at, **told)


def test_before_the_first_dossier_nothing_waits_and_it_says_where_to_begin(admin_client: Client) -> None:
    text = words(admin_client.get("/"))
    assert "Rien ne vous attend. Il n’y a pas encore de dossier" in text
    assert "Pour commencer" in text and "Ce mois-ci" not in text


def test_what_presses_most_is_told_first_and_everything_in_its_order(
    admin_client: Client, filled: Dossier, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        text = words(admin_client.get("/"))
    assert "D’abord : 2 taux PAS à valider Puis 5 autres choses, dans l’ordre ci-dessous." in text
    order = ("2 taux PAS", "1 ligne de CRM", "7 anomalies", "3 retours non lus", "1 sauvegarde", "1 employeur sans nom")
    listed = text[text.index("À faire, dans l’ordre") :]
    assert [listed.index(piece) for piece in order] == sorted(listed.index(piece) for piece in order)


def test_every_card_is_there_and_says_when_it_is_calm(admin_client: Client, filled: Dossier) -> None:
    settle_everything()
    backed_up()
    text = words(admin_client.get("/"))
    for piece in (
        "0 non lu",
        "0 à traiter aucune échéance passée",
        "0 à valider",
        "relue et prouvée",
        "aucun employeur",
    ):
        assert piece in text
    assert "Rien ne vous attend. Voyez aussi s’il manque des retours." in text
    assert "À faire" not in text


def test_a_month_under_way_says_how_many_are_declared_and_until_when(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    it_is(monkeypatch, 2026, 11, 3, 9)
    for number, state in enumerate((FilingState.CONFORM, FilingState.ACCEPTED, FilingState.CHECKED)):
        employer(dossier, number)
        deposit(dossier, state, number)
    text = words(visit("/"))
    assert "DSN d’octobre 2026 1 / 3 déclarées" in text
    assert "1 à déposer avant le 13/11/2026 à midi" in text


@pytest.mark.parametrize(("hours", "waits"), [(None, True), (3, False), (6 * 24, False), (8 * 24, True)])
def test_an_old_or_missing_backup_waits_for_an_administrator_alone(
    admin_client: Client, filled: Dossier, user_with: Callable[..., Actor], hours: int | None, waits: bool
) -> None:
    if hours is not None:
        backed_up(hours)
    assert ("1 sauvegarde à faire" in words(admin_client.get("/"))) is waits
    keeper = browser_of(user_with("Zoé", {filled: "gestionnaire"}))
    assert "sauvegarde" not in words(keeper.get("/"))


def test_a_backup_that_was_not_proved_counts_for_nothing(admin_client: Client, filled: Dossier) -> None:
    Backup.objects.filter(pk=backed_up().pk).update(proved_at=None)
    assert "Dernière sauvegarde aucune" in words(admin_client.get("/"))


def test_a_reader_sees_what_waits_in_his_dossiers_and_nothing_of_the_others(
    filled: Dossier, user_with: Callable[..., Actor], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reader = browser_of(user_with("Zoé", {filled: "lecture"}))
    with django_assert_max_num_queries(10):
        text = words(reader.get("/"))
    assert "D’abord : 2 taux PAS à valider" in text and "sans nom" not in text and "Importer des DSN Voir" not in text
    stranger = words(browser_of(user_with("Léa", {})).get("/"))
    assert "Rien ne vous attend. Aucun dossier ne vous est ouvert" in stranger
    assert "taux PAS à valider" not in stranger


def test_the_sentence_takes_in_what_is_late_when_nothing_else_waits(
    administrator: User, filled: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    it_is(monkeypatch, 2026, 4, 8, 9)
    settle_everything()
    backed_up()
    assert f'hx-get="{LATE}?calme=1"' in visit("/").text
    calm = part("?calme=1")
    assert "Rien ne vous attend. Aucun retour n’est en retard : vous pouvez passer à autre chose." in calm
    assert "Rien ne vous attend" not in part()
    answered(filled, "f" * 32, state=FilingState.ACCEPTED, sent_at=now() - timedelta(days=2), people=2)
    assert "1 retour manque Rien d’autre ne vous attend." in part("?calme=1")
    assert part() == "1 en retard ou pas pu demander"


def part(asked: str = "") -> str:
    """The text of what the page asks for once it is there."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(User.objects.get(username="Administrateur"))
    return " ".join(
        re.sub(r"<svg.*?</svg>|<[^>]+>", " ", client.get(f"{LATE}{asked}").text).replace("\xa0", " ").split()
    )
