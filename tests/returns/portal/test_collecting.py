"""Every return is found and fetched, whatever the clocks, the portal and the other processes do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import planned, small_files
from tests.filings.portal.front import Front, Reply
from tests.returns.portal import scenes
from tests.returns.portal.scenes import DOWNLOAD, FLUX, SEARCH, asked, caught_up, deposited, documents, fetched, sent

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.cli import portal_work
from scarabee.filings.models import Run
from scarabee.filings.services import following
from scarabee.filings.services.lease import lease
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import collecting

pytestmark = pytest.mark.django_db


def live(clock: Clock, minutes: int, step: int = 10) -> None:
    for _ in range(0, minutes, step):
        clock.advance(minutes=step)
        collecting.run_due()


def test_all_that_was_published_is_here_to_the_byte_within_the_hour(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    live(clock, 80)
    assert fetched(bouchon) == documents(bouchon)
    rows = list(Return.objects.all())
    assert {one.nature for one in rows} == {one.nature for one in scenes.published(bouchon)}
    assert {one.filing_id for one in rows} == {filing.pk}
    assert {one.fetch for one in rows} == {FetchState.FETCHED, FetchState.NO_DOCUMENT}
    assert Cursor.objects.get().problem == ""


def test_a_collecting_with_nothing_due_asks_the_portal_nothing(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    sent(next(small_files()), lucie)
    caught_up()
    collecting.run_due()
    before = len(bouchon.requests)
    live(clock, 50)
    assert len(bouchon.requests) == before


def test_identifiers_that_were_never_tried_are_not_tried_by_the_collector(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    live(clock, 120)
    assert not bouchon.authentications
    assert not Cursor.objects.exists()


def test_a_first_collecting_goes_thirty_days_back_twenty_four_windows_at_a_time(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    clock.advance(days=-29.5)
    deposited(bouchon, next(small_files(real=True)))
    clock.advance(days=29.5)
    sent(next(small_files()), lucie)
    collecting.run_due()
    cursor = Cursor.objects.get(regime="general")
    assert cursor.since == clock() - timedelta(days=30)
    assert cursor.until == cursor.since + timedelta(hours=24)
    assert len(asked(bouchon, SEARCH)) == 24, "nothing of the régime agricole, which was never tried"
    early = {one.id for one in scenes.published(bouchon) if one.file and one.publication <= cursor.until}
    assert early
    assert fetched(bouchon).keys() == early
    Cursor.objects.exclude(pk=cursor.pk).delete()
    Cursor.objects.update(until=clock() - timedelta(days=2))  # and so on, day after day
    live(clock, 9, step=3)
    late = {one.id for one in scenes.published(bouchon) if one.file and one.publication > clock() - timedelta(days=2)}
    assert fetched(bouchon).keys() == early | late


def test_after_two_days_of_outage_all_is_caught_up_and_the_trouble_was_shown_until_then(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    front.policy = lambda method, path: Reply(503)
    live(clock, 24 * 60, step=120)
    deposited(front, list(small_files(real=True))[3])
    live(clock, 24 * 60, step=120)
    cursor.refresh_from_db()
    assert cursor.problem
    assert cursor.failures > 10
    assert cursor.next_at <= clock() + timedelta(minutes=15)
    was_until = cursor.until
    assert was_until < clock() - timedelta(days=1)
    scenes.nothing(front)
    live(clock, 60, step=5)
    cursor.refresh_from_db()
    assert (cursor.problem, cursor.failures) == ("", 0)
    assert fetched(bouchon) == documents(bouchon)


def test_a_window_that_failed_does_not_move_the_cursor(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up(clock() - timedelta(hours=10))
    answered = 0

    def fails_at_the_third(method: str, path: str) -> Reply | None:
        nonlocal answered
        if not path.startswith(SEARCH):
            return None
        answered += 1
        return Reply(500) if answered == 3 else None

    front.policy = fails_at_the_third
    began = cursor.until
    collecting.run_due()
    cursor.refresh_from_db()
    assert cursor.until == began + timedelta(hours=2)
    assert "erreur interne" in cursor.problem
    live(clock, 30, step=5)
    spans = asked(bouchon, SEARCH)
    assert len(spans) == len(set(spans))
    assert Cursor.objects.get().problem == ""


def test_when_the_portal_narrows_its_range_searches_become_narrower_then_wide_again(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    bouchon.start_incident("plage-reduite")
    live(clock, 80)
    cursor.refresh_from_db()
    assert (cursor.width_minutes, cursor.problem) == (15, "")
    assert fetched(bouchon) == documents(bouchon)
    bouchon.end_incident("plage-reduite")
    live(clock, 130)
    cursor.refresh_from_db()
    assert cursor.width_minutes == 60


def test_after_a_429_the_portal_is_left_alone_for_two_minutes(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    front.policy = lambda method, path: Reply(429) if path.startswith(SEARCH) else None
    collecting.run_due()
    cursor.refresh_from_db()
    assert cursor.width_minutes == 30
    assert "trop" in cursor.problem
    assert cursor.next_at >= clock() + timedelta(minutes=2)


@pytest.mark.parametrize("incident", ["jeton-expire", "interrogation-trop-rapide", "retour-sans-id", "json-objet-seul"])
def test_a_bad_day_of_the_portal_costs_nothing(bouchon: Bouchon, lucie: User, clock: Clock, incident: str) -> None:
    sent(next(small_files(real=True)), lucie)
    cursor = caught_up()
    bouchon.start_incident(incident)
    live(clock, 80)
    cursor.refresh_from_db()
    assert cursor.problem == ""
    assert fetched(bouchon) == documents(bouchon)
    assert not any(one.status == 429 for one in bouchon.requests)


def test_nothing_is_asked_for_a_frozen_account_and_it_is_said(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    PortalIdentity.objects.update(state=IdentityState.FROZEN, frozen_cause="identifiants_refuses")
    before = (len(bouchon.requests), len(bouchon.authentications))
    live(clock, 120)
    assert (len(bouchon.requests), len(bouchon.authentications)) == before
    cursor.refresh_from_db()
    assert "plus rien ne part tout seul" in cursor.problem
    PortalIdentity.objects.update(state=IdentityState.PROVED, frozen_cause="")
    live(clock, 20)
    cursor.refresh_from_db()
    assert cursor.problem == ""


def test_while_another_process_speaks_for_the_account_nothing_is_asked(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    before = len(bouchon.requests)
    with lease(PortalIdentity.objects.get()) as theirs:
        assert theirs is not None
        collecting.run_due()
    assert len(bouchon.requests) == before
    cursor.refresh_from_db()
    assert (cursor.problem, cursor.last_success_at) == ("", None)
    collecting.run_due()
    assert len(bouchon.requests) > before


def test_returns_listed_while_following_a_deposit_are_fetched_without_another_search(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    collecting.run_due()
    searches = len(asked(bouchon, SEARCH))
    clock.advance(minutes=3)
    following.run_due()
    downloads = len(asked(bouchon, DOWNLOAD))
    collecting.run_due()
    assert fetched(bouchon) == documents(bouchon)
    assert len(asked(bouchon, SEARCH)) == searches
    assert len(asked(bouchon, FLUX)) == 1
    assert len(asked(bouchon, DOWNLOAD)) == downloads + len(documents(bouchon)) - 2, "receipts are here already"


def test_a_worker_collects_what_came_back_once_it_has_deposited(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    planned(next(small_files(real=True)), lucie)
    portal_work.do_once()
    assert Return.objects.count() == 0, "the search begins a month back"
    caught_up()
    clock.advance(minutes=5)
    portal_work.do_once()
    assert fetched(bouchon) == documents(bouchon)
    assert Run.objects.filter(kind="collect", problem="").exists()


def test_a_whole_round_in_which_nothing_is_due_costs_two_queries(
    bouchon: Bouchon, lucie: User, clock: Clock, django_assert_num_queries: Any
) -> None:
    sent(next(small_files()), lucie)
    caught_up()
    portal_work.do_once()
    with django_assert_num_queries(2):
        portal_work.do_once()
    clock.advance(minutes=65)
    portal_work.do_once()
    assert fetched(bouchon) == documents(bouchon)


def test_an_account_that_another_regime_took_is_not_knocked_at(
    bouchon: Bouchon, lucie: User, clock: Clock, django_assert_num_queries: Any
) -> None:
    sent(next(small_files()), lucie)
    Cursor.objects.all().delete()
    PortalIdentifiers.objects.update(agricole=True, proved_at=None)
    caught_up()
    assert [one.regime for one in Cursor.objects.all()] == ["general"]
    portal_work.do_once()
    with django_assert_num_queries(1):
        assert collecting.run_due() == 0


PARIS_AUTUMN, PARIS_SPRING = "2026-10-24T23:30:00+02:00", "2026-03-28T23:30:00+01:00"


@pytest.mark.parametrize(
    ("evening", "incident"), [(PARIS_AUTUMN, ""), (PARIS_AUTUMN, "plage-reduite"), (PARIS_SPRING, "plage-reduite")]
)
def test_in_the_night_when_clocks_change_nothing_is_lost(
    bouchon: Bouchon, lucie: User, clock: Clock, evening: str, incident: str
) -> None:
    clock.at = datetime.fromisoformat(evening)
    files = small_files(real=True)
    sent(next(files), lucie)
    caught_up()
    if incident:
        bouchon.start_incident(incident)
    for _ in range(4):
        live(clock, 60, step=20)
        deposited(bouchon, next(files))
    live(clock, 75, step=15)
    assert fetched(bouchon) == documents(bouchon)
    assert Cursor.objects.get().problem == ""


@pytest.mark.parametrize("evening", [PARIS_AUTUMN, PARIS_SPRING])
def test_a_night_when_clocks_changed_is_caught_up_too(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock, evening: str
) -> None:
    clock.at = datetime.fromisoformat(evening)
    files = small_files(real=True)
    sent(next(files), lucie)
    caught_up()
    front.policy = lambda method, path: Reply(503)
    for _ in range(4):
        live(clock, 70, step=70)
        deposited(front, next(files))
    scenes.nothing(front)
    bouchon.start_incident("plage-reduite")
    live(clock, 75, step=5)
    assert fetched(bouchon) == documents(bouchon)


def test_a_clock_that_leaps_ahead_and_back_loses_nothing(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    """Only this machine is wrong: the portal tells its own time in every answer."""
    sent(next(small_files(real=True)), lucie)
    cursor = caught_up()
    bouchon.state.clock = lambda: clock.at - ahead
    for leap in (timedelta(days=1), timedelta(), timedelta(days=-1), timedelta()):
        ahead = leap
        clock.at += leap
        live(clock, 70)
        cursor.refresh_from_db()
        assert cursor.until <= bouchon.state.clock()
        clock.at -= leap
    ahead = timedelta()
    deposited(front, list(small_files(real=True))[5])
    live(clock, 80)
    assert fetched(bouchon) == documents(bouchon)
