"""Once, never twice, never silently not sent: what becomes of a filing, whatever the portal answers."""

import gzip
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import RIGHT, bureau, declare, holder, planned, small_files
from tests.filings.portal.front import CUT_AFTER, CUT_BEFORE, Fault, Front, Reply

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.dsn.invention import signalement_files
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, FilingMove, PortalQueue
from scarabee.filings.services import claims, outcomes, rounds, sending, sweeping
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.receipts import Receipt

pytestmark = pytest.mark.django_db

S = FilingState
DEPOSIT, LISTING, SIGN_IN = "/deposer-dsn/", "/lister-depots/", "/authentifier/"
ARE = b"""<r:rapport xmlns:r="http://www.gip-mds.fr/" type="ARE"><envoi><envoi_identification><idflux>%s</idflux>
</envoi_identification><envoi_bilan><envoi_etat>KO</envoi_etat></envoi_bilan><envoi_anomalie><description>
<code>B1-105-15</code><message>Format inconnu</message></description></envoi_anomalie></envoi></r:rapport>"""
AEE_WITHOUT_ID = b'<rapport type="AEE"><envoi><envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi></rapport>'
INVALID = {"WWW-Authenticate": 'DSNLogin realm="Jeton manquant ou invalide"'}
EXPIRED = {"WWW-Authenticate": 'DSNLogin realm="Expiration du jeton"'}
NOT_ENROLLED = {"WWW-Authenticate": 'DSNLogin realm="Utilisateur non-inscrit au service"'}
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def one(lucie: User) -> Filing:
    """A filing, due now."""
    return planned(next(small_files()), lucie)


def at(place: str, fault: Fault, times: int = 1_000) -> Callable[[str, str], Fault]:
    """This fault at this service, so many times."""
    left = [fault] * times

    def policy(method: str, path: str) -> Fault:
        return left.pop() if path.startswith(place) and left else None

    return policy


def posts(bouchon: Bouchon) -> int:
    return sum(one.path.startswith(DEPOSIT) for one in bouchon.requests)


def hashes(bouchon: Bouchon) -> list[str]:
    return sorted(one.sha256 for one in bouchon.state.store.deposits())


def state_of(filing: Filing) -> FilingState:
    filing.refresh_from_db()
    return FilingState(filing.state)


def queue() -> PortalQueue:
    return PortalQueue.objects.get()


# What the portal answers to a deposit (api-dsn §3.1) ------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (None, S.ACCEPTED),
        (Reply(422, gzip.compress(ARE % b"Ab0cD1eF2gH3iJ4kL5mN6oP"), {"Content-Encoding": "gzip"}), S.REFUSED),
        (Reply(422, ARE % b""), S.REFUSED),
        (Reply(400, b"<html>Illisible</html>", HTML), S.NOT_DEPOSITED),
        (Reply(403), S.NOT_DEPOSITED),
        (Reply(406), S.NOT_DEPOSITED),
        (Reply(407), S.NOT_DEPOSITED),
        (Reply(415), S.NOT_DEPOSITED),
        (Reply(422), S.NOT_DEPOSITED),
        (Reply(401, headers=INVALID), S.PLANNED),
        (Reply(401, headers=EXPIRED), S.PLANNED),
        (Reply(401, headers=NOT_ENROLLED), S.PLANNED),
        (Reply(302, headers={"Location": "/maintenance"}), S.UNKNOWN),
        (Reply(404), S.UNKNOWN),
        (Reply(418), S.UNKNOWN),
        (Reply(422, AEE_WITHOUT_ID), S.UNKNOWN),
        (Reply(429), S.UNKNOWN),
        (Reply(500), S.UNKNOWN),
        (Reply(502), S.UNKNOWN),
        (Reply(503), S.UNKNOWN),
        (Reply(200, b"<!DOCTYPE html><p>Maintenance</p>", HTML), S.UNKNOWN),
        (Reply(200, b"<rapport", {"Content-Type": "application/xml"}), S.UNKNOWN),
        (Reply(200, AEE_WITHOUT_ID), S.UNKNOWN),
        (Reply(200, b"", {}), S.UNKNOWN),
        (CUT_BEFORE, S.UNKNOWN),
        (CUT_AFTER, S.UNKNOWN),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_each_answer_to_a_deposit_has_its_state(
    front: Front, bouchon: Bouchon, one: Filing, fault: Fault, state: FilingState
) -> None:
    front.policy = at(DEPOSIT, fault)
    sending.run_due()
    assert state_of(one) == state, one.problem
    assert bool(one.problem) == (state != S.ACCEPTED)
    assert (one.next_at is None) == (state in (S.REFUSED, S.NOT_DEPOSITED))
    assert [proof.kind for proof in one.proofs.all()] == {S.ACCEPTED: ["AEE"], S.REFUSED: ["ARE"]}.get(state, [])
    front.policy = at(DEPOSIT, None)
    before = posts(bouchon)
    sending.run_due()
    assert posts(bouchon) == before, "nothing goes again by itself at once"
    assert len(hashes(bouchon)) <= 1


