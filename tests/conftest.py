"""Fixtures that every part of the project uses."""

import pytest
from django.test import Client

from scarabee.accounts.models import User
from scarabee.accounts.services import create_user
from scarabee.maintenance.journal import Actor

PASSWORD = "corail dune sextant 47"


@pytest.fixture
def owner() -> Actor:
    """The owner of the data folder, as at the command line."""
    return Actor.owner()


@pytest.fixture
def administrator(db: None, owner: Actor) -> User:
    """The account Administrateur, its password set: the first start is over."""
    return create_user(actor=owner, username="Administrateur", password=PASSWORD, is_administrator=True)


@pytest.fixture
def admin_client(administrator: User) -> Client:
    """A browser signed in as Administrateur."""
    client = Client()
    client.force_login(administrator)
    return client
