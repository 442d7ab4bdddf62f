"""Applying, setting aside, settling a line, undoing; two people at once (design §6)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import ALAIN, BRIGITTE, small_file
from tests.returns.rate_scenes import Told, crm, land_again, landed, noon

from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.enums import LineKind, Origin, RateState
from scarabee.returns.models import PasRate, RateLine, Return
from scarabee.returns.services import oddities, rate_decisions, rate_exports, rate_lists, superseding
from scarabee.returns.services.rate_options import set_option
from scarabee.returns.services.rate_previews import preview, rates_of

OWNER = Actor.owner()
MAY = date(2026, 5, 31)


@pytest.fixture
def alain(dossier: Dossier, import_bytes: Import) -> Employee:
    import_bytes(dossier, small_file())
    return Employee.objects.get(nir=ALAIN.nir)


@pytest.fixture
def april(alain: Employee) -> Return:
    """14 % for Alain and 5 % for Brigitte, applied."""
    item = landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")], identifier="1"))
    rate_decisions.apply_all(actor=OWNER, item=item)
    return item


@pytest.fixture
def may(april: Return) -> Return:
    """9 % and nothing, waiting."""
    return landed(crm([Told(ALAIN.nir, "9.00"), Told(BRIGITTE.nir, None)], identifier="2"), "2026-05-13")


def rate_on(employee: Employee, on: date = MAY) -> Decimal | None:
    found = rate_lists.rate_in_force(employee.pk, on)
    return found.rate if found else None


def of(item: Return, nir: str) -> PasRate:
    return PasRate.objects.get(item=item, employee__nir=nir)


def test_the_preview_shows_before_and_after_and_writes_nothing(alain: Employee, may: Return) -> None:
    before = list(PasRate.objects.values())
    rows = {row.employee.nir: row for row in preview(rates_of(actor=OWNER, item=may))}
    mine, hers = rows[ALAIN.nir], rows[BRIGITTE.nir]
    assert (mine.after, mine.type, mine.oddity, mine.state) == (Decimal("9.00"), "01", "", RateState.WAITING)
    assert (hers.after, hers.type) == (None, "")
    waiting = preview(rates_of(actor=OWNER, employer=alain.employer))
    assert {row.rate.pk for row in waiting} == {row.rate.pk for row in rows.values()}
    assert list(PasRate.objects.values()) == before


def test_the_preview_of_what_was_applied_shows_what_it_replaced(alain: Employee, may: Return) -> None:
    rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    rows = {row.employee.nir: row for row in preview(rates_of(actor=OWNER, item=may))}
    assert (rows[ALAIN.nir].was, rows[ALAIN.nir].after, rows[ALAIN.nir].changes) == (Decimal(14), Decimal(9), True)
    assert (rows[BRIGITTE.nir].was, rows[BRIGITTE.nir].after) == (Decimal(5), None)


def test_apply_all_leaves_what_is_odd_unless_one_says_so(alain: Employee, april: Return) -> None:
    item = landed(crm([Told(ALAIN.nir, "40.00"), Told(BRIGITTE.nir, "6.00")], identifier="2"), "2026-05-13")
    assert rate_decisions.apply_all(actor=OWNER, item=item).done == 1
    assert rate_on(alain) == 14
    assert rate_decisions.apply_all(actor=OWNER, item=item, odd_too=True).done == 1
    assert rate_on(alain) == 40


def test_a_decision_is_an_act_in_the_journal_without_anybodys_number(alain: Employee, may: Return) -> None:
    decided = rate_decisions.apply(actor=OWNER, rates=[of(may, ALAIN.nir)])
    (act,) = decided.acts
    assert (act.kind, act.receipt["counts"]["rates"]) == (Act.Kind.RETURN, 1)
    entry = JournalEntry.objects.filter(code="rates.applied").latest("sequence")
    assert entry.facts["act"] == act.pk
    assert ALAIN.nir not in str(entry.facts)


def test_two_people_at_once_the_second_one_is_told(alain: Employee, may: Return) -> None:
    seen_by_both = of(may, ALAIN.nir)
    first = rate_decisions.set_aside(actor=OWNER, rates=[of(may, ALAIN.nir)], reason="faux")
    second = rate_decisions.apply(actor=OWNER, rates=[seen_by_both])
    assert (first.done, second.done, second.acts) == (1, 0, [])
    assert "écarté" in second.left[0].reason
    assert rate_on(alain) == 14


def test_a_rate_that_changed_since_it_was_seen_is_not_applied_unseen(alain: Employee, may: Return) -> None:
    seen = of(may, ALAIN.nir)
    land_again(may, crm([Told(ALAIN.nir, "1.00"), Told(BRIGITTE.nir, None)], identifier="2"))
    decided = rate_decisions.apply(actor=OWNER, rates=[seen])
    assert (decided.done, decided.left[0].reason) == (0, "le taux a changé depuis que vous l’avez vu")
    assert rate_on(alain) == 14


def test_what_somebody_applied_twice_is_applied_once(alain: Employee, may: Return) -> None:
    seen = of(may, ALAIN.nir)
    rate_decisions.apply(actor=OWNER, rates=[seen])
    again = rate_decisions.apply(actor=OWNER, rates=[seen])
    assert (again.done, len(again.left)) == (0, 1)


def test_set_aside_wants_a_reason_and_keeps_it(alain: Employee, may: Return) -> None:
    with pytest.raises(Refusal, match="pourquoi"):
        rate_decisions.set_aside(actor=OWNER, rates=[of(may, ALAIN.nir)], reason="  ")
    rate_decisions.set_aside(actor=OWNER, rates=[of(may, ALAIN.nir)], reason=" taux du  conjoint ")
    rate = of(may, ALAIN.nir)
    assert (rate.state, rate.why, rate.decided_by) == (RateState.SET_ASIDE, "taux du conjoint", OWNER.name)
    assert rate_decisions.apply(actor=OWNER, rates=[rate]).done == 1
    assert rate_on(alain) == 9


def test_an_applied_rate_may_be_set_aside_and_undo_brings_it_back(alain: Employee, april: Return) -> None:
    before = of(april, ALAIN.nir)
    decided = rate_decisions.set_aside(actor=OWNER, rates=[before], reason="erreur de la DGFiP")
    assert rate_on(alain) is None
    rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    after = of(april, ALAIN.nir)
    assert (after.state, after.decided_at, after.why) == (before.state, before.decided_at, before.why)
    assert rate_on(alain) == 14


def test_undo_puts_in_force_again_what_was_before(alain: Employee, may: Return) -> None:
    decided = rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    assert rate_on(alain) == 9
    undone = rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    assert (undone.withdrawn, undone.left, undone.exported_at) == (2, 0, None)
    assert rate_on(alain) == 14
    assert of(may, ALAIN.nir).state == RateState.WAITING
    assert Act.objects.get(pk=decided.acts[0].pk).state == Act.State.UNDONE
    with pytest.raises(Refusal, match="déjà annulé"):
        rate_decisions.undo(actor=OWNER, act=decided.acts[0])


def test_what_was_undone_waits_with_a_remark_and_may_be_applied_again(alain: Employee, may: Return) -> None:
    decided = rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    assert of(may, ALAIN.nir).why == f"Décision annulée ({decided.acts[0]})."
    assert rate_decisions.apply_all(actor=OWNER, item=may).done == 0
    again = rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    assert again.done == 2
    assert rate_on(alain) == 9
    rate_decisions.undo(actor=OWNER, act=again.acts[0])
    assert rate_on(alain) == 14


def test_an_undone_rate_that_a_newer_one_overtook_does_not_wait(alain: Employee, april: Return, may: Return) -> None:
    applied = Act.objects.filter(kind=Act.Kind.RETURN, message__startswith="Taux PAS").get()
    rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    rate_decisions.undo(actor=OWNER, act=applied)
    assert of(april, ALAIN.nir).why == superseding.REPLACED
    assert of(april, ALAIN.nir).state == RateState.SET_ASIDE
    assert rate_on(alain) == 9


def test_undo_of_what_the_machine_applied_gives_back_the_former_rate_and_what_waited(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")], identifier="1"))
    set_option(actor=OWNER, dossier=alain.dossier, applies_alone=True)
    item = landed(crm([Told(ALAIN.nir, "13.00"), Told(BRIGITTE.nir, "5.00")], identifier="2"), "2026-05-13")
    assert PasRate.objects.filter(crm="1", state=RateState.SET_ASIDE).count() == 2
    undone = rate_decisions.undo(actor=OWNER, act=of(item, ALAIN.nir).act)
    assert (undone.withdrawn, undone.restored) == (2, 2)
    assert PasRate.objects.filter(crm="1", state=RateState.WAITING, decided_at=None).count() == 2
    assert rate_on(alain) is None


def test_undo_leaves_what_somebody_decided_again_since(alain: Employee, may: Return) -> None:
    decided = rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    rate_decisions.set_aside(actor=OWNER, rates=[of(may, BRIGITTE.nir)], reason="à revoir")
    undone = rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    assert (undone.withdrawn, undone.left) == (1, 1)
    assert of(may, BRIGITTE.nir).why == "à revoir"


def test_undo_of_one_act_leaves_the_rates_of_another_one_of_the_same_moment(
    alain: Employee, may: Return, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = of(may, ALAIN.nir).act.created_at
    monkeypatch.setattr("scarabee.returns.services.rate_decisions.now", lambda: moment)
    first = rate_decisions.apply(actor=OWNER, rates=[of(may, ALAIN.nir)])
    rate_decisions.apply(actor=OWNER, rates=[of(may, BRIGITTE.nir)])
    assert rate_decisions.undo(actor=OWNER, act=first.acts[0]).withdrawn == 1
    assert of(may, BRIGITTE.nir).state == RateState.APPLIED


def test_undo_of_what_was_exported_is_done_and_said(alain: Employee, may: Return) -> None:
    decided = rate_decisions.apply_all(actor=OWNER, item=may, odd_too=True)
    rate_exports.export_changes(actor=OWNER, dossier=alain.dossier)
    undone = rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    assert undone.exported_at is not None
    assert rate_on(alain) == 14


def test_undo_refuses_an_act_that_is_none_of_rates(alain: Employee) -> None:
    with pytest.raises(Refusal, match="ne s’annule pas ainsi"):
        rate_decisions.undo(actor=OWNER, act=alain.act)


def test_a_line_is_settled_by_saying_whose_it_is(alain: Employee) -> None:
    item = landed(crm([Told("1990175999999", "8.00", matricule=ALAIN.matricule)]))
    rate = rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(), employee=alain)
    assert rate is not None
    assert (rate.employee, rate.rate, rate.state, rate.item) == (alain, Decimal(8), "waiting", item)
    assert RateLine.objects.get().settled_by == OWNER.name
    with pytest.raises(Refusal, match="déjà été traitée"):
        rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(), employee=alain)
    land_again(item, crm([Told("1990175999999", "8.00", matricule=ALAIN.matricule)]))
    assert (RateLine.objects.count(), PasRate.objects.count()) == (1, 1)


def test_a_line_of_nobody_is_settled_without_a_rate(alain: Employee) -> None:
    landed(crm([Told("1990175999999", "8.00")]))
    assert rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(), employee=None) is None
    assert not PasRate.objects.exists()


def test_choosing_one_of_two_lines_that_disagree_settles_both(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "8.00"), Told(ALAIN.nir, "9.00")]))
    rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(rate=9), employee=alain)
    assert PasRate.objects.get().rate == 9
    assert not RateLine.objects.filter(settled_at=None).exists()


def test_a_line_is_not_given_to_somebody_of_another_employer_nor_when_it_is_unreadable(
    alain: Employee, other: Dossier, import_bytes: Import
) -> None:
    import_bytes(other, small_file())
    landed(crm([Told("1990175999999", "8.00"), Told(ALAIN.nir, "100.00")]))
    copy = Employee.objects.get(dossier=other, nir=ALAIN.nir)
    with pytest.raises(Refusal, match="n’est pas salariée"):
        rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(kind=LineKind.UNKNOWN), employee=copy)
    with pytest.raises(Refusal, match="illisible"):
        rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(kind=LineKind.UNREADABLE), employee=alain)


def test_the_day_a_crm_was_made_available_can_be_corrected(alain: Employee, april: Return) -> None:
    assert rate_decisions.change_availability(actor=OWNER, item=april, day=date(2026, 5, 2)) == 2
    rate = of(april, ALAIN.nir)
    assert (rate.available_on, rate.valid_until) == (date(2026, 5, 2), date(2026, 7, 31))
    with pytest.raises(Refusal, match="à venir"):
        rate_decisions.change_availability(actor=OWNER, item=april, day=date(2999, 1, 1))


def test_a_crm_added_by_hand_waits_until_its_day_is_told(alain: Employee, april: Return) -> None:
    set_option(actor=OWNER, dossier=alain.dossier, applies_alone=True)
    document = crm([Told(ALAIN.nir, "13.00"), Told(BRIGITTE.nir, "40.00")], identifier="3")
    item = landed(document, origin=Origin.FILE, published_at=None, arrived_at=noon("2026-05-20"))
    his, hers = of(item, ALAIN.nir), of(item, BRIGITTE.nir)
    assert (his.state, his.why, hers.why) == (RateState.WAITING, oddities.UNDATED, oddities.JUMP)
    rate_decisions.change_availability(actor=OWNER, item=item, day=date(2026, 3, 13))
    his, hers = of(item, ALAIN.nir), of(item, BRIGITTE.nir)
    assert (his.why, hers.why) == (oddities.OLDER, oddities.JUMP)
    assert his.valid_until == date(2026, 5, 31)
    rate_decisions.apply_all(actor=OWNER, item=item, odd_too=True)
    assert rate_on(alain) == 14


def test_a_day_that_is_told_takes_the_doubt_away_and_stays(alain: Employee, april: Return) -> None:
    document = crm([Told(ALAIN.nir, "13.00")], identifier="3")
    item = landed(document, origin=Origin.FILE, published_at=None)
    rate_decisions.change_availability(actor=OWNER, item=item, day=date(2026, 5, 13))
    assert of(item, ALAIN.nir).why == ""
    assert rate_decisions.apply_all(actor=OWNER, item=item).done == 1
    land_again(item, crm([Told(ALAIN.nir, "12.00")], identifier="3"))
    assert set(PasRate.objects.filter(item=item).values_list("available_on", flat=True)) == {date(2026, 5, 13)}


def test_only_a_gestionnaire_of_the_dossier_decides(
    alain: Employee, may: Return, user_with: Callable[..., Actor]
) -> None:
    reader, stranger = user_with("Zoé", {alain.dossier: "lecture"}), user_with("Paul", {})
    rate = of(may, ALAIN.nir)
    with pytest.raises(NotAllowed):
        rate_decisions.apply(actor=reader, rates=[rate])
    with pytest.raises(NotVisible):
        rate_decisions.apply(actor=stranger, rates=[rate])
    with pytest.raises(NotAllowed):
        rate_decisions.undo(actor=reader, act=rate.act)
    with pytest.raises(NotAllowed):
        rate_decisions.change_availability(actor=reader, item=may, day=MAY)
    assert rate_decisions.apply_all(actor=stranger, item=may, odd_too=True).done == 0
    assert of(may, ALAIN.nir).state == RateState.WAITING


def test_a_rate_of_a_copy_is_not_applied_where_the_siret_is_not_declared(alain: Employee, may: Return) -> None:
    Employer.objects.filter(pk=alain.employer_id).update(declaring=False)
    decided = rate_decisions.apply(actor=OWNER, rates=[of(may, ALAIN.nir)])
    assert decided.done == 0
    assert "autre dossier" in decided.left[0].reason