@pytest.mark.parametrize("headers", [INVALID, EXPIRED])
def test_a_token_that_is_no_longer_taken_is_renewed_once_and_the_deposit_made_once_more(
    front: Front, bouchon: Bouchon, one: Filing, headers: dict[str, str]
) -> None:
    front.policy = at(DEPOSIT, Reply(401, headers=headers), times=1)
    sending.run_due()
    assert state_of(one) == S.ACCEPTED
    assert len(bouchon.authentications) == 2
    assert hashes(bouchon) == [one.sha256]


def test_an_account_that_is_not_enrolled_stops_until_the_enrolment_and_says_so(
    front: Front, bouchon: Bouchon, one: Filing, clock: Clock
) -> None:
    front.policy = at(DEPOSIT, Reply(401, headers=NOT_ENROLLED))
    sending.run_due()
    assert PortalIdentity.objects.get().state == IdentityState.FROZEN
    asked = len(bouchon.requests)
    for _ in range(5):
        clock.advance(minutes=20)
        sending.run_due()
    assert len(bouchon.requests) == asked
    assert state_of(one) == S.PLANNED
    assert "refusés" in one.problem


def test_a_rejected_file_says_why_in_the_words_of_the_portal(bouchon: Bouchon, lucie: User) -> None:
    data = next(small_files(real=True))
    one = planned(data, lucie, sent=b" " + data)  # the portal wants S10 in the first bytes
    sending.run_due()
    assert state_of(one) == S.REFUSED
    assert "B1-105-15" in one.problem
    (kept,) = bouchon.state.store.deposits()
    assert one.idflux == kept.idflux
    assert bytes(one.proofs.get().document).startswith(b"<?xml")


