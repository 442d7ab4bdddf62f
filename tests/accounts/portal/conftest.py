"""A real bouchon on a loopback socket, and users who hold identifiers for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scarabee.accounts.models import PortalBinding, User
from scarabee.accounts.portal.connection_tests import Shown, run_all, shown, start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Account, Bouchon

RIGHT = Entry("73282932000074", "D’HERVAULT".replace("’", "'"), "Noémie", "Corail.2026-Dune")
Holder = Callable[..., User]
Ball = Callable[..., Shown]


@pytest.fixture
def bouchon(db: None, tmp_path: Path) -> Iterator[Bouchon]:
    """The portal of this test's data folder, where RIGHT is a good account for both régimes."""
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25", "26"))
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as server:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": server.address})
        yield server


@pytest.fixture
def holder(owner: Actor) -> Holder:
    """A user who holds RIGHT with these changes: `holder("Lucie", motdepasse="autre")`."""

    def make(name: str, **changes: object) -> User:
        user = create_user(actor=owner, username=name)
        save_identifiers(actor=owner, user=user, entry=replace(RIGHT, **changes))  # type: ignore[arg-type]
        return user

    return make


@pytest.fixture
def ball(owner: Actor) -> Ball:
    """The blue ball for this user, on what is kept or on what is in a form."""

    def press(user: User, entry: Entry | None = None, statement: str = "") -> Shown:
        return shown(run_all(actor=owner, test=start_test(actor=owner, user=user, entry=entry, statement=statement)))

    return press
