"""What a standing order may send, and what it leaves to a person; the reason is always said."""

from datetime import timedelta

import pytest
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import LAST, OWNER, SIRET, give_standing_order, mensuelle
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FilingState
from scarabee.filings.models import DossierFiling, Filing, FilingFindings
from scarabee.filings.services import standing
from scarabee.filings.services.options import set_employer_filing

S = FilingState


@pytest.fixture
def declaring(dossier: Dossier) -> Dossier:
    """The dossier declares the employer, and gave a standing order for it."""
    scenes.take(dossier, mensuelle(month=LAST))
    give_standing_order(dossier)
    return dossier


def filing(dossier: Dossier, *findings: dict[str, object], **columns: object) -> Filing:
    told = {"siret": SIRET, "month": "2026-10"} | columns
    made = bare_filing(dossier, S.CHECKED, **told)
    FilingFindings.objects.create(filing=made, findings=list(findings))
    return made


def test_a_plain_monthly_declaration_goes(declaring: Dossier) -> None:
    assert standing.why_not(filing(declaring)) == ""
    assert standing.why_not(filing(declaring, month="2026-11", fraction="")) == ""


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"is_real": False}, "mensuelles réelles"),
        ({"month": "", "nature": "04", "slot": "3"}, "mensuelles réelles"),
        ({"nature": "02"}, "mensuelles réelles"),
        ({"blocking": 1}, "bloquant"),
        ({"blocking": 1, "passed_reason": "vu"}, "bloquant"),
        ({"fraction": "12"}, "Plusieurs"),
        ({"siret": "79034512800017"}, "ne déclare pas"),
    ],
    ids=str,
)
def test_anything_else_is_left_to_a_person(declaring: Dossier, columns: dict[str, object], said: str) -> None:
    assert said in standing.why_not(filing(declaring, **columns))


@pytest.mark.parametrize(
    ("finding", "goes"),
    [
        ({"severity": "warning", "compared": True}, False),
        ({"severity": "info", "compared": True}, True),
        ({"severity": "warning", "compared": False}, True),
    ],
    ids=str,
)
def test_only_what_the_comparison_finds_odd_stops_it(
    declaring: Dossier, finding: dict[str, object], goes: bool
) -> None:
    assert (standing.why_not(filing(declaring, finding)) == "") is goes


@pytest.mark.parametrize("state", [S.RECEIVED, S.CHECKED, S.HELD, S.PLANNED, S.ACCEPTED, S.UNKNOWN])
def test_another_declaration_of_the_month_stops_it(declaring: Dossier, state: FilingState) -> None:
    bare_filing(declaring, state, siret=SIRET, month="2026-10")
    assert standing.why_not(filing(declaring)) != ""


@pytest.mark.parametrize("state", [S.REJECTED_LOCALLY, S.CANCELLED, S.REFUSED, S.ANOMALIES, S.NOT_DEPOSITED])
def test_one_that_came_to_nothing_does_not(declaring: Dossier, state: FilingState) -> None:
    bare_filing(declaring, state, siret=SIRET, month="2026-10")
    assert standing.why_not(filing(declaring)) == ""


def test_an_order_is_of_one_employer_in_one_dossier(declaring: Dossier, other: Dossier) -> None:
    assert standing.has_order(filing(declaring))
    assert not standing.has_order(filing(declaring, siret="79034512800017"))
    assert not standing.has_order(filing(other))
    set_employer_filing(actor=OWNER, dossier=declaring, siret=SIRET, due_day=15, standing=False)
    assert not standing.has_order(filing(declaring))


def test_the_hold_is_the_one_of_the_dossier(declaring: Dossier) -> None:
    held = filing(declaring)
    assert standing.hold_of(held) == timedelta(hours=2)
    DossierFiling.objects.create(dossier=declaring, hold_minutes=0)
    assert standing.hold_of(held) == timedelta(0)
