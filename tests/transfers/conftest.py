"""A source and a destination for transfers."""

import pytest
from tests.transfers.filled import filled

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


@pytest.fixture(autouse=True)
def _no_copy_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safety copy has tests of its own, with the backups; here it would only cost time."""
    monkeypatch.setattr("scarabee.dossiers.services.safety.KEEPERS", [])
