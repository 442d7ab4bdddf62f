"""What is known, what is missing around a declaration, and how it is read, on a real database."""

from dataclasses import replace
from time import process_time

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION
from tests.filings.comparing.scenes import (
    ALAIN,
    LAST,
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

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.entry import create_employee, create_employer
from scarabee.dsn.errors import DsnError
from scarabee.dsn.findings import Severity
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.filings.comparing.comparison import compare

pytestmark = pytest.mark.django_db


@pytest.fixture
def followed() -> Dossier:
    """Alain and Zoé, last month."""
    return dossier_of(month(ALAIN, ZOE, month=LAST))


def test_the_same_people_again_give_no_finding(followed: Dossier) -> None:
    assert rules(followed, month(ALAIN, ZOE)) == []


def test_a_signalement_is_not_compared(followed: Dossier) -> None:
    assert find(followed, end_notice(ALAIN.working(Job().ends("10032026")))) == []


def test_bytes_that_are_no_declaration_are_refused(followed: Dossier) -> None:
    with pytest.raises(DsnError):
        compare(dossier=followed, declaration=b"S21.G00.30.001,'1850575123456'\n", is_real=True)


def test_a_new_employer_is_said_once_without_its_people(followed: Dossier) -> None:
    declaration = month(ALAIN, ZOE, siret=OTHER_ASSOCIATION)
    (found,) = find(followed, declaration)
    assert (found.rule, found.severity) == ("employeur_inconnu", Severity.INFO)
    assert found.line == line_of(declaration, "S21.G00.11.001")
    assert rules(followed, declaration) == ["employeur_inconnu"]


def test_an_employer_entered_by_hand_is_known(followed: Dossier) -> None:
    create_employer(actor=scenes.OWNER, dossier=followed, siret=OTHER_ASSOCIATION)
    assert rules(followed, month(ALAIN, siret=OTHER_ASSOCIATION)) == []


def test_an_employee_never_seen_is_information_at_their_line(followed: Dossier) -> None:
    newcomer = replace(TEAM[0], jobs=(Job(start="02032026"),))
    declaration = month(ALAIN, ZOE, newcomer)
    (found,) = find(followed, declaration)
    assert (found.rule, found.severity, found.rubrique) == ("salarie_inconnu", Severity.INFO, "S21.G00.30.001")
    assert found.line == line_of(declaration, f"S21.G00.30.001,'{newcomer.nir}'")
    assert newcomer.name in found.message and newcomer.nir not in found.message
    assert rules(followed, declaration) == ["salarie_inconnu"]


def test_lines_are_right_with_cr_lf_too(followed: Dossier) -> None:
    declaration = month(ALAIN, ZOE, TEAM[0])
    assert find(followed, declaration, line_end="\r\n") == find(followed, declaration)


def test_an_employee_seen_long_ago_typed_or_signalled_is_known(followed: Dossier) -> None:
    add(followed, month(TEAM[0].working(Job().ends("15062025")), month="2025-06"))
    add(followed, end_notice(TEAM[1].working(Job(start="01032026").ends("31032026"))))
    employer = Employer.objects.get(siret=ASSOCIATION)
    typed = {"S21.G00.30.001": "1850575123499", "S21.G00.30.002": "DUVAL"}
    create_employee(actor=scenes.OWNER, employer=employer, fields=typed)
    people = [replace(one, jobs=(Job(start="01032026"),)) for one in TEAM[:2]]
    assert rules(followed, month(ALAIN, ZOE, *people, replace(ALAIN, nir="1850575123499"))) == []


def test_a_month_that_is_missing_is_a_gap(followed: Dossier) -> None:
    declaration = month(ALAIN, month=NEXT)
    (found,) = find(followed, declaration)
    assert (found.rule, found.severity) == ("mois_sans_declaration", Severity.WARNING)
    assert (found.line, found.rubrique, found.value) == (15, "S20.G00.05.005", "01042026")
    assert "de mars 2026" in found.message and "de février 2026" in found.message
    assert rules(followed, declaration) == ["mois_sans_declaration"]


# -- what the dossier holds for the same key ------------------------------------------------------------------------


def test_a_second_real_declaration_of_a_key_is_a_warning_an_essai_only_information(followed: Dossier) -> None:
    add(followed, month(ALAIN, ZOE))
    again = month(ALAIN, replace(ZOE, net="1501.00"), order="2")
    (found,) = find(followed, again)
    assert (found.rule, found.severity, found.line) == ("deja_declare", Severity.WARNING, 12)
    assert [one.severity for one in find(followed, again, real=False)] == [Severity.INFO]
    assert rules(followed, again) == ["deja_declare"]


def test_the_same_bytes_another_fraction_or_an_essai_are_no_second_declaration(followed: Dossier) -> None:
    add(followed, month(ALAIN, ZOE))
    add(followed, month(ALAIN, replace(ZOE, net="1501.00")), real=False)
    assert find(followed, month(ALAIN, ZOE)) == []
    assert "deja_declare" not in [one.rule for one in find(followed, month(ALAIN, ZOE, fraction="12"))]


def test_a_replacement_needs_a_higher_order(followed: Dossier) -> None:
    add(followed, month(ALAIN, ZOE, order="4"))
    low = month(ALAIN, ZOE, order="4", kind="03")
    (found,) = find(followed, low)
    assert (found.rule, found.severity, found.value) == ("ordre_non_croissant", Severity.WARNING, "4")
    assert (found.line, found.rubrique) == (14, "S20.G00.05.004")
    (found,) = find(followed, month(ALAIN, ZOE, order="5", kind="03"))
    assert (found.rule, found.severity) == ("deja_declare", Severity.INFO)


# -- fractions and champs -------------------------------------------------------------------------------------------


def test_whoever_moves_to_another_fraction_is_not_gone() -> None:
    dossier = dossier_of(month(ALAIN, month=LAST, fraction="12"), month(ZOE, month=LAST, fraction="22"))
    first = month(ZOE, fraction="12")
    (found,) = find(dossier, first)  # Alain may be in fraction 2, which is still to come
    assert (found.rule, found.severity, found.line) == ("fractions_incompletes", Severity.INFO, 13)
    add(dossier, first)
    assert rules(dossier, month(ALAIN, fraction="22")) == []
    assert find(dossier, first) == []


def test_the_last_fraction_shows_who_is_gone() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), month(ZOE, fraction="12"))
    assert rules(dossier, month(TEAM[0], fraction="22")) == ["salarie_disparu", "salarie_inconnu"]


