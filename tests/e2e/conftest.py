"""Data for the tests that drive a real browser; the browser itself is in tests/conftest.py."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from tests.transfers.filled import filled

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor


@pytest.fixture
def source(transactional_db: None, owner: Actor) -> Dossier:
    """Sixty employers of twelve employees: two pages of the tree."""
    return filled(owner, "Secteur nord", employers=60, employees=12)


@pytest.fixture
def destination(transactional_db: None, owner: Actor) -> Dossier:
    """An empty dossier."""
    return create_dossier(actor=owner, name="Secteur sud")


@pytest.fixture
def plain_page(browser: Browser, live_server: LiveServer, administrator: User) -> Iterator[Page]:
    """A signed-in page of a browser whose JavaScript is switched off."""
    client = Client()
    client.force_login(administrator)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    )
    yield context.new_page()
    context.close()
