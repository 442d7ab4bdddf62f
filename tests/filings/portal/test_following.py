"""What the portal says of a deposit afterwards: asked for at the right time, kept in every version, followed."""

from datetime import timedelta

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import planned, small_files
from tests.filings.portal.front import Fault, Front, Reply

from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.dossiers.services import in_force
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services import decisions, following, sending
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

S = FilingState
RETURNS, DOWNLOAD = "/lister-retours-flux/", "/telecharger-retour/"


def sent(data: bytes, user: User, **columns: object) -> Filing:
    filing = planned(data, user, **columns)  # type: ignore[arg-type]
    sending.run_due()
    filing.refresh_from_db()
    assert filing.state == S.ACCEPTED, filing.problem
    return filing


def spoiled(data: bytes) -> bytes:
    """The same file with a NIR that the bouchon finds wrong: it answers with a bilan d'anomalies."""
    start = data.index(b"S21.G00.30.001,'") + 16
    return data[:start] + b"9" + data[start + 1 :]


def asked(bouchon: Bouchon, place: str) -> int:
    return sum(one.path.startswith(place) for one in bouchon.requests)


def live(clock: Clock, minutes: int, step: int = 1) -> None:
    for _ in range(0, minutes, step):
        clock.advance(minutes=step)
        following.run_due()


def test_a_conform_declaration_is_known_as_such_with_its_two_proofs(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files()), lucie)
    assert filing.next_at == clock() + timedelta(minutes=2)
    live(clock, 1)
    assert not asked(bouchon, RETURNS)
    live(clock, 2)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM
    assert sorted(one.kind for one in filing.proofs.all()) == ["AEE", "CCO"]
    assert filing.next_at == clock() - timedelta(minutes=1) + timedelta(days=1)
    assert asked(bouchon, DOWNLOAD) == 2