def test_a_person_in_two_fractions_is_counted_once() -> None:
    halves = [replace(ALAIN, net="900.00", jobs=(Job(number),)) for number in ("00001", "00002")]
    tellings = [month(halves[0], fraction="12"), month(halves[1], fraction="22")]
    dossier = dossier_of(
        *(month(one, month=LAST, fraction=fraction) for one, fraction in zip(halves, ("12", "22"), strict=True))
    )
    assert find(dossier, tellings[0]) == []  # half of the pay is still to come
    add(dossier, tellings[0])
    assert rules(dossier, tellings[1]) == []


def test_the_two_champs_of_a_mixed_employer_make_one_month() -> None:
    dossier = dossier_of(month(ALAIN, month=LAST, champ="02"), month(ZOE, month=LAST, champ="03"))
    assert [one.rule for one in find(dossier, month(ALAIN, champ="02"))] == ["fractions_incompletes"]
    add(dossier, month(ALAIN, champ="02"))
    assert rules(dossier, month(TEAM[0].working(Job(start="01032026")), champ="03")) == [
        "salarie_disparu",
        "salarie_inconnu",
    ]
    assert rules(dossier, month(ZOE, champ="03", order="2")) == ["deja_declare"]


def test_a_month_told_whole_and_by_fractions_counts_once() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST), real=False)
    add(dossier, month(ALAIN, month=LAST, fraction="12"), month(ZOE, month=LAST, fraction="22"))
    assert rules(dossier, month(ALAIN, ZOE)) == []


def test_an_essai_is_compared_with_the_real_month() -> None:
    dossier = dossier_of(month(ALAIN, month=LAST))
    add(dossier, month(ALAIN, ZOE, month=LAST, order="9"), real=False)
    assert rules(dossier, month(ALAIN), real=False) == []


# -- cost -----------------------------------------------------------------------------------------------------------


def test_three_thousand_people_take_two_seconds_and_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    bureau = invent_bureau(5, employers=1, employees_per_employer=(3700, 3700), months=1)
    last = month_file(bureau, bureau.first_month)
    dossier = scenes.dossier_of("Grand", [last])
    assert dossier.employees.count() > 3000
    declaration = last[last.find(b"S20.G00.05.001") : last.find(b"S90.G00.90.001")]
    declaration = declaration.replace(b"S20.G00.05.005,'01112025'", b"S20.G00.05.005,'01122025'")
    start = process_time()
    with django_assert_max_num_queries(40):
        found = compare(dossier=dossier, declaration=declaration, is_real=False)
    assert process_time() - start < 4  # two on a machine that has nothing else to do
    assert found == []
