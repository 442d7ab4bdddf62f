"""A deposit of which nobody knows the outcome is looked for, adopted when it is surely found, never sent again."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import RIGHT, order_again, planned, small_files
from tests.filings.portal.front import Front, Reply

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services import decisions, following, reconciling, sending
from scarabee.filings.services.reports import Verdict, judge, report_in
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.bouchon import spans, state
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime

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


# Found, or not ------------------------------------------------------------------------------------


def by_hand(bouchon: Bouchon, data: bytes) -> str:
    """As somebody deposits on the site of the portal, now; its idflux."""
    with Client(portal_named(bouchon.address), clock=now) as client:
        return client.deposit(client.authenticate(RIGHT.credentials, Regime.GENERAL), data).idflux


def cut(bouchon: Bouchon, filing: Filing, incident: str = AFTER) -> None:
    bouchon.start_incident(incident)
    sending.run_due()
    bouchon.end_incident(incident)
    filing.refresh_from_db()
    assert filing.state == FilingState.UNKNOWN, filing.problem


def test_two_unknown_deposits_are_each_given_their_own(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    first, second, *_ = [planned(data, lucie) for data, _ in zip(small_files(), range(2), strict=False)]
    cut(bouchon, first)
    clock.advance(minutes=3)
    cut(bouchon, second)
    for filing in (first, second):
        assert look_until_settled(filing, clock) == FilingState.CONFORM
    shown = {one.sha256: one.idflux for one in bouchon.state.store.deposits()}
    for filing in (first, second):
        filing.refresh_from_db()
        assert filing.idflux == shown[filing.sha256]


def test_what_others_deposit_meanwhile_with_the_same_account_is_not_taken_for_it(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    data, other, another, *_ = small_files()
    filing = planned(data, lucie)
    cut(bouchon, filing, BEFORE)
    by_hand(bouchon, other)
    clock.advance(minutes=4)
    by_hand(bouchon, another)
    assert look_until_settled(filing, clock) == FilingState.NOT_DEPOSITED
    assert filing.candidates == []


def test_the_same_declaration_deposited_twice_at_that_moment_is_left_to_a_person(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    data = next(small_files())
    filing = planned(data, lucie)
    cut(bouchon, filing)
    by_hand(bouchon, data)
    assert look_until_settled(filing, clock) == FilingState.UNKNOWN
    assert filing.next_at is None
    assert "Ne le redéposez pas" in filing.problem
    assert {one["idflux"] for one in filing.candidates} == {one.idflux for one in bouchon.state.store.deposits()}
    assert {(one["siret"], one["month"], one["etat"]) for one in filing.candidates} == {
        (filing.siret, filing.month, "OK")
    }


def test_two_filings_that_one_deposit_may_be_are_left_to_a_person(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    data = next(small_files())
    first, second = planned(data, lucie), planned(data, lucie, sent=data + b"\r\n")
    cut(bouchon, first, BEFORE)
    clock.advance(minutes=3)
    cut(bouchon, second)
    assert look_until_settled(second, clock) == FilingState.UNKNOWN
    first.refresh_from_db()
    assert first.state == FilingState.UNKNOWN
    assert first.candidates == second.candidates != []


def test_while_the_certificate_has_not_come_nothing_is_concluded(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing)
    front.policy = lambda method, path: Reply(404) if path.startswith("/lister-retours-flux/") else None
    assert look_until_settled(filing, clock, 60) == FilingState.UNKNOWN
    assert len(filing.candidates) == 1
    assert filing.next_at is not None
    front.policy = lambda method, path: None
    assert look_until_settled(filing, clock, 61) == FilingState.CONFORM


def test_a_rejected_deposit_is_adopted_when_it_is_the_only_one_of_its_sender(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    data = next(small_files())
    # the bouchon names the account as the sender of what it cannot read
    filing = planned(data, lucie, sent=b" " + data, sender=RIGHT.siret)
    cut(bouchon, filing)
    assert look_until_settled(filing, clock, 25) == FilingState.UNKNOWN, "another may still come"
    assert look_until_settled(filing, clock) == FilingState.REFUSED
    assert [one.kind for one in filing.proofs.all()] == ["ARE"]


def test_a_rejected_deposit_of_another_sender_is_left_to_a_person(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing, BEFORE)
    by_hand(bouchon, b"rien")
    assert look_until_settled(filing, clock, 60) == FilingState.UNKNOWN
    assert [one["etat"] for one in filing.candidates] == ["KO"]
    assert filing.next_at is None


# The portal, the clocks, the zones ------------------------------------------------------------------


def test_while_the_list_is_not_answered_nothing_is_concluded_however_long_it_lasts(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing)
    bouchon.start_incident("maintenance")
    for _ in range(10):
        clock.advance(minutes=30)
        reconciling.run_due()
    filing.refresh_from_db()
    assert filing.state == FilingState.UNKNOWN
    bouchon.end_incident("maintenance")
    assert look_until_settled(filing, clock) == FilingState.CONFORM


@pytest.mark.parametrize("incident", ["plage-reduite", "plage-24-heures", "json-null", "idflux-point"])
def test_it_is_found_whatever_the_form_of_the_list(bouchon: Bouchon, lucie: User, clock: Clock, incident: str) -> None:
    bouchon.start_incident(incident)
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing)
    assert look_until_settled(filing, clock) == FilingState.CONFORM


def test_how_wide_a_search_may_be_is_learnt_once_for_all_sessions_to_come(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    bouchon.start_incident("plage-reduite")
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing, BEFORE)
    assert look_until_settled(filing, clock) == FilingState.NOT_DEPOSITED
    searches = [one.status for one in bouchon.requests if "lister-depots" in one.path]
    assert searches[:2] == [429, 429] and set(searches[2:]) == {200}, "an hour, half of it, a quarter, and no more"
    assert PortalQueue.objects.get().listed_minutes == 15


def test_no_search_is_repeated_before_its_answer_is_stale(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    bouchon.start_incident("interrogation-trop-rapide")
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing, BEFORE)
    assert look_until_settled(filing, clock) == FilingState.NOT_DEPOSITED
    assert {one.status for one in bouchon.requests} == {200, None}


@pytest.mark.parametrize(
    "wrong", [timedelta(hours=-7), timedelta(minutes=-20), timedelta(minutes=20), timedelta(hours=7)]
)
@pytest.mark.parametrize("incident", [AFTER, BEFORE])
def test_a_clock_that_is_wrong_misleads_nobody(
    bouchon: Bouchon, lucie: User, clock: Clock, wrong: timedelta, incident: str
) -> None:
    bouchon.state.clock = lambda: clock() + wrong
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing, incident)
    expected = FilingState.CONFORM if incident == AFTER else FilingState.NOT_DEPOSITED
    assert look_until_settled(filing, clock) == expected


@pytest.mark.parametrize("leap", [timedelta(hours=-7), timedelta(hours=7)])
def test_a_clock_that_leaps_between_sending_and_looking_misleads_nobody(
    bouchon: Bouchon, lucie: User, clock: Clock, leap: timedelta
) -> None:
    moved = timedelta()
    bouchon.state.clock = lambda: clock() - moved
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing)
    moved = leap
    clock.at += leap
    assert look_until_settled(filing, clock) == FilingState.CONFORM


@pytest.mark.parametrize(
    "start",
    [
        "2026-10-25T00:25:00Z",
        "2026-10-25T00:55:00Z",
        "2026-10-25T01:25:00Z",
        "2027-03-28T00:40:00Z",
        "2027-03-28T01:10:00Z",
    ],
)
@pytest.mark.parametrize("incident", [AFTER, BEFORE])
def test_the_night_that_the_hour_changes_nothing_is_missed(
    bouchon: Bouchon, lucie: User, clock: Clock, start: str, incident: str
) -> None:
    clock.at = datetime.fromisoformat(start)
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing, incident)
    expected = FilingState.CONFORM if incident == AFTER else FilingState.NOT_DEPOSITED
    assert look_until_settled(filing, clock) == expected


def test_a_portal_that_writes_its_hours_in_utc_hides_nothing(
    bouchon: Bouchon, lucie: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (state, spans):
        monkeypatch.setattr(module, "PARIS", UTC)
    filing = planned(next(small_files()), lucie)
    cut(bouchon, filing)
    assert look_until_settled(filing, clock) == FilingState.CONFORM


# Deposited by hand ------------------------------------------------------------------------------------


def recorded(data: bytes, user: User, day: date, **columns: object) -> Filing:
    filing = planned(data, user, state=FilingState.CHECKED, next_at=None, **columns)  # type: ignore[arg-type]
    return decisions.record_by_hand(actor=Actor.owner(), filing=filing, day=day)


def test_a_deposit_made_by_hand_is_found_in_the_day_it_was_made(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    data, other, *_ = small_files(real=True)
    clock.at = datetime.fromisoformat("2026-12-03T00:20:00+01:00")
    idflux = by_hand(bouchon, data)
    clock.advance(hours=5)
    by_hand(bouchon, other)
    clock.advance(hours=18)
    filing = recorded(data, lucie, date(2026, 12, 3))
    reconciling.run_due()
    filing.refresh_from_db()
    assert (filing.state, filing.idflux) == (FilingState.CONFORM, idflux)


def test_a_deposit_by_hand_that_is_not_there_that_day_is_asked_of_the_person(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = recorded(next(small_files(real=True)), lucie, date(2026, 12, 1))
    reconciling.run_due()
    filing.refresh_from_db()
    assert filing.state == FilingState.RECORDED_BY_HAND
    assert filing.next_at is None
    assert "recopiez son identifiant" in filing.problem


def test_a_deposit_whose_file_never_came_is_found_by_its_siret_and_month(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    data = next(small_files(real=True))
    sample = planned(data, lucie, state=FilingState.CHECKED, next_at=None)
    dossier = sample.dossier
    siret, month, fraction = sample.siret, sample.month, sample.fraction
    sample.delete()
    idflux = by_hand(bouchon, data)
    clock.advance(minutes=5)
    filing = decisions.record_by_hand(
        actor=Actor.owner(), dossier=dossier, siret=siret, month=month, fraction=fraction, day=date(2026, 12, 3)
    )
    reconciling.run_due()
    filing.refresh_from_db()
    assert (filing.state, filing.idflux) == (FilingState.CONFORM, idflux)


# What official returns say ----------------------------------------------------------------------------

SAMPLES = Path(__file__).parents[4] / "shared/data/retours/exemples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the official examples of returns are not on this machine")
def test_the_official_certificate_names_its_declaration() -> None:
    filing = Filing(
        siret="73282932001691", is_real=False, nature="01", type="01", fraction="32", order_number="01",
        month="2026-11", sender="73282932001691", job_id="N° 1",
    )  # fmt: skip
    report = report_in((SAMPLES / "exemple_retour_11_CCO.xml").read_bytes(), "11")
    assert judge(filing, report) is Verdict.SAME
    for name, value, verdict in (
        ("siret", "73282932001692", Verdict.OTHER),
        ("nature", "04", Verdict.OTHER),
        ("is_real", True, Verdict.OTHER),
        ("fraction", "11", Verdict.DOUBTFUL),
        ("order_number", "2", Verdict.DOUBTFUL),
        ("sender", "73282932000000", Verdict.DOUBTFUL),
    ):
        before = getattr(filing, name)
        setattr(filing, name, value)
        assert judge(filing, report) is verdict, name
        setattr(filing, name, before)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the official examples of returns are not on this machine")
@pytest.mark.parametrize("name", ["exemple_retour_10_AEE.xml", "exemple_retour_10_ARE.xml"])
def test_an_official_receipt_alone_proves_nothing(name: str) -> None:
    report = report_in((SAMPLES / name).read_bytes(), "10")
    assert report is not None
    filing = Filing(siret="41027602600029", is_real=True, nature="01", month="2015-01", sender=report.sender)
    assert judge(filing, report) is Verdict.DOUBTFUL


def test_what_cannot_be_read_proves_nothing() -> None:
    filing = Filing(siret="41027602600029", is_real=True, nature="01")
    bomb = b'<!DOCTYPE a [<!ENTITY b "bb">]><rapport>&b;</rapport>'
    for document in (b"", b"PK\x03\x04", bomb, b"<rapport/>", b"Accuse"):
        assert judge(filing, report_in(document, "11")) is Verdict.DOUBTFUL
