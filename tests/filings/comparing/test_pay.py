"""Pay, rates and head-count that are far from last month's, and what explains them."""

from dataclasses import replace

import pytest
from tests.filings.comparing.scenes import (
    ALAIN,
    LAST,
    TEAM,
    ZOE,
    Job,
    Someone,
    dossier_of,
    find,
    line_of,
    month,
    rules,
)

from scarabee.dsn.findings import Severity

pytestmark = pytest.mark.django_db


def test_a_net_that_jumps_is_shown_with_both_amounts_at_its_line() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST))
    declaration = month(replace(ALAIN, net="2400.00", gross="3000.00", bonus="1100.00"), ZOE)
    (found,) = find(dossier, declaration)
    assert (found.rule, found.severity) == ("net_inhabituel", Severity.WARNING)
    assert (found.rubrique, found.value) == ("S21.G00.50.004", "2400.00")
    assert found.line == line_of(declaration, "S21.G00.50.004")
    message = found.message.replace("\N{NARROW NO-BREAK SPACE}", " ")
    for words in ("Alain MERCIER", "de 1 500,00 € à 2 400,00 €", "de 1 900,00 € à 3 000,00 €", "puis 1 100,00 €"):
        assert words in message
    assert rules(dossier, declaration) == ["net_inhabituel"]


def test_a_gross_that_jumps_alone_is_shown_at_its_line() -> None:
    dossier = dossier_of(month(ALAIN, ZOE, month=LAST))
    declaration = month(ALAIN, replace(ZOE, gross="190.00"))
    (found,) = find(dossier, declaration)
    assert (found.rule, found.rubrique, found.value) == ("brut_inhabituel", "S21.G00.51.013", "190.00")
    assert found.line == line_of(declaration, "S21.G00.51.013,'190.00'")


@pytest.mark.parametrize(
    ("before", "now", "is_unusual"),
    [
        ("1500.00", "2250.00", False),  # 50 %, not more
        ("1500.00", "2250.01", True),
        ("1500.00", "749.99", True),
        ("500.00", "800.00", False),  # 300 €, not more
        ("500.00", "800.01", True),
        ("40.00", "320.00", False),
        ("0.00", "301.00", True),
        ("-100.00", "250.00", True),
    ],
)
def test_a_net_jumps_by_share_and_by_amount(before: str, now: str, is_unusual: bool) -> None:
    dossier = dossier_of(month(replace(ALAIN, net=before), month=LAST))
    assert rules(dossier, month(replace(ALAIN, net=now))) == ["net_inhabituel"] * is_unusual


ARRET = ("S21.G00.60.001,'01'", "S21.G00.60.002,'10022026'", "S21.G00.60.003,'20032026'")
SUSPENSION = ("S21.G00.65.001,'501'", "S21.G00.65.002,'01032026'")
HOURS = ("S21.G00.41.001,'01032026'", "S21.G00.41.007,'60.67'", "S21.G00.41.028,'01032026'")
FEW, MUCH = "100.00", "2500.00"


def _paid(net: str, *jobs: Job) -> Someone:
    return replace(ALAIN, net=net, jobs=jobs or (Job(),))


EXPLAINED = {
    "hired last month": (_paid(FEW, Job(start="25022026")), _paid(MUCH, Job(start="25022026"))),
    "leaves this month": (_paid(MUCH), _paid(FEW, Job().ends("03032026"))),
    "left last month": (_paid(MUCH, Job().ends("28022026")), _paid(FEW, Job().ends("28022026"))),
    "a planned end this month": (
        _paid(MUCH, Job(planned_end="03032026")),
        _paid(FEW, Job(planned_end="03032026")),
    ),
    "an arrêt last month": (_paid(FEW, Job(more=ARRET)), _paid(MUCH)),
    "an arrêt this month": (_paid(MUCH), _paid(FEW, Job(more=ARRET))),
    "a suspension": (_paid(MUCH), _paid(FEW, Job(more=SUSPENSION))),
    "other hours": (_paid(FEW), _paid(MUCH, Job(more=HOURS))),
    "a second contract": (_paid(FEW), _paid(MUCH, Job(), Job("00002", "01012026"))),
}


@pytest.mark.parametrize("case", EXPLAINED)
def test_an_event_of_the_contract_explains_another_pay(case: str) -> None:
    before, now = EXPLAINED[case]
    dossier = dossier_of(month(before, month=LAST))
    assert rules(dossier, month(now)) == []


def test_a_change_of_number_explains_no_other_pay() -> None:
    dossier = dossier_of(month(_paid(FEW), month=LAST))
    assert rules(dossier, month(_paid(MUCH, Job("00007").formerly("014", "00001")))) == ["net_inhabituel"]


@pytest.mark.parametrize(
    ("before", "now", "severity"),
    [
        (("01", "4.30"), ("01", "14.30"), None),  # 10 points, not more
        (("01", "4.30"), ("01", "14.31"), Severity.WARNING),
        (("01", "20.00"), ("01", "9.00"), Severity.WARNING),
        (("01", "0.80"), ("01", "0.00"), Severity.WARNING),
        (("01", "0.00"), ("01", "4.30"), None),
        (("01", "4.30"), ("13", "2.10"), Severity.WARNING),
        (("13", "2.10"), ("01", "4.30"), Severity.INFO),
        (("13", "2.10"), ("13", "20.00"), None),  # the grid follows the pay
        (("01", "4.30"), ("99", "0.00"), None),
    ],
)
def test_a_rate_that_jumps_or_changes_kind(
    before: tuple[str, str], now: tuple[str, str], severity: Severity | None
) -> None:
    old, new = (replace(ALAIN, kind=kind, rate=rate) for kind, rate in (before, now))
    dossier = dossier_of(month(old, month=LAST))
    declaration = month(new)
    found = find(dossier, declaration)
    assert [(one.rule, one.severity) for one in found] == [("taux_pas_inhabituel", severity)] * bool(severity)
    for one in found:
        assert (one.rubrique, one.value) == ("S21.G00.50.006", now[1])
        assert one.line == line_of(declaration, "S21.G00.50.006")


def test_a_head_count_that_falls_by_more_than_half() -> None:
    dossier = dossier_of(month(*TEAM[:6], month=LAST))
    found = find(dossier, month(*TEAM[:2]))
    assert sorted(one.rule for one in found) == ["effectif_inhabituel", *["salarie_disparu"] * 4]
    (headcount,) = [one for one in found if one.rule == "effectif_inhabituel"]
    assert (headcount.severity, headcount.value, headcount.line) == (Severity.WARNING, "2", 11)
    assert [one.rule for one in find(dossier, month(*TEAM[:3]))] == ["salarie_disparu"] * 3


def test_a_head_count_that_grows_by_more_than_half_without_hiring() -> None:
    dossier = dossier_of(month(*TEAM[:4], month=LAST))
    found = [one.rule for one in find(dossier, month(*TEAM[:7]))]
    assert found == ["effectif_inhabituel", *["salarie_inconnu"] * 3]
    hired = [one.working(Job(start="02032026")) for one in TEAM[4:]]
    assert set(rules(dossier, month(*TEAM[:4], *hired))) == {"salarie_inconnu"}


def test_people_who_left_as_told_make_no_unusual_head_count() -> None:
    gone = [one.working(Job().ends("28022026")) for one in TEAM[1:]]
    dossier = dossier_of(month(TEAM[0], *gone, month=LAST))
    assert rules(dossier, month(TEAM[0])) == []