# The portal is away -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [SIGN_IN, LISTING])
@pytest.mark.parametrize(
    "fault",
    [
        Reply(302, headers={"Location": "/maintenance"}),
        Reply(404),
        Reply(500),
        Reply(503),
        Reply(200, b"<html>Maintenance</html>", HTML),
        CUT_BEFORE,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_portal_that_is_away_before_the_deposit_leaves_everything_planned_and_is_asked_less_and_less(
    front: Front, bouchon: Bouchon, one: Filing, lucie: User, clock: Clock, place: str, fault: Fault
) -> None:
    PortalIdentity.objects.update(state=IdentityState.PROVED)
    other = planned(list(small_files())[1], lucie)
    asked: list[str] = []

    def policy(method: str, path: str) -> Fault:
        asked.append(path)
        return fault if path.startswith(place) else None

    front.policy = policy
    for _ in range(30):
        sending.run_due()
        clock.advance(minutes=2)
    assert not posts(bouchon)
    for filing in (one, other):
        assert state_of(filing) == S.PLANNED
        assert "Scarabée réessaie de lui-même à" in filing.problem
        assert "recommencez" not in filing.problem
    knocks = sum(path.startswith(place) for path in asked)
    assert 5 <= knocks <= 12
    assert queue().failures == knocks
    front.policy = at(place, None)
    clock.advance(minutes=15)
    sending.run_due()
    assert (state_of(one), state_of(other), one.problem) == (S.ACCEPTED, S.ACCEPTED, "")
    assert (queue().failures, queue().problem, queue().retry_at) == (0, "", None)


def test_what_a_clock_that_was_far_ahead_put_off_goes_once_the_clock_is_right(
    bouchon: Bouchon, one: Filing, clock: Clock
) -> None:
    bouchon.start_incident("maintenance")
    right = clock()
    clock.advance(hours=27)
    sending.run_due()
    bouchon.end_incident("maintenance")
    clock.at = right
    assert rounds.portal_round() == 1
    assert state_of(one) == S.ACCEPTED


def test_a_connection_that_is_refused_at_the_deposit_proves_that_nothing_left(
    front: Front, bouchon: Bouchon, one: Filing, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    claim = claims.claim

    def then_stop(*args: object) -> object:
        taken = claim(*args)  # type: ignore[arg-type]
        front.stop()
        return taken

    monkeypatch.setattr(claims, "claim", then_stop)
    sending.run_due()
    assert state_of(one) == S.PLANNED
    assert "Le portail ne répond pas" in one.problem or "ne répond pas" in one.problem
    assert one.next_at is not None
    assert one.next_at > clock()
    assert [move.state for move in one.moves.all()] == [S.SENDING, S.PLANNED]


def test_the_rest_waits_after_a_deposit_whose_outcome_is_unknown(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    first, second, *_ = [planned(data, lucie) for data, _ in zip(small_files(), range(2), strict=False)]
    front.policy = at(DEPOSIT, CUT_AFTER, times=1)
    sending.run_due()
    sending.run_due()
    assert (state_of(first), state_of(second)) == (S.UNKNOWN, S.PLANNED)
    assert f"Attend que l’issue du dépôt n° {first.pk} soit connue." in second.problem
    assert "127.0.0.1" not in first.problem + second.problem
    clock.advance(minutes=3)
    sending.run_due()
    assert state_of(second) == S.ACCEPTED
    assert hashes(bouchon) == sorted([first.sha256, second.sha256])
    assert bouchon.state.store.deposits()[0].idflux in second.seen, "what may be the first's is known not to be its"


def test_a_reply_that_no_other_file_would_escape_stops_the_run(front: Front, bouchon: Bouchon, lucie: User) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(3), strict=False)]
    front.policy = at(DEPOSIT, Reply(407))
    sending.run_due()
    assert [state_of(one) for one in filings] == [S.NOT_DEPOSITED, S.PLANNED, S.PLANNED]
    assert "pare-feu" in filings[1].problem


# One session ----------------------------------------------------------------------------------------


def test_what_is_planned_is_deposited_byte_for_byte_in_one_session(bouchon: Bouchon, lucie: User) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(4), strict=False)]
    assert sending.run_due() == 4
    assert sending.run_due() == 0
    assert hashes(bouchon) == sorted(one.sha256 for one in filings)
    for number, one in enumerate(filings):
        assert state_of(one) == S.ACCEPTED, one.problem
        assert len(one.seen) == number, "what was just deposited is carried forward"
        assert (one.holder_id, one.attempts, len(one.idflux)) == (lucie.pk, 1, 23)
    assert len(bouchon.authentications) == 1
    assert hashlib.sha256(bouchon.state.store.content(bouchon.state.store.deposits()[0])).hexdigest() in hashes(bouchon)


def test_no_search_is_repeated_before_its_answer_is_stale(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    bouchon.start_incident("interrogation-trop-rapide")
    for data, _ in zip(small_files(), range(6), strict=False):
        planned(data, lucie)
        sending.run_due()
        clock.advance(seconds=20)
    assert len(hashes(bouchon)) == 6
    paths = [one.path for one in bouchon.requests if one.path.startswith(LISTING)]
    assert len(set(paths)) == len(paths)
    assert all(one.status == 200 for one in bouchon.requests)


def test_a_narrower_range_of_search_is_found_by_halving(bouchon: Bouchon, one: Filing) -> None:
    bouchon.start_incident("plage-reduite")
    sending.run_due()
    assert state_of(one) == S.ACCEPTED
    assert {one.status for one in bouchon.requests if one.path.startswith(LISTING)} == {429, 200}


def test_tokens_that_serve_once_only_cost_a_renewal_each_time(bouchon: Bouchon, lucie: User) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(2), strict=False)]
    bouchon.start_incident("jeton-expire")
    sending.run_due()
    assert [state_of(one) for one in filings] == [S.ACCEPTED, S.ACCEPTED]
    assert len(hashes(bouchon)) == 2


