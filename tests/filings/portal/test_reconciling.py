"""A deposit of which nobody knows the outcome is looked for, adopted when it is surely found, never sent again."""

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import order_again, planned, small_files

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import following, reconciling, sending
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

AFTER, BEFORE = "coupure-apres-enregistrement", "coupure-avant-enregistrement"


def look_until_settled(filing: Filing, clock: Clock, minutes: int = 45) -> FilingState:
    for _ in range(minutes):
        clock.advance(minutes=1)
        reconciling.run_due()
        filing.refresh_from_db()
        if filing.state != FilingState.UNKNOWN:
            break
    return FilingState(filing.state)


def posts(bouchon: Bouchon) -> int:
    return sum(one.method == "POST" and "deposer" in one.path for one in bouchon.requests)


def test_a_deposit_cut_after_it_was_recorded_is_found_and_its_conformity_with_it(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = planned(next(small_files()), lucie)
    bouchon.start_incident(AFTER)
    sending.run_due()
    filing.refresh_from_db()
    assert filing.state == FilingState.UNKNOWN
    assert "Ne le redéposez pas" in filing.problem
    bouchon.end_incident(AFTER)
    assert look_until_settled(filing, clock) == FilingState.CONFORM
    (kept,) = bouchon.state.store.deposits()
    assert (filing.idflux, kept.sha256) == (kept.idflux, filing.sha256)
    assert {one.kind for one in filing.proofs.all()} == {"AEE", "CCO"}
    assert posts(bouchon) == 1


def test_a_deposit_cut_before_is_not_deposited_after_half_an_hour_and_goes_when_a_person_says_so(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = planned(next(small_files(real=True)), lucie)
    bouchon.start_incident(BEFORE)
    sending.run_due()
    bouchon.end_incident(BEFORE)
    assert look_until_settled(filing, clock, 29) == FilingState.UNKNOWN
    assert look_until_settled(filing, clock, 10) == FilingState.NOT_DEPOSITED
    assert filing.next_at is None
    sending.run_due()
    assert posts(bouchon) == 1
    order_again(filing)
    sending.run_due()
    filing.refresh_from_db()
    assert filing.state == FilingState.ACCEPTED
    assert len(bouchon.state.store.deposits()) == 1
    following.run_due()