def test_it_is_asked_for_at_two_five_and_fifteen_minutes_then_every_hour_then_once_more_a_day_later(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files()), lucie)
    began, times = clock(), []

    def nothing_yet(method: str, path: str) -> Fault:
        if path.startswith(RETURNS):
            times.append(int((clock() - began).total_seconds() // 60))
            return Reply(404)
        return None

    front.policy = nothing_yet
    live(clock, 200)
    assert times == [2, 5, 15, 75, 135, 195]
    front.policy = lambda method, path: None
    live(clock, 60)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM
    before = asked(bouchon, RETURNS)
    live(clock, 3 * 24 * 60, step=60)
    assert asked(bouchon, RETURNS) == before + 1
    filing.refresh_from_db()
    assert filing.next_at is None


def test_a_bilan_d_anomalies_frees_the_key_and_the_dossier_is_told(
    bouchon: Bouchon, lucie: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, bool, bool]] = []
    monkeypatch.setattr(
        in_force,
        "note_answer",
        lambda *, siret, whole_hash, refused, is_real: told.append((siret, refused, is_real)),
    )
    data = next(small_files(real=True))
    filing = sent(spoiled(data), lucie)
    live(clock, 3)
    filing.refresh_from_db()
    assert filing.state == S.ANOMALIES
    assert told == [(filing.siret, True, True)]
    corrected = sent(data, lucie)
    assert corrected.siret == filing.siret


def test_a_certificate_that_overwrites_a_bilan_makes_it_conform_beside_the_one_that_took_its_place(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    data = next(small_files(real=True))
    filing = sent(spoiled(data), lucie)
    live(clock, 3)
    corrected = sent(data, lucie)
    live(clock, 3)
    (deposit,) = [one for one in bouchon.state.store.deposits() if one.idflux == filing.idflux]
    (right,) = [one for one in bouchon.state.store.deposits() if one.idflux == corrected.idflux]
    document = bouchon.state.store.file(right, next(one.file for one in right.returns if one.nature == "11"))
    _overwrite(bouchon, deposit.number, document, clock)
    live(clock, 25 * 60, step=30)
    filing.refresh_from_db()
    corrected.refresh_from_db()
    assert (filing.state, filing.exempt) == (S.CONFORM, True)
    assert (corrected.state, corrected.exempt) == (S.CONFORM, False)
    assert [one.kind for one in filing.proofs.all()] == ["AEE", "BAN", "CCO"]


def _overwrite(bouchon: Bouchon, number: int, document: bytes, clock: Clock) -> None:
    """As an organisme does: another publication, statut and id."""
    from dataclasses import replace

    deposit = bouchon.state.store.deposit(number)
    assert deposit is not None
    returns = tuple(
        replace(one, id="9999999999", statut="OK", publication=clock(), file="9999999999.xml")
        if one.nature == "11"
        else one
        for one in deposit.returns
    )
    bouchon.state.store.change(deposit.with_returns(returns), {"9999999999.xml": document})


@pytest.mark.parametrize("incident", ["retour-sans-id", "retour-sans-url", "json-objet-seul", "json-majuscules"])
def test_every_form_of_the_listing_is_followed(bouchon: Bouchon, lucie: User, clock: Clock, incident: str) -> None:
    bouchon.start_incident(incident)
    filing = sent(next(small_files()), lucie)
    live(clock, 3)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM


def test_an_address_that_is_not_the_portal_s_is_not_followed_and_the_ids_serve(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    bouchon.state.address = "http://ailleurs.invalid"
    filing = sent(next(small_files()), lucie)
    live(clock, 3)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM


def test_one_session_asks_for_all_that_is_due(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(3), strict=False)]
    sending.run_due()
    signed_in = len(bouchon.authentications)
    clock.advance(minutes=3)
    assert following.run_due() == 3
    assert len(bouchon.authentications) == signed_in + 1
    assert Filing.objects.filter(state=S.CONFORM).count() == len(filings)


def test_a_deposit_recorded_by_hand_with_its_idflux_is_followed(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    data = next(small_files(real=True))
    idflux = _deposited_by_hand(bouchon, data)
    filing = planned(data, lucie, state=S.CHECKED, next_at=None)
    decisions.record_by_hand(actor=Actor.owner(), filing=filing, idflux=idflux)
    live(clock, 1)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM


def test_an_idflux_that_is_another_declaration_s_changes_nothing_and_is_said(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    one, other, *_ = small_files(real=True)
    idflux = _deposited_by_hand(bouchon, other)
    filing = planned(one, lucie, state=S.CHECKED, next_at=None)
    decisions.record_by_hand(actor=Actor.owner(), filing=filing, idflux=idflux)
    live(clock, 2)
    filing.refresh_from_db()
    assert filing.state == S.RECORDED_BY_HAND
    assert "une autre déclaration" in filing.problem


def _deposited_by_hand(bouchon: Bouchon, data: bytes) -> str:
    """As somebody does on the site of the portal, a minute ago; its idflux."""
    from tests.filings.factories import RIGHT

    from scarabee.maintenance.clock import now
    from scarabee.netentreprises.addresses import portal_named
    from scarabee.netentreprises.client import Client
    from scarabee.netentreprises.credentials import Regime

    with Client(portal_named(bouchon.address), clock=now) as client:
        token = client.authenticate(RIGHT.credentials, Regime.GENERAL)
        return client.deposit(token, data).idflux


def test_a_deposit_that_is_read_as_another_s_says_so_and_stops_nobody(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files()), lucie)
    bouchon.start_incident("depot-d-un-autre")
    live(clock, 3)
    filing.refresh_from_db()
    assert filing.state == S.ACCEPTED
    assert "autre compte" in filing.problem
    assert PortalQueue.objects.get().problem == ""
    bouchon.end_incident("depot-d-un-autre")
    live(clock, 15)
    filing.refresh_from_db()
    assert (filing.state, filing.problem) == (S.CONFORM, "")


def test_without_anybody_s_identifiers_left_it_is_said(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing = sent(next(small_files()), lucie)
    PortalIdentifiers.objects.all().delete()
    live(clock, 3)
    filing.refresh_from_db()
    assert filing.state == S.ACCEPTED
    assert "Aucun compte actif" in filing.problem


def test_without_anybody_s_identifiers_left_it_is_said_once_and_read_when_they_are_back(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files()), lucie)
    User.objects.filter(pk=lucie.pk).update(is_active=False)
    live(clock, 3)
    Filing.objects.filter(pk=filing.pk).update(problem="Ce que quelqu’un en dit depuis.")
    live(clock, 180, 30)
    filing.refresh_from_db()
    assert filing.problem == "Ce que quelqu’un en dit depuis."
    User.objects.filter(pk=lucie.pk).update(is_active=True)
    clock.advance(days=1)
    live(clock, 3)
    filing.refresh_from_db()
    assert (filing.state, filing.problem) == (S.CONFORM, "")


def test_a_deposit_whose_answer_is_known_says_nothing_when_nobody_is_left(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = sent(next(small_files()), lucie)
    live(clock, 3)
    User.objects.filter(pk=lucie.pk).update(is_active=False)
    clock.advance(days=2)
    assert following.run_due() == 0
    filing.refresh_from_db()
    assert (filing.state, filing.problem, filing.next_at) == (S.CONFORM, "", None)


def test_the_idflux_of_another_declaration_given_by_a_person_proves_nothing(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    files = small_files(real=True)
    other = sent(next(files), lucie)
    Filing.objects.filter(pk=other.pk).update(idflux="", next_at=None)  # as what somebody else deposits
    filing = planned(next(files), lucie, state=S.UNKNOWN, started_at=clock(), next_at=None)
    settled = decisions.settle_unknown(
        actor=Actor.owner(), filing=filing, outcome=S.ACCEPTED, idflux=other.idflux, reason="vu sur le portail"
    )
    assert settled.idflux == other.idflux
    live(clock, 3)
    filing.refresh_from_db()
    assert (filing.state, filing.idflux, filing.proofs.count()) == (S.UNKNOWN, "", 0)
    assert "autre déclaration" in filing.problem
    assert filing.next_at is not None and filing.next_at <= clock()
