"""Once, never twice, never silently not sent."""

import hashlib

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import planned, small_files

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.services import sending
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db


def test_what_is_planned_is_deposited_byte_for_byte_and_once(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(3), strict=False)]
    assert sending.run_due() == 3
    assert sending.run_due() == 0
    kept = bouchon.state.store.deposits()
    assert sorted(one.sha256 for one in kept) == sorted(one.sha256 for one in filings)
    for filing in filings:
        filing.refresh_from_db()
        assert filing.state == FilingState.ACCEPTED, filing.problem
        assert filing.proofs.get().kind == "AEE"
    assert len(bouchon.authentications) == 1
    assert hashlib.sha256(bouchon.state.store.content(kept[0])).hexdigest() == kept[0].sha256
