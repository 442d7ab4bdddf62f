"""Who else is in a dossier: told to those who see it, in one query, for five minutes."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance import presence
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import Presence

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> Iterator[None]:
    presence._noted.clear()
    yield
    presence._noted.clear()


@pytest.fixture
def dossier(owner: Actor, administrator: User) -> Dossier:
    return create_dossier(actor=owner, name="Nord")


@pytest.fixture
def zoe(dossier: Dossier, user_with: Callable[..., Actor]) -> Client:
    """The browser of somebody who keeps the dossier."""
    client = Client()
    client.force_login(User.objects.get(pk=user_with("Zoé", {dossier: "gestionnaire"}).user_id))
    return client


def _part(client: Client, dossier: Dossier) -> str:
    return " ".join(client.get(reverse("dossiers:present", args=[dossier.uuid]), headers=HTMX).text.split())


def _page(dossier: Dossier, name: str = "show") -> str:
    return reverse(f"dossiers:{name}", args=[dossier.uuid])


def test_whoever_opened_a_page_of_the_dossier_is_told_to_the_others(
    admin_client: Client, zoe: Client, dossier: Dossier
) -> None:
    zoe.get(_page(dossier))
    assert "Aussi dans ce dossier : <strong>Zoé</strong> (à l’instant)" in _part(admin_client, dossier)
    assert _part(zoe, dossier) == ""
    page = " ".join(admin_client.get(reverse("dossiers:present", args=[dossier.uuid])).text.split())
    assert "<strong>Zoé</strong>" in page


def test_before_something_is_destroyed_it_is_said_without_being_asked(
    admin_client: Client, zoe: Client, dossier: Dossier
) -> None:
    zoe.get(_page(dossier))
    Presence.objects.update(seen_at=now() - timedelta(minutes=2), opened_at=now() - timedelta(minutes=2))
    text = " ".join(admin_client.get(_page(dossier, "delete")).text.split())
    assert "Zoé a ouvert ce dossier il y a 2 min." in text
    Presence.objects.update(opened_at=now() - timedelta(minutes=40))
    text = " ".join(admin_client.get(_page(dossier, "delete")).text.split())
    assert "Zoé a ouvert ce dossier il y a 40 min, vu il y a 2 min." in text


def test_after_five_minutes_nobody_is_there_any_more(admin_client: Client, zoe: Client, dossier: Dossier) -> None:
    zoe.get(_page(dossier))
    Presence.objects.update(seen_at=now() - timedelta(minutes=5, seconds=1))
    assert _part(admin_client, dossier) == ""
    assert "a ouvert ce dossier" not in admin_client.get(_page(dossier, "delete")).text
    assert presence.anybody() == []
    presence.forget_old()
    assert Presence.objects.exists()
    Presence.objects.update(seen_at=now() - timedelta(days=2))
    presence.forget_old()
    assert not Presence.objects.exists()


def test_who_does_not_see_the_dossier_is_told_nothing(
    zoe: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    zoe.get(_page(dossier))
    stranger = Client()
    stranger.force_login(User.objects.get(pk=user_with("Léa", {}).user_id))
    answer = stranger.get(reverse("dossiers:present", args=[dossier.uuid]), headers=HTMX)
    assert answer.status_code == 404 and "Zoé" not in answer.text
    assert Presence.objects.count() == 1


def test_a_page_writes_once_a_minute_at_most_and_asks_nothing_more(zoe: Client, dossier: Dossier) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            zoe.get(_page(dossier))
        return [one["sql"] for one in queries if "maintenance_presence" in one["sql"]]

    assert [sql.split()[0] for sql in asked()] == ["INSERT"]
    assert asked() == []
    presence._noted = {key: at - presence.NOTE_SECONDS for key, at in presence._noted.items()}
    assert [sql.split()[0] for sql in asked()] == ["INSERT"]
    assert Presence.objects.count() == 1


def test_coming_back_later_is_a_new_visit(zoe: Client, dossier: Dossier) -> None:
    zoe.get(_page(dossier))
    long_ago = now() - timedelta(hours=2)
    Presence.objects.update(seen_at=long_ago, opened_at=long_ago)
    presence._noted.clear()
    zoe.get(_page(dossier))
    row = Presence.objects.get()
    assert row.opened_at > long_ago and row.seen_at > long_ago


def test_the_maintenance_screen_says_who_is_at_work(admin_client: Client, zoe: Client, dossier: Dossier) -> None:
    zoe.get(_page(dossier))
    assert "Dans un dossier en ce moment : Zoé." in admin_client.get("/centre/maintenance/").text
