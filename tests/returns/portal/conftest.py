"""The bouchon, its user and the clock of the tests of deposits, and deposits that were made."""

from collections.abc import Iterator

import pytest
from tests.filings.portal.conftest import bouchon, clock, front, lucie

from scarabee.netentreprises.bouchon.server import Bouchon

__all__ = ["bouchon", "clock", "front", "lucie"]


@pytest.fixture(autouse=True)
def no_rule_of_the_service_was_broken(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test lets the portal do, no search breaks a rule."""
    portal: Bouchon | None = request.getfixturevalue("bouchon") if "bouchon" in request.fixturenames else None
    yield
    if portal is not None:
        assert portal.breaches == []
