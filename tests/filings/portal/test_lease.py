"""The lease of an account: one at a time, given up by the dead, not fooled by clocks."""

from datetime import timedelta

import pytest
from tests.accounts.conftest import Clock

from scarabee.accounts.models import PortalIdentity
from scarabee.filings.models import PortalQueue
from scarabee.filings.services.lease import LEASE_SECONDS, LeaseLost, lease
from scarabee.netentreprises.client import DEPOSIT_SECONDS
from scarabee.netentreprises.transport import CONNECT_SECONDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def identity(clock: Clock) -> PortalIdentity:
    return PortalIdentity.objects.create(key="une")


def test_it_lasts_longer_than_a_deposit_that_is_as_slow_as_can_be() -> None:
    assert LEASE_SECONDS > CONNECT_SECONDS + 2 * DEPOSIT_SECONDS


def test_one_has_it_at_a_time(identity: PortalIdentity) -> None:
    with lease(identity) as mine:
        assert mine is not None
        with lease(identity) as theirs:
            assert theirs is None
    with lease(identity) as again:
        assert again is not None


def test_another_account_has_its_own(identity: PortalIdentity) -> None:
    with lease(identity) as mine, lease(PortalIdentity.objects.create(key="autre")) as theirs:
        assert mine
        assert theirs


def test_it_is_given_back_when_the_work_fails(identity: PortalIdentity) -> None:
    with pytest.raises(ZeroDivisionError), lease(identity):
        raise ZeroDivisionError
    assert PortalQueue.objects.get().busy_until is None


def test_the_dead_give_it_up_in_time_and_find_it_lost_if_they_were_only_asleep(
    identity: PortalIdentity, clock: Clock
) -> None:
    with lease(identity) as slept:
        assert slept is not None
        clock.advance(seconds=LEASE_SECONDS - 1)
        with lease(identity) as theirs:
            assert theirs is None
        clock.advance(seconds=2)
        with lease(identity) as theirs:
            assert theirs is not None
            assert not slept.lasts(1)
            with pytest.raises(LeaseLost):
                slept.hold()
            theirs.hold()
    assert PortalQueue.objects.get().busy_until is None


def test_holding_it_makes_it_last(identity: PortalIdentity, clock: Clock) -> None:
    with lease(identity) as mine:
        assert mine is not None
        for _ in range(10):
            clock.advance(seconds=100)
            mine.hold()
            assert mine.lasts(2 * DEPOSIT_SECONDS)
        with lease(identity) as theirs:
            assert theirs is None


def test_a_clock_that_is_set_back_leaves_no_account_shut_for_long(identity: PortalIdentity, clock: Clock) -> None:
    with lease(identity) as mine:
        assert mine is not None
        clock.at -= timedelta(hours=5)
        assert not mine.lasts(1), "nothing is sent on the word of a clock that leapt"
        with lease(identity) as theirs:
            assert theirs is not None
