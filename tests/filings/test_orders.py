"""What a person orders: now or later, retained, given up, passed, decided a second time; each by whoever may."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    another,
    bureau,
    filed,
    filings_of,
    mensuelle,
    receive,
    sirets,
    spoiled,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.dsn.invention import replacement_file
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import orders
from scarabee.filings.services.moves import move
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

S = FilingState


def order(*filings: Filing, confirmed: bool = True, **options: Any) -> orders.Ordered:
    return orders.order(actor=OWNER, filings=filings, real_confirmed=confirmed, **options)


def why_not(filing: Filing, **options: Any) -> str:
    """Why it is not ordered; fails when it is."""
    ordered = order(filing, **options)
    assert not ordered.planned
    ((refused, why),) = ordered.refused
    assert refused.pk == filing.pk
    return why


def gone(filing: Filing, *states: FilingState) -> Filing:
    """The filing after an order and what the portal answered."""
    if filing.state != S.PLANNED:
        assert order(filing).planned
    filing.refresh_from_db()
    for number, state in enumerate((S.SENDING, *states)):
        flux = {"idflux": f"{filing.pk:05}Ab0cD1eF2gH3iJ4kL5"} if state == S.ACCEPTED and not number - 1 else {}
        move(filing, state, actor=OWNER, automatic=True, **flux)
    return filing


def test_a_real_declaration_needs_a_word_of_confirmation(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    assert "confirmez" in why_not(filing, confirmed=False)
    ordered = order(filing)
    (planned,) = ordered.planned
    assert (planned.state, planned.ordered_by, planned.standing) == (S.PLANNED, OWNER.name, False)
    assert planned.planned_at == planned.next_at
    assert planned.planned_at is not None and planned.planned_at <= now()


def test_an_essai_needs_none(dossier: Dossier) -> None:
    assert order(filed(dossier, mensuelle(real=False)), confirmed=False).planned


def test_a_deposit_is_planned_for_later_and_planned_anew(dossier: Dossier) -> None:
    filing, later = filed(dossier, mensuelle()), now() + timedelta(days=2)
    (planned,) = order(filing, planned_at=later).planned
    assert (planned.planned_at, planned.next_at) == (later, later)
    (sooner,) = order(planned).planned
    assert sooner.planned_at is not None and sooner.planned_at < later
    (just_now,) = order(planned, planned_at=now() - timedelta(minutes=1)).planned
    assert just_now.planned_at is not None and just_now.planned_at > now() - timedelta(minutes=1)
    assert just_now.moves.count() == 4


def test_one_that_cannot_go_stops_no_other(dossier: Dossier) -> None:
    filings = filings_of(receive(dossier, spoiled(mensuelle(*sirets()))))
    ordered = order(*filings)
    assert [one.siret for one in ordered.planned] == sirets()[1:]
    ((refused, why),) = ordered.refused
    assert refused.siret == SIRET
    assert "bloquant" in why


@pytest.mark.parametrize("state", sorted(set(FilingState) - orders.ORDERABLE))
def test_what_left_or_was_rejected_is_not_ordered(dossier: Dossier, state: str) -> None:
    filing = bare_filing(dossier, FilingState(state))
    assert FilingState(state).label in why_not(filing)
    assert Filing.objects.get(pk=filing.pk).state == state


@pytest.mark.parametrize("state", sorted(orders.ORDERABLE))
def test_what_waits_is_ordered_from_wherever_it_waits(dossier: Dossier, state: str) -> None:
    filing = filed(dossier, mensuelle())
    Filing.objects.update(state=state, release_at=now(), problem="retenu")
    (planned,) = order(filing).planned
    assert (planned.state, planned.release_at, planned.problem) == (S.PLANNED, None, "")


def test_what_another_dossier_declares_or_an_archived_one_holds_does_not_leave(
    dossier: Dossier, other: Dossier
) -> None:
    filing = filed(dossier, mensuelle())
    Employer.objects.filter(siret=SIRET).update(declaring=False)
    assert "ne déclare pas" in why_not(filing)
    Employer.objects.filter(siret=SIRET).update(declaring=True)
    archive_dossier(actor=OWNER, dossier=dossier)
    with pytest.raises(Refusal, match="archivé"):
        order(filing)
    assert "archivé" in orders.undeclared(Filing.objects.get(pk=filing.pk))
    Filing.objects.update(dossier=None)
    with pytest.raises(Refusal, match="n’existe plus"):
        order(filing)


def test_a_filing_that_followed_its_employer_is_ordered_from_there(dossier: Dossier, other: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    scenes.take(other, mensuelle(month=LAST))
    hand_over(actor=OWNER, siret=SIRET, dossier=other)
    (planned,) = order(Filing.objects.get(pk=filing.pk)).planned
    assert planned.dossier == other


# -- a second deposit of one key ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "states", [(), (S.UNKNOWN,), (S.ACCEPTED,), (S.ACCEPTED, S.CONFORM)], ids=lambda states: str(states[-1:])
)
def test_a_second_real_deposit_of_a_key_is_refused_while_the_first_stands(
    dossier: Dossier, states: tuple[FilingState, ...]
) -> None:
    first = gone(filed(dossier, mensuelle()), *states)
    why = why_not(filed(dossier, another(mensuelle())))
    assert f"n° {first.pk}" in why
    assert "deux fois" in why


def test_of_two_that_wait_one_is_ordered(dossier: Dossier) -> None:
    first, second = filed(dossier, mensuelle()), filed(dossier, another(mensuelle()))
    ordered = order(first, second)
    assert [one.pk for one in ordered.planned] == [first.pk]
    assert [one.pk for one, _ in ordered.refused] == [second.pk]
    orders.cancel(actor=OWNER, filing=first)
    assert order(second).planned


@pytest.mark.parametrize(
    "states", [(S.REFUSED,), (S.ACCEPTED, S.ANOMALIES), (S.NOT_DEPOSITED,)], ids=lambda states: str(states[-1:])
)
def test_after_a_refusal_the_corrected_declaration_is_normal(dossier: Dossier, states: tuple[FilingState, ...]) -> None:
    gone(filed(dossier, mensuelle()), *states)
    assert order(filed(dossier, another(mensuelle()))).planned


def test_a_replacement_goes_after_what_it_replaces_and_only_once(dossier: Dossier) -> None:
    gone(filed(dossier, mensuelle()), S.ACCEPTED)
    second = filed(dossier, replacement_file(bureau(), "2026-10", employers={SIRET}, order=2, real=True))
    gone(second, S.ACCEPTED)
    same = replacement_file(bureau(), "2026-10", employers={SIRET}, order=2, real=True)
    assert "numéro d’ordre" in why_not(filed(dossier, another(same)))
    third = replacement_file(bureau(), "2026-10", employers={SIRET}, order=3, real=True)
    assert gone(filed(dossier, third), S.ACCEPTED).state == S.ACCEPTED


def test_a_moment_that_is_past_orders_nothing(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    with pytest.raises(Refusal, match="passé"):
        order(filing, planned_at=now() - timedelta(days=365))
    filing.refresh_from_db()
    assert filing.state == S.CHECKED


def test_essais_never_count(dossier: Dossier) -> None:
    gone(filed(dossier, mensuelle(real=False)), S.ACCEPTED)
    assert order(filed(dossier, another(mensuelle(real=False)))).planned
    assert order(filed(dossier, mensuelle())).planned


def test_a_second_deposit_is_decided_with_a_reason_and_then_ordered(dossier: Dossier) -> None:
    first = gone(filed(dossier, mensuelle()), S.ACCEPTED)
    second = filed(dossier, another(mensuelle()))
    with pytest.raises(Refusal, match="raison"):
        orders.decide_again(actor=OWNER, filing=second, reason=" ok ")
    decided = orders.decide_again(actor=OWNER, filing=second, reason="le portail  a perdu\nle premier")
    assert (decided.state, decided.again_by) == (S.CHECKED, OWNER.name)
    assert decided.again_reason == "le portail a perdu le premier"
    entry = JournalEntry.objects.get(code="depot.second")
    assert (entry.facts["filing"], entry.facts["first"]) == (second.pk, first.pk)
    assert gone(decided, S.ACCEPTED).state == S.ACCEPTED
    assert "deux fois" in why_not(filed(dossier, another(mensuelle(), 2)))


def test_there_is_nothing_to_decide_where_nothing_stands(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    with pytest.raises(Refusal, match="Rien n’empêche"):
        orders.decide_again(actor=OWNER, filing=filing, reason="par prudence")
    gone(filing)
    with pytest.raises(Refusal, match="en train de partir"):
        orders.decide_again(actor=OWNER, filing=filed(dossier, another(mensuelle())), reason="par prudence")


# -- what was found ----------------------------------------------------------------------------------------------


def test_what_blocks_is_passed_with_a_reason_by_a_person(dossier: Dossier) -> None:
    filing = filed(dossier, spoiled(mensuelle()))
    with pytest.raises(Refusal, match="raison"):
        orders.pass_findings(actor=OWNER, filing=filing, reason="")
    passed = orders.pass_findings(actor=OWNER, filing=filing, reason="NIR provisoire vérifié")
    assert (passed.passed_by, passed.passed_reason) == (OWNER.name, "NIR provisoire vérifié")
    assert JournalEntry.objects.get(code="depot.passe_outre").facts["blocking"] == 1
    assert order(passed).planned


def test_what_is_surely_refused_is_passed_by_nobody(dossier: Dossier, other: Dossier) -> None:
    scenes.take(other, mensuelle(month=LAST))
    filing = filed(dossier, mensuelle())
    with pytest.raises(Refusal, match="à corriger"):
        orders.pass_findings(actor=OWNER, filing=filing, reason="quand même")
    Filing.objects.update(state=S.CHECKED)
    with pytest.raises(Refusal, match="refuserait sûrement"):
        orders.pass_findings(actor=OWNER, filing=filing, reason="quand même")
    assert "sûrement" in why_not(filing)


def test_there_is_nothing_to_pass_where_nothing_blocks(dossier: Dossier) -> None:
    with pytest.raises(Refusal, match="rien à passer"):
        orders.pass_findings(actor=OWNER, filing=filed(dossier, mensuelle()), reason="par prudence")


def test_a_decision_does_not_outlive_what_it_spoke_of(dossier: Dossier) -> None:
    first, second = filed(dossier, mensuelle()), filed(dossier, another(mensuelle()))
    gone(first, S.ACCEPTED)
    orders.decide_again(actor=OWNER, filing=second, reason="le portail a perdu le premier")
    orders.cancel(actor=OWNER, filing=second)
    first.refresh_from_db()
    move(first, S.ANOMALIES, actor=OWNER, automatic=True)
    third = gone(filed(dossier, another(mensuelle(), 2)), S.ACCEPTED)
    taken_up = orders.reopen(actor=OWNER, filing=second)
    assert (taken_up.again_reason, taken_up.again_by, taken_up.exempt) == ("", "", False)
    assert f"n° {third.pk}" in why_not(taken_up)


# -- retain, give up, take up again ------------------------------------------------------------------------------


def test_what_is_retained_waits_for_a_person(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    order(filing)
    retained = orders.retain(actor=OWNER, filing=filing)
    assert (retained.state, retained.release_at, retained.planned_at, retained.next_at) == (S.HELD, None, None, None)
    assert orders.retain(actor=OWNER, filing=retained).state == S.HELD
    assert order(retained).planned


@pytest.mark.parametrize(
    ("deed", "allowed"),
    [(orders.retain, orders.RETAINABLE), (orders.cancel, orders.CANCELLABLE), (orders.reopen, {S.CANCELLED})],
)
def test_each_deed_is_done_only_where_it_makes_sense(dossier: Dossier, deed: Any, allowed: set[FilingState]) -> None:
    for state in set(FilingState) - allowed:
        filing = bare_filing(dossier, state)
        with pytest.raises(Refusal, match=f"n° {filing.pk} est à l’état"):
            deed(actor=OWNER, filing=filing)
        filing.refresh_from_db()
        assert filing.state == state
        filing.delete()


def test_what_was_given_up_is_taken_up_again_where_it_stood(dossier: Dossier, other: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    order(filing, planned_at=now() + timedelta(days=1))
    given_up = orders.cancel(actor=OWNER, filing=filing, why="mauvais mois")
    assert (given_up.state, given_up.planned_at, given_up.next_at) == (S.CANCELLED, None, None)
    assert given_up.moves.last().why == "mauvais mois"  # type: ignore[union-attr]
    assert orders.reopen(actor=OWNER, filing=given_up).state == S.CHECKED
    scenes.take(other, mensuelle(SECOND, month=LAST))
    rejected = filed(dossier, mensuelle(SECOND))
    orders.cancel(actor=OWNER, filing=rejected)
    assert orders.reopen(actor=OWNER, filing=rejected).state == S.REJECTED_LOCALLY


def test_what_never_had_a_file_is_neither_taken_up_nor_ordered(dossier: Dossier) -> None:
    filing = bare_filing(dossier, S.CANCELLED)
    with pytest.raises(Refusal, match="jamais été reçu"):
        orders.reopen(actor=OWNER, filing=filing)
    Filing.objects.update(state=S.CHECKED)
    assert "jamais été reçu" in why_not(filing)


# -- rights ------------------------------------------------------------------------------------------------------

DEEDS: list[Callable[[Actor, Filing], object]] = [
    lambda actor, filing: orders.order(actor=actor, filings=[filing], real_confirmed=True),
    lambda actor, filing: orders.retain(actor=actor, filing=filing),
    lambda actor, filing: orders.cancel(actor=actor, filing=filing),
    lambda actor, filing: orders.reopen(actor=actor, filing=filing),
    lambda actor, filing: orders.pass_findings(actor=actor, filing=filing, reason="par prudence"),
    lambda actor, filing: orders.decide_again(actor=actor, filing=filing, reason="par prudence"),
]


def test_only_who_may_change_the_dossier_orders_anything(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor]
) -> None:
    filing = filed(dossier, mensuelle())
    keeper, reader, stranger = (
        user_with("Zoé", {dossier: "gestionnaire"}), user_with("Luc", {dossier: "lecture"}),
        user_with("Max", {other: "gestionnaire"}),
    )  # fmt: skip
    for deed, (actor, refusal) in itertools.product(DEEDS, ((reader, NotAllowed), (stranger, NotVisible))):
        with pytest.raises(refusal):
            deed(actor, filing)
    assert filing.moves.count() == 1
    assert orders.order(actor=keeper, filings=[filing], real_confirmed=True).planned[0].ordered_by == "Zoé"


def test_a_batch_with_one_filing_of_another_orders_nothing(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor]
) -> None:
    keeper = user_with("Zoé", {dossier: "gestionnaire"})
    filings = [filed(dossier, mensuelle()), filed(other, mensuelle(SECOND))]
    with pytest.raises(NotVisible):
        orders.order(actor=keeper, filings=filings, real_confirmed=True)
    assert not Filing.objects.filter(state=S.PLANNED).exists()
