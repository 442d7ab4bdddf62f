"""A dossier that receives files."""

import pytest

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor


@pytest.fixture
def dossier(db: None, owner: Actor) -> Dossier:
    """An empty dossier."""
    return create_dossier(actor=owner, name="Associations du Val")


@pytest.fixture
def other(db: None, owner: Actor) -> Dossier:
    """Another empty dossier."""
    return create_dossier(actor=owner, name="Repli")
