"""Fixtures that every part of the project uses."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.test import Client

from scarabee.accounts.models import Membership, User
from scarabee.accounts.services.users import create_user
from scarabee.dossiers.models import Dossier
from scarabee.maintenance import folder
from scarabee.maintenance.journal import Actor

PASSWORD = "corail dune sextant 47"
BROWSER_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright runs an event loop in the thread of the test, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """Playwright's event loop also gives Django one more connection to the in-memory database, left to the
    end of the process, because closing it is what Django never does to such a database.
    """
    config.addinivalue_line("filterwarnings", "ignore:unclosed database:ResourceWarning")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL (DATABASE_URL), run what uses a database: the rest ran on SQLite. Of the browser, a chosen few."""
    if not os.environ.get("DATABASE_URL"):
        return
    chosen = [item for item in items if _uses_a_database(item)]
    left = [item for item in items if not _uses_a_database(item)]
    items[:] = chosen
    config.hook.pytest_deselected(items=left)


def _uses_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("engines"):
        return True
    fixtures = getattr(item, "fixturenames", ())
    asks = item.get_closest_marker("django_db") or not {"db", "transactional_db"}.isdisjoint(fixtures)
    return bool(asks) and not item.get_closest_marker("e2e")


@receiver(post_migrate)
def stamped(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Commands find the database of the tests stamped, even after a test that emptied it: nothing is to migrate."""
    if sender.label == "maintenance" and using == DEFAULT_DB_ALIAS:
        folder.stamp()


@pytest.fixture
def owner() -> Actor:
    """The owner of the data folder, as at the command line."""
    return Actor.owner()


@pytest.fixture
def administrator(db: None, owner: Actor) -> User:
    """The account Administrateur, its password set: the first start is over."""
    return create_user(actor=owner, username="Administrateur", password=PASSWORD, is_administrator=True)


@pytest.fixture
def user_with(owner: Actor) -> Callable[..., Actor]:
    """The actor of a new user with roles: `user_with("Zoé", {dossier: "lecture"})`."""

    def make(name: str, roles: dict[Dossier, str]) -> Actor:
        user: User = create_user(actor=owner, username=name)
        for dossier, role in roles.items():
            Membership.objects.create(user=user, dossier=dossier, role=role)
        return Actor.of(user)

    return make


@pytest.fixture
def admin_client(administrator: User) -> Client:
    """A browser signed in as Administrateur."""
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, never one that is downloaded."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine: make browser")
    return {**browser_type_launch_args, "executable_path": path, "args": BROWSER_ARGUMENTS}


@pytest.fixture
def signed_in_page(page: Any, live_server: Any, administrator: User) -> Any:
    """A page of a real browser, signed in as Administrateur, with the live server as its base address."""
    client = Client()
    client.force_login(administrator)
    cookies = [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    page.context.add_cookies(cookies)
    return page
