"""A source and a destination for transfers."""

from collections.abc import Callable

import pytest
from tests.transfers.filled import filled

from scarabee.accounts.models import Membership, User
from scarabee.accounts.services import create_user
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor


@pytest.fixture
def source(db: None, owner: Actor) -> Dossier:
    """Three employers of four employees each."""
    return filled(owner, "Secteur nord", employers=3, employees=4)


@pytest.fixture
def destination(db: None, owner: Actor) -> Dossier:
    """An empty dossier."""
    return create_dossier(actor=owner, name="Secteur sud")


@pytest.fixture
def user_with(owner: Actor) -> Callable[..., Actor]:
    """The actor of a new user with roles: `user_with("Zoé", {dossier: "lecture"})`."""

    def make(name: str, roles: dict[Dossier, str]) -> Actor:
        user: User = create_user(actor=owner, username=name)
        for dossier, role in roles.items():
            Membership.objects.create(user=user, dossier=dossier, role=role)
        return Actor.of(user)

    return make
