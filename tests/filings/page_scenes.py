"""Employers, filings and the day it is, for the pages of deposits."""

import html
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.filings.deposits import bare_filing

from scarabee.accounts.models import User
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

MONTH = "2026-10"
SIRETS = [f"{400000000 + number}00015" for number in range(100)]


def it_is(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> datetime:
    """Let the product see this moment of Paris."""
    moment = datetime(*numbers, tzinfo=PARIS)  # type: ignore[arg-type, misc]
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def employer(dossier: Dossier, number: int = 0) -> Employer:
    """An employer that the dossier declares when nobody else does."""
    siret, name = SIRETS[number], f"Club {number:02d}"
    made = {"state": Act.State.DONE, "actor_name": "Zoé", "created_at": timezone.now()}
    act = Act.objects.filter(dossier=dossier).first()
    act = act or Act.objects.create(dossier=dossier, kind=Act.Kind.ENTRY, **made)
    free = not Employer.objects.filter(siret=siret, declaring=True).exists()
    return Employer.objects.create(
        dossier=dossier, siret=siret, name=name, search_key=name.lower(), act=act, declaring=free
    )


def deposit(dossier: Dossier, state: FilingState, number: int = 0, **columns: Any) -> Filing:
    """A filing of October of one of these employers, without bytes."""
    said = {"siret": SIRETS[number], "month": MONTH, "depot": "01", "type": "01", "slot": ""}
    return bare_filing(dossier, state, **(said | columns))


def visit(address: str) -> Any:
    """What Administrateur gets, who signed in a moment ago whatever the clock says."""
    client = Client()
    client.force_login(User.objects.get(username="Administrateur"))
    return client.get(address)


def browser_of(actor: Actor) -> Client:
    """A browser signed in as this user."""
    client = Client()
    client.force_login(User.objects.get(username=actor.name))
    return client


def words(response: Any) -> str:
    """The text of a page without its tags, on one line."""
    main = response.text[response.text.index("<main") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
