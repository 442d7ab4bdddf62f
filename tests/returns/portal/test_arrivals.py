"""What the portal lists becomes returns, once each, with all their versions."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import small_files
from tests.filings.portal.front import Front, Reply
from tests.returns.portal.scenes import DOWNLOAD, FLUX, asked, caught_up, deposited, documents, fetched, sent

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.services import following
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.listings import ListedReturn
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return
from scarabee.returns.services import arrivals, asking_again, collecting, treating

pytestmark = pytest.mark.django_db

AT = datetime.fromisoformat("2026-11-05T09:16:00+01:00")


def listed(number: str = "1", *, minutes: int = 0, **columns: Any) -> ListedReturn:
    """A return as a listing tells it, published some minutes after 9.16."""
    at = AT + timedelta(minutes=minutes)
    one = ListedReturn("51", "OK", at, f"{at:%Y%m%d%H%M%S}", at, f"{at:%Y%m%d%H%M%S}", number, ops="P1234")
    return replace(one, **columns)


def note(*returns: ListedReturn, idflux: str = "Ab0cD1eF2gH3iJ4kL5mN6oP", is_whole: bool = True) -> list[Return]:
    arrivals.list_flux(identity_id=None, regime="general", idflux=idflux, returns=returns, is_whole=is_whole)
    return list(Return.objects.order_by("pk"))


def stored(item: Return, document: bytes) -> bool:
    return arrivals.store_version(item=item, document=document) is not None


def live(clock: Clock, minutes: int, step: int = 5) -> None:
    for _ in range(0, minutes, step):
        clock.advance(minutes=step)
        collecting.run_due()


def test_a_return_that_is_listed_again_is_the_same_return(db: None) -> None:
    (item,) = note(listed())
    assert (item.fetch, item.nature, item.ops) == (FetchState.TO_FETCH, "51", "P1234")
    assert stored(item, b"<a/>")
    (item,) = note(listed())
    assert (item.fetch, item.next_at) == (FetchState.FETCHED, None)
    assert not stored(item, b"<a/>")


@pytest.mark.parametrize(
    "change",
    [{"statut": "ANO"}, {"id": "2"}, {"publication": AT + timedelta(hours=1)}],
    ids=lambda one: next(iter(one)),
)
def test_another_state_id_or_publication_is_another_version(change: dict[str, Any]) -> None:
    (item,) = note(listed())
    stored(item, b"<a/>")
    (item,) = note(listed(**change))
    assert item.fetch == FetchState.TO_FETCH
    stored(item, b"<b/>")
    assert item.versions.count() == 2
    assert [one.return_id for one in item.versions.all()] == ["1", change.get("id") or "1"]


def test_what_comes_back_to_a_former_version_has_it_as_its_newest(db: None) -> None:
    (item,) = note(listed())
    for document in (b"<a/>", b"<b/>", b"<a/>"):
        assert stored(item, document)
    kept = [one.sha256 for one in item.versions.all()]
    assert kept == [hashlib.sha256(document).hexdigest() for document in (b"<b/>", b"<a/>")]


def test_several_alike_in_one_listing_are_several_returns_in_the_order_of_their_production(db: None) -> None:
    rows = note(listed("9", minutes=5), listed("8", minutes=1))
    assert [(one.rank, one.return_id) for one in rows] == [(0, "8"), (1, "9")]
    rows = note(listed("9", minutes=5), listed("8", minutes=1), listed("7", minutes=9))
    assert [(one.rank, one.return_id) for one in rows] == [(0, "8"), (1, "9"), (2, "7")]
    rows = note(listed("9", minutes=5), listed("10", minutes=20), listed("7", minutes=9))
    assert [(one.rank, one.return_id) for one in rows] == [(0, "10"), (1, "9"), (2, "7")]


def test_what_a_search_shows_beside_a_return_takes_its_place_only_once_its_flux_was_listed(db: None) -> None:
    (item,) = note(listed("1"))
    stored(item, b"<a/>")
    (item,) = note(listed("2", minutes=90), is_whole=False)
    assert (item.return_id, item.fetch, item.next_at is None) == ("1", FetchState.FETCHED, False)
    first, second = note(listed("1"), listed("2", minutes=90))
    assert (first.return_id, first.fetch, first.next_at) == ("1", FetchState.FETCHED, None)
    assert (second.return_id, second.fetch) == ("2", FetchState.TO_FETCH)
    note(listed("3", minutes=200), is_whole=False)
    first, second = note(listed("1"), listed("3", minutes=200))
    assert (second.return_id, second.fetch) == ("3", FetchState.TO_FETCH)


def test_two_returns_alike_that_two_searches_show_are_both_here(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    (deposit,) = bouchon.state.store.deposits()
    rates = next(one for one in deposit.returns if one.nature == "94")
    later = replace(rates, id="77", publication=rates.publication + timedelta(hours=30))
    bouchon.state.store.change(deposit.with_returns((*deposit.returns, later)))
    live(clock, 60 * 40, step=30)
    assert Return.objects.filter(nature="94").count() == 2
    assert fetched(bouchon) == documents(bouchon)


def test_another_organisme_or_delegataire_is_another_return(db: None) -> None:
    assert len(note(listed("1"), listed("2", ops="M9999"), listed("3", delegataire="D1"))) == 3


def test_without_a_flux_to_name_them_returns_are_told_by_their_id(db: None) -> None:
    note(listed("1"), idflux="")
    rows = note(listed("2"), listed("1"), idflux="")
    assert [one.return_id for one in rows] == ["1", "2"]


def test_a_bare_acknowledgement_has_no_document_and_is_not_asked_for(db: None) -> None:
    (item,) = note(listed("", nature="60", ops=""))
    assert (item.fetch, item.next_at) == (FetchState.NO_DOCUMENT, None)


def test_a_return_names_the_deposit_it_answers_even_with_a_rank_behind_its_flux(bouchon: Bouchon, lucie: User) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    (item,) = note(listed(), idflux=f"{filing.idflux}000001")
    assert (item.filing, item.siret, item.month, item.is_real) == (filing, filing.siret, filing.month, True)


def test_a_reader_that_fails_stops_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "290017500000123"

    def fails(item: Return) -> None:
        raise KeyError(secret)

    monkeypatch.setattr(treating, "treat", fails)
    (item,) = note(listed())
    assert stored(item, b"<a/>")
    assert "KeyError" in caplog.text
    assert secret not in caplog.text
    monkeypatch.undo()
    assert treating.treat_waiting() == 1


def test_a_state_under_way_is_asked_for_again_until_it_is_settled(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    (deposit,) = bouchon.state.store.deposits()
    whole = deposit.returns
    under_way = tuple(replace(one, statut="EN COURS", file="") if one.nature == "119" else one for one in whole)
    bouchon.state.store.change(deposit.with_returns(under_way), {})
    live(clock, 70)
    item = Return.objects.get(nature="119")
    assert (item.statut, item.fetch, item.filing) == ("EN COURS", FetchState.NO_DOCUMENT, filing)
    bouchon.state.store.change(deposit.with_returns(whole), {})
    live(clock, 70)
    item.refresh_from_db()
    assert (item.fetch, item.next_at) == (FetchState.FETCHED, None)
    assert fetched(bouchon) == documents(bouchon)


def test_what_was_overwritten_between_its_listing_and_its_download_is_had_in_its_last_version(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    bouchon.start_incident("retour-ecrase")
    live(clock, 140)
    assert fetched(bouchon) == documents(bouchon)
    assert not Return.objects.filter(fetch__in=[FetchState.TO_FETCH, FetchState.GONE]).exists()
    paths = asked(bouchon, FLUX)
    assert len(paths) == 1, "its flux is listed again once"


def test_what_is_overwritten_later_is_fetched_again_and_the_former_version_stays(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    live(clock, 65)
    before = fetched(bouchon)
    bouchon.start_incident("retour-ecrase")
    live(clock, 150)
    now_there = documents(bouchon)
    assert before.keys() != now_there.keys()
    assert fetched(bouchon) == now_there
    item = Return.objects.get(nature="94")
    assert item.versions.count() == 2


def test_a_document_that_is_nowhere_any_more_is_said_to_be_gone(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    (deposit,) = bouchon.state.store.deposits()
    lost = next(one.id for one in deposit.returns if one.nature == "94")
    front.policy = lambda method, path: Reply(404) if path.endswith(f"/{lost}") else None
    live(clock, 80)
    item = Return.objects.get(nature="94")
    assert (item.fetch, item.next_at is None) == (FetchState.TO_FETCH, False)
    live(clock, 60 * 24 * 4, step=240)
    item.refresh_from_db()
    assert (item.fetch, item.next_at) == (FetchState.GONE, None)
    assert "net-entreprises.fr" in item.problem
    assert len(asked(bouchon, FLUX)) < 80, "once an hour at most, for three days"


def test_a_document_that_its_flux_is_listed_without_is_gone_at_once(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    one = listed("77", nature="38", ops="")
    arrivals.list_flux(identity_id=filing.identity_id, regime="general", idflux=filing.idflux, returns=[one])
    live(clock, 80)
    assert Return.objects.get(nature="38").fetch == FetchState.GONE


@pytest.mark.parametrize("place", [DOWNLOAD, FLUX])
def test_a_day_when_one_service_of_the_portal_is_404_loses_nothing(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock, place: str
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    front.policy = lambda method, path: Reply(404) if path.startswith((place, DOWNLOAD)) else None
    live(clock, 60 * 12, step=20)
    assert not fetched(bouchon)
    front.policy = lambda method, path: None
    live(clock, 130)
    assert fetched(bouchon) == documents(bouchon)


def test_an_address_that_is_not_the_portal_s_is_never_followed(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    bouchon.state.address = "http://ailleurs.invalid"
    live(clock, 70)
    assert fetched(bouchon) == documents(bouchon), "the two ids serve"
    bouchon.start_incident("retour-sans-id")
    deposited(front, list(small_files(real=True))[4])
    live(clock, 70)
    lost = Return.objects.filter(fetch=FetchState.TO_FETCH)
    assert lost.exists()
    assert all("ne mène pas au portail" in one.problem for one in lost)


def test_a_document_the_portal_gives_to_nobody_but_its_depositor_is_not_asked_for_again(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    front.policy = lambda method, path: Reply(403) if path.startswith(DOWNLOAD) else None
    live(clock, 70)
    refused = Return.objects.filter(fetch=FetchState.TO_FETCH)
    assert refused.exists()
    assert {one.next_at for one in refused} == {None}
    assert all("autre compte" in one.problem for one in refused)
    front.policy = lambda method, path: None
    for one in list(refused):
        asking_again.ask_again(actor=Actor.owner(), number=one.pk)
        with pytest.raises(Refusal, match="pas à redemander"):
            asking_again.ask_again(actor=Actor.owner(), number=one.pk)
    live(clock, 70)
    assert fetched(bouchon) == documents(bouchon)


def test_a_certificate_that_comes_by_collecting_tells_its_deposit(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    live(clock, 65)
    filing.refresh_from_db()
    assert filing.state == FilingState.CONFORM
    assert sorted(one.kind for one in filing.proofs.all()) == ["AEE", "CCO"]
    clock.advance(minutes=3)
    assert following.run_due() == 0
