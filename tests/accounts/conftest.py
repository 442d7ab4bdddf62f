"""People, browsers and the clock, for the tests of accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from scarabee.accounts.models import User
from scarabee.accounts.services import second_factor
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor

GOOD = "corail dune sextant 47"

SignIn = Callable[..., Client]
Enrol = Callable[[User], pyotp.TOTP]


class Clock:
    """The time that the product sees: it stands still until told to go on."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every module that asks for the time, axes and the sessions of Django included."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    monkeypatch.setattr("axes.handlers.proxy.now", clock)
    return clock


@pytest.fixture
def lucie(administrator: User, owner: Actor) -> User:
    """An account that is no Administrateur, with the password of the tests."""
    return create_user(actor=owner, username="Lucie", password=GOOD)


@pytest.fixture
def sign_in() -> SignIn:
    """A browser that has signed in: `sign_in("Lucie", agent="… Firefox/140.0")`."""

    def browser(name: str, password: str = GOOD, agent: str = "") -> Client:
        client = Client(headers={"User-Agent": agent} if agent else None)
        client.post("/connexion/", {"username": name, "password": password})
        return client

    return browser


@pytest.fixture
def enrol() -> Enrol:
    """Put a second factor on an account; the authenticator that shows its codes."""

    def with_authenticator(user: User) -> pyotp.TOTP:
        actor = Actor.of(user)
        authenticator = pyotp.TOTP(second_factor.begin(actor=actor, user=user).secret_shown.replace(" ", ""))
        second_factor.confirm(actor=actor, user=user, code=authenticator.at(timezone.now()))
        user.refresh_from_db()
        return authenticator

    return with_authenticator
