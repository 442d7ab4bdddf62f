"""A real bouchon that lives at the same time as we do, a user whose identifiers are right, and the clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import RIGHT, holder
from tests.filings.portal.front import Front

from scarabee.accounts.models import PortalBinding, User
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

PARIS_NOON = "2026-12-03T12:00:00+01:00"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that the product and the portal see."""
    from datetime import datetime

    from django.utils import timezone

    clock = Clock()
    clock.at = datetime.fromisoformat(PARIS_NOON)
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def bouchon(db: None, tmp_path: Path, clock: Clock) -> Iterator[Bouchon]:
    """The portal of this test's data folder."""
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25", "26"))
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account], clock=clock) as server:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": server.address})
        yield server


@pytest.fixture
def lucie(bouchon: Bouchon) -> User:
    """A user who holds the right identifiers."""
    return holder("Lucie")


@pytest.fixture
def front(bouchon: Bouchon) -> Iterator[Front]:
    """A door in front of the bouchon, through which all requests of this data folder go."""
    with Front(bouchon.address) as door:
        PortalBinding.objects.update(portal=door.address)
        bouchon.state.address = door.address
        yield door
