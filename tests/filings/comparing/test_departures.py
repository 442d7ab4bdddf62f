"""Who vanished, and who only changed number, contract, établissement, or left as told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.dossiers.small_files import ASSOCIATION
from tests.filings.comparing.scenes import (
    ALAIN,
    LAST,
    MONTH,
    NEXT,
    TEAM,
    ZOE,
    Job,
    add,
    dossier_of,
    end_notice,
    find,
    line_of,
    month,
    rules,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.dossiers.services.succession import mark_successor
from scarabee.dossiers.services.twins import join_people
from scarabee.dsn.findings import Severity

pytestmark = pytest.mark.django_db
NEW_SIRET = ASSOCIATION[:9] + "00023"
NTT = f"1{ASSOCIATION[:9]}M001"
WITH_NTT = replace(ALAIN, nir="", ntt=NTT)
NEW_NIR = replace(ALAIN, nir="1850575123499")


def test_whoever_is_gone_without_end_of_contract_is_named() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST))
    (found,) = find(dossier, month(ZOE))
    assert (found.rule, found.severity, found.rubrique) == ("salarie_disparu", Severity.WARNING, "S21.G00.30.001")
    assert found.line == 11
    for words in ("Alain MERCIER", "de février 2026", "de mars 2026", "n° 00001 du 01/09/2020"):
        assert words in found.message
    assert ALAIN.nir not in found.message + found.value
    assert rules(dossier, month(ZOE)) == ["salarie_disparu"]


def test_a_look_alike_under_another_number_is_pointed_at() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST))
    declaration = month(ZOE, NEW_NIR)
    vanished, unknown = find(dossier, declaration)
    assert vanished.rule == "salarie_disparu" and unknown.rule == "salarie_inconnu"
    line = line_of(declaration, f"S21.G00.30.001,'{NEW_NIR.nir}'")
    assert f"(ligne {line})" in vanished.remedy and "S21.G00.31.008" in vanished.remedy


ENDED = ALAIN.working(Job().ends("28022026"))
EXPLAINED = {
    "an end of contract last month": [month(ENDED, ZOE, month=LAST)],
    "an end of contract the month before, and a pay last month": [
        month(ALAIN.working(Job().ends("31012026")), ZOE, month="2026-01"),
        month(ALAIN, ZOE, month=LAST),
    ],
    "a signalement of end of contract": [
        month(ALAIN, ZOE, month=LAST),
        end_notice(ALAIN.working(Job().ends("10032026"))),
    ],
    "a signalement under a new number of the contract": [
        month(ALAIN, ZOE, month=LAST),
        end_notice(ALAIN.working(Job("00009").ends("10032026"))),
    ],
    "a planned end that is past": [month(ALAIN.working(Job(planned_end="27022026")), ZOE, month=LAST)],
}


@pytest.mark.parametrize("case", EXPLAINED)
def test_whoever_left_as_told_is_not_missing(case: str) -> None:
    dossier = dossier_of(*EXPLAINED[case])
    assert rules(dossier, month(ZOE)) == []


NOT_EXPLAINED = {
    "a planned end still to come": [month(ALAIN.working(Job(planned_end="15032026")), ZOE, month=LAST)],
    "a signalement that was annulled": [
        month(ALAIN, ZOE, month=LAST),
        end_notice(ALAIN.working(Job().ends("10032026"))),
        end_notice(ALAIN.working(Job().ends("10032026")), kind="04", order="2", replaces="050320261"),
    ],
    "the end of an older contract": [
        month(ALAIN.working(Job("00000", "01012019").ends("30112025")), ZOE, month="2025-11"),
        month(ALAIN, ZOE, month=LAST),
    ],
    "the end of one of two contracts": [
        month(ALAIN.working(Job().ends("28022026"), Job("00002")), ZOE, month=LAST),
    ],
}


@pytest.mark.parametrize("case", NOT_EXPLAINED)
def test_what_is_no_end_of_the_contract_explains_nothing(case: str) -> None:
    dossier = dossier_of(*NOT_EXPLAINED[case])
    assert rules(dossier, month(ZOE)) == ["salarie_disparu"]


def test_the_end_of_another_contract_does_not_stand_for_the_one_that_is_gone() -> None:
    second = Job("00002", "01102021").ends("28022026")
    dossier = dossier_of(month(ALAIN.working(Job(), second), ZOE, month=LAST), end_notice(ALAIN.working(second)))
    assert rules(dossier, month(ZOE)) == ["salarie_disparu"]


def test_whoever_is_paid_after_the_end_is_no_finding() -> None:
    dossier = dossier_of(month(ENDED, ZOE, month=LAST))
    assert rules(dossier, month(replace(ENDED, net="90.00", gross="100.00"), ZOE)) == []


SAME_PERSON = {
    "a NIR with its key": ([month(ALAIN, month=LAST)], replace(ALAIN, nir="185057512345644")),
    "a NIR that 31.008 corrects": ([month(ALAIN, month=LAST)], replace(NEW_NIR, former_nir=ALAIN.nir)),
    "an NTT that becomes a NIR": ([month(WITH_NTT, month=LAST)], replace(ALAIN, ntt=NTT)),
    "an NTT known from before to be this NIR": (
        [month(replace(ALAIN, ntt=NTT), month="2026-01"), month(WITH_NTT, month=LAST)],
        ALAIN,
    ),
    "a contract that changed number": (
        [month(ALAIN, month=LAST)],
        ALAIN.working(Job("00007").formerly("014", "00001")),
    ),
    "a contract that changed number twice": (
        [month(ALAIN, month=LAST)],
        ALAIN.working(Job("00009").formerly("014", "00007").formerly("014", "00001")),
    ),
    "a contract that changed number and start": (
        [month(ALAIN, month=LAST)],
        ALAIN.working(Job("00007", "15082020").formerly("014", "00001").formerly("021", "01092020")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME_PERSON)
def test_a_change_of_number_is_not_a_departure(case: str) -> None:
    before, person = SAME_PERSON[case]
    dossier = dossier_of(*before)
    assert rules(dossier, month(person)) == []


def test_two_records_that_a_person_joined_are_one(db: None) -> None:
    dossier = dossier_of(month(ALAIN, month=LAST), month(NEW_NIR, month="2026-01"))
    assert "salarie_disparu" in [one.rule for one in find(dossier, month(NEW_NIR))]
    kept, dropped = Employee.objects.order_by("pk")
    join_people(actor=scenes.OWNER, kept=kept, dropped=dropped)
    assert rules(dossier, month(NEW_NIR)) == []


def test_a_contract_that_is_gone_is_named_at_the_person() -> None:
    both = ALAIN.working(Job(), Job("00002", "01102021"))
    dossier = dossier_of(month(ZOE, both, month=LAST))
    declaration = month(ZOE, ALAIN)
    (found,) = find(dossier, declaration)
    assert (found.rule, found.severity, found.value) == ("contrat_disparu", Severity.WARNING, "00002")
    assert found.rubrique == "S21.G00.40.009"
    assert found.line == line_of(declaration, f"S21.G00.30.001,'{ALAIN.nir}'")
    assert "n° 00002 du 01/10/2021" in found.message
    assert rules(dossier, declaration) == ["contrat_disparu"]


def test_a_number_that_changes_without_a_word_is_a_contract_gone() -> None:
    dossier = dossier_of(month(ALAIN, month=LAST))
    assert rules(dossier, month(ALAIN.working(Job("00007")))) == ["contrat_disparu"]


@pytest.mark.parametrize("notice", [False, True])
def test_a_contract_that_ended_as_told_is_not_gone(notice: bool) -> None:
    second = Job("00002", "01102021")
    last = ALAIN.working(Job(), second if notice else second.ends("28022026"))
    dossier = dossier_of(month(last, month=LAST))
    if notice:
        add(dossier, end_notice(ALAIN.working(second.ends("28022026"))))
    assert rules(dossier, month(ALAIN)) == []


# -- declarations without people ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["02", "05"])
def test_a_nil_declaration_while_people_are_under_contract_is_one_warning(kind: str) -> None:
    dossier = dossier_of(month(*TEAM[:4], ENDED, month=LAST))
    (found,) = find(dossier, month(kind=kind))
    assert (found.rule, found.severity, found.value, found.line) == ("neant_inattendu", Severity.WARNING, kind, 12)
    assert "4 salarié(s)" in found.message and "et 1 autre(s)" in found.message
    assert rules(dossier, month(kind=kind)) == ["neant_inattendu"]


def test_a_nil_declaration_after_all_left_is_no_finding() -> None:
    dossier = dossier_of(month(ENDED, month=LAST))
    assert rules(dossier, month()) == []


# -- another SIRET --------------------------------------------------------------------------------------------------


def _succeed(dossier: Dossier, from_month: str = MONTH) -> None:
    new, old = (Employer.objects.get(dossier=dossier, siret=siret) for siret in (NEW_SIRET, ASSOCIATION))
    mark_successor(actor=scenes.OWNER, employer=new, predecessor=old, month=from_month)


def _moved(*jobs: Job) -> Sequence[Job]:
    return [job.formerly("012", ASSOCIATION) for job in jobs or (Job(),)]


def test_a_successor_is_compared_with_its_predecessor() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(ALAIN, siret=NEW_SIRET))
    _succeed(dossier)
    assert [one.rule for one in find(dossier, month(ALAIN, ZOE, siret=NEW_SIRET))] == ["deja_declare"]
    (found,) = find(dossier, month(ALAIN, siret=NEW_SIRET))
    assert found.rule == "salarie_disparu" and ZOE.name in found.message
    jump = replace(ALAIN, net="5000.00")
    found_rules = [one.rule for one in find(dossier, month(jump, ZOE, siret=NEW_SIRET))]
    assert found_rules == ["deja_declare", "net_inhabituel"]


def test_the_month_after_the_change_a_successor_is_compared_with_itself() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(ALAIN, siret=NEW_SIRET))
    _succeed(dossier)
    assert rules(dossier, month(ALAIN, siret=NEW_SIRET, month=NEXT)) == []


def test_what_an_employer_declares_no_more_since_another_follows_it_is_not_gone() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(ALAIN, ZOE, siret=NEW_SIRET))
    _succeed(dossier)
    assert rules(dossier, month(ZOE)) == []
    assert rules(dossier, month(order="2", kind="05")) == ["deja_declare"]


def test_a_gap_is_seen_across_a_change_of_siret() -> None:
    dossier = dossier_of(month(ALAIN, month="2026-01"), month(ALAIN, siret=NEW_SIRET))
    _succeed(dossier)
    assert [one.rule for one in find(dossier, month(ALAIN, siret=NEW_SIRET))] == ["mois_sans_declaration"]


def test_people_whom_41_012_brings_are_neither_new_nor_gone() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(TEAM[0], siret=NEW_SIRET, month=LAST))
    arrival = month(TEAM[0], ALAIN.working(*_moved()), siret=NEW_SIRET)
    assert rules(dossier, arrival) == []
    assert rules(dossier, month(ZOE)) == []  # imported above: Alain is declared there, coming from here


def test_a_pay_that_jumps_while_moving_is_seen() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(TEAM[0], siret=NEW_SIRET, month=LAST))
    arrival = month(TEAM[0], replace(ALAIN.working(*_moved()), net="9000.00"), siret=NEW_SIRET)
    assert rules(dossier, arrival) == ["net_inhabituel"]


def test_somebody_who_also_works_elsewhere_is_gone_all_the_same() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(ALAIN, siret=NEW_SIRET))
    assert rules(dossier, month(ZOE)) == ["salarie_disparu"]