def test_both_regimes_go_each_with_a_token_of_its_own(bouchon: Bouchon, lucie: User) -> None:
    general, agricultural = planned(next(small_files()), lucie), planned(next(small_files(champ="02")), lucie)
    assert agricultural.depot == "02"
    sending.run_due()
    assert (state_of(general), state_of(agricultural)) == (S.ACCEPTED, S.ACCEPTED)
    assert {one.service for one in bouchon.authentications} == {"25", "26"}
    assert {one.point for one in bouchon.state.store.deposits()} == {"01", "02"}


def test_a_signalement_goes_as_a_declaration_does(bouchon: Bouchon, lucie: User) -> None:
    month = bureau().all_months[6]
    one = planned(signalement_files(bureau(), month)[0], lucie)
    assert one.month == ""
    sending.run_due()
    assert state_of(one) == S.ACCEPTED


# Whose identifiers ----------------------------------------------------------------------------------


def test_a_filing_that_nobody_s_identifiers_cover_says_so_and_goes_as_soon_as_somebody_s_do(
    bouchon: Bouchon, clock: Clock
) -> None:
    one = planned(next(small_files()), None)
    sending.run_due()
    assert state_of(one) == S.PLANNED
    assert "Aucun compte" in one.problem
    holder("Lucie")
    clock.advance(minutes=1, seconds=1)
    sending.run_due()
    assert (state_of(one), one.problem) == (S.ACCEPTED, "")


def test_refused_identifiers_are_sent_once_and_the_filing_goes_once_they_are_mended(
    bouchon: Bouchon, clock: Clock
) -> None:
    user = holder("Lucie", replace(RIGHT, motdepasse="Ancien.2019-Rame"))
    one = planned(next(small_files()), user)
    sending.run_due()
    assert state_of(one) == S.PLANNED
    assert one.problem.endswith(
        "Rien n’est renvoyé tant que vous ne les avez pas corrigés et vérifiés avec la boule bleue."
    )
    assert "réessaie" not in one.problem
    for _ in range(3):
        clock.advance(minutes=16)
        sending.run_due()
    clock.advance(minutes=16)
    assert [attempt.status for attempt in bouchon.authentications] == [401]
    assert state_of(one) == S.PLANNED
    assert "refusés" in one.problem
    save_identifiers(actor=Actor.owner(), user=user, entry=RIGHT)
    sending.run_due()
    assert state_of(one) == S.ACCEPTED


def test_a_vault_without_its_key_is_said_and_nothing_leaves(bouchon: Bouchon, one: Filing, clock: Clock) -> None:
    sealed = PortalIdentifiers.objects.get().sealed
    PortalIdentifiers.objects.update(sealed="1.0000000000000000.abc")
    sending.run_due()
    assert state_of(one) == S.PLANNED
    assert one.problem.endswith("Rien n’est renvoyé tant que ce n’est pas fait.")
    assert not bouchon.requests
    PortalIdentifiers.objects.update(sealed=sealed)
    clock.advance(minutes=2)
    sending.run_due()
    assert state_of(one) == S.ACCEPTED


# The last look --------------------------------------------------------------------------------------


def test_what_another_dossier_declares_by_now_is_held(bouchon: Bouchon, one: Filing) -> None:
    other = get_or_create(actor=Actor.owner(), name="Autre")
    Employer.objects.update(declaring=False)
    declare(other, one.siret)
    sending.run_due()
    assert state_of(one) == S.HELD
    assert "ne déclare pas" in one.problem
    assert not posts(bouchon)


def test_what_an_archived_dossier_planned_is_held(bouchon: Bouchon, one: Filing, clock: Clock) -> None:
    Dossier.objects.update(archived_at=clock())
    sending.run_due()
    assert state_of(one) == S.HELD
    assert "archivé" in one.problem
    assert one.release_at is None
    assert not posts(bouchon)


def test_a_content_that_is_damaged_is_not_sent(bouchon: Bouchon, one: Filing) -> None:
    other = planned(list(small_files())[5], None, state=S.CHECKED)
    Filing.objects.filter(pk=one.pk).update(content_id=other.content_id)
    sending.run_due()
    assert state_of(one) == S.HELD
    assert "n’est plus celui" in one.problem
    assert not posts(bouchon)


