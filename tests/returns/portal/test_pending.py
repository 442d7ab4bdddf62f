"""A deactivated user leaves deposits behind: they are told, and collected until a day that a person chose."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import holder, small_files
from tests.returns.portal.scenes import caught_up, documents, fetched, sent

from scarabee.accounts.models import PortalIdentity, User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import following
from scarabee.filings.services.holders import Holders
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.returns.models import Cursor
from scarabee.returns.services import collecting
from scarabee.returns.services.pending import keep_collecting, pending_deposits
from scarabee.returns.services.readers import reader_for

pytestmark = pytest.mark.django_db


def live(clock: Clock, minutes: int) -> None:
    for _ in range(0, minutes, 10):
        clock.advance(minutes=10)
        following.run_due()
        collecting.run_due()


def leaves(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()


def test_the_deposits_that_still_await_returns_are_listed(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    assert list(pending_deposits(lucie)) == [filing]
    clock.advance(days=60)
    assert not pending_deposits(lucie).exists()


def test_none_is_in_danger_while_another_active_user_holds_the_same_account(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    marc = holder("Marc")
    assert not pending_deposits(lucie).exists()
    leaves(marc)
    assert pending_deposits(lucie).exists()


def test_nothing_is_collected_for_a_user_who_left_and_it_is_said_while_deposits_wait(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    cursor = caught_up()
    leaves(lucie)
    before = len(bouchon.authentications)
    live(clock, 120)
    assert len(bouchon.authentications) == before
    cursor.refresh_from_db()
    assert "Plus aucun compte actif" in cursor.problem
    Filing.objects.update(state=FilingState.CANCELLED)
    live(clock, 30)
    cursor.refresh_from_db()
    assert cursor.problem == ""


def test_it_goes_on_until_the_chosen_day_and_the_deposit_learns_what_became_of_it(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    leaves(lucie)
    until = clock().date() + timedelta(days=2)
    keep_collecting(actor=Actor.owner(), identity=PortalIdentity.objects.get(), until=until)
    live(clock, 70)
    assert fetched(bouchon) == documents(bouchon)
    filing.refresh_from_db()
    assert filing.state == FilingState.CONFORM
    entry = JournalEntry.objects.get(code="retours.prolongation")
    assert entry.facts["until"] == until.isoformat()
    clock.advance(days=3)
    before = len(bouchon.authentications)
    live(clock, 60)
    assert len(bouchon.authentications) == before


def test_such_identifiers_serve_to_collect_and_never_to_deposit(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    leaves(lucie)
    keep_collecting(actor=Actor.owner(), identity=PortalIdentity.objects.get(), until=clock().date())
    covered = Holders().cover(filer_id=lucie.pk, dossier_id=filing.dossier_id, depot="01")
    assert covered.held is None


def test_an_active_holder_reads_first(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    leaves(lucie)
    marc = holder("Marc")
    keep_collecting(actor=Actor.owner(), identity=PortalIdentity.objects.get(), until=clock().date())
    reader = reader_for(Cursor.objects.get(regime="general"), clock().date())
    assert reader is not None
    assert reader.held.user == marc


def test_only_an_administrator_chooses_the_day_and_a_sensible_one(
    bouchon: Bouchon, lucie: User, clock: Clock, user_with: Callable[..., Actor]
) -> None:
    identity = PortalIdentity.objects.get()
    with pytest.raises(NotAllowed):
        keep_collecting(actor=user_with("Zoé", {}), identity=identity, until=clock().date())
    for until in (clock().date() - timedelta(days=1), date(2100, 1, 1)):
        with pytest.raises(Refusal):
            keep_collecting(actor=Actor.owner(), identity=identity, until=until)
    keep_collecting(actor=Actor.owner(), identity=identity, until=None)
    assert set(Cursor.objects.values_list("collect_until", flat=True)) == {None}