def test_a_file_that_says_reel_is_not_sent_as_an_essai(bouchon: Bouchon, lucie: User) -> None:
    one = planned(next(small_files(real=True)), lucie, is_real=False)
    sending.run_due()
    assert state_of(one) == S.HELD
    assert "essai ou réel" in one.problem
    assert not posts(bouchon)


def test_the_second_reel_of_a_key_is_held(bouchon: Bouchon, lucie: User) -> None:
    data = next(small_files(real=True))
    first = planned(data, lucie)
    sending.run_due()
    second = planned(data, lucie, sent=data.replace(b"Noemie", b"Lucie") + b"\r\n", state=S.PLANNED)
    sending.run_due()
    assert (state_of(first), state_of(second)) == (S.ACCEPTED, S.HELD)
    assert f"n° {first.pk}" in second.problem
    assert posts(bouchon) == 1


def test_the_database_has_the_last_word_on_the_second_reel_of_a_key(
    bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = next(small_files(real=True))
    first, second = planned(data, lucie), planned(data, lucie, sent=data + b"\r\n")
    monkeypatch.setattr(claims, "twins", lambda filing: [])  # as if the other had come a moment later
    sending.run_due()
    assert (state_of(first), state_of(second)) == (S.ACCEPTED, S.HELD)
    assert f"n° {first.pk}" in second.problem
    assert posts(bouchon) == 1


def test_what_a_person_retains_meanwhile_does_not_go(
    bouchon: Bouchon, one: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claims.claim

    def late(*args: object) -> object:
        Filing.objects.filter(pk=one.pk).update(state=S.HELD)
        return claim(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "claim", late)
    sending.run_due()
    assert state_of(one) == S.HELD
    assert not posts(bouchon)


# Overtaken by a sweep --------------------------------------------------------------------------------


def test_an_answer_that_comes_after_its_sending_was_taken_for_lost_settles_it(
    bouchon: Bouchon, one: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = outcomes.answered

    def late(actor: Actor, claimed: claims.Claimed, receipt: Receipt) -> None:
        PortalQueue.objects.update(busy_until=None)
        assert sweeping.sweep() == 1
        assert state_of(one) == S.UNKNOWN
        answered(actor, claimed, receipt)

    monkeypatch.setattr(outcomes, "answered", late)
    sending.run_due()
    assert state_of(one) == S.ACCEPTED
    assert (one.problem, one.proofs.get().kind) == ("", "AEE")


def test_an_answer_that_comes_after_a_person_ordered_it_again_keeps_it_from_going_twice(
    bouchon: Bouchon, one: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = outcomes.answered

    def very_late(actor: Actor, claimed: claims.Claimed, receipt: Receipt) -> None:
        Filing.objects.filter(pk=one.pk).update(state=S.PLANNED)
        answered(actor, claimed, receipt)

    monkeypatch.setattr(outcomes, "answered", very_late)
    sending.run_due()
    sending.run_due()
    assert state_of(one) == S.RECORDED_BY_HAND
    assert hashes(bouchon) == [one.sha256]
    assert one.idflux == bouchon.state.store.deposits()[0].idflux


def test_a_machine_that_slept_between_claim_and_deposit_sends_nothing(
    bouchon: Bouchon, one: Filing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claims.claim

    def then_sleep(*args: object) -> object:
        taken = claim(*args)  # type: ignore[arg-type]
        clock.advance(hours=2)
        PortalQueue.objects.update(busy_token="somebody else's")
        sweeping.sweep()
        return taken

    monkeypatch.setattr(claims, "claim", then_sleep)
    sending.run_due()
    assert not posts(bouchon)
    assert state_of(one) == S.UNKNOWN


# Nothing of the file, nothing of the token ------------------------------------------------------------


def test_logs_and_moves_hold_nothing_of_the_file_nor_of_the_token(
    front: Front, bouchon: Bouchon, lucie: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="scarabee")
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(3), strict=False)]
    front.policy = at(DEPOSIT, CUT_AFTER, times=1)
    sending.run_due()
    told = caplog.text + repr(list(FilingMove.objects.values())) + repr(list(Filing.objects.values("problem")))
    tokens = list(bouchon.state.tokens._issued)
    assert tokens
    for secret in (*tokens, RIGHT.motdepasse, "S21.G00.30", "S10.G00.00"):
        assert secret not in told
    assert state_of(filings[0]) == S.UNKNOWN
