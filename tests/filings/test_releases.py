"""Standing orders: what they hold, what ends a hold, and what came in the way meanwhile."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    another,
    filed,
    give_standing_order,
    mensuelle,
    with_last_month,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employer
from scarabee.filings.enums import FilingState
from scarabee.filings.models import EmployerFiling, Filing
from scarabee.filings.services import orders, standing
from scarabee.filings.services.options import set_dossier_filing, set_employer_filing
from scarabee.filings.services.releases import release_due
from scarabee.maintenance.clock import now

S = FilingState


@pytest.fixture
def held(dossier: Dossier) -> Filing:
    """A filing that a standing order sends in two hours."""
    give_standing_order(with_last_month(dossier))
    filing = filed(dossier, mensuelle())
    assert filing.state == S.HELD
    return filing


def later(hours: float = 3) -> int:
    """Release what is due in so many hours."""
    return release_due(now() + timedelta(hours=hours))


def test_a_hold_lasts_as_long_as_its_dossier_says(held: Filing, dossier: Dossier) -> None:
    assert release_due() == later(1.9) == 0
    assert later(2.1) == 1
    held.refresh_from_db()
    assert (held.state, held.release_at) == (S.PLANNED, None)
    assert held.planned_at == held.next_at != None  # noqa: E711
    assert (held.standing, held.ordered_by) == (True, "ordre permanent")
    assert later() == 0
    set_dossier_filing(actor=OWNER, dossier=dossier, holder=None, folder="", hold_minutes=0)
    give_standing_order(with_last_month(dossier, SECOND), SECOND)
    filed(dossier, mensuelle(SECOND))
    assert release_due() == 1


def test_missed_hours_are_caught_up(held: Filing) -> None:
    with time_machine.travel(now() + timedelta(days=4)):
        assert release_due() == 1


def test_what_a_person_retained_stays_retained(held: Filing) -> None:
    orders.retain(actor=OWNER, filing=held)
    assert later(99) == 0
    held.refresh_from_db()
    assert held.state == S.HELD


def _withdraw(filing: Filing) -> None:
    assert filing.dossier is not None
    set_employer_filing(actor=OWNER, dossier=filing.dossier, siret=SIRET, due_day=15, standing=False)


def _second_file(filing: Filing) -> None:
    assert filing.dossier is not None
    assert "Plusieurs" in filed(filing.dossier, another(mensuelle())).problem


def _deposited(filing: Filing) -> None:
    assert filing.dossier is not None
    bare_filing(filing.dossier, S.ACCEPTED, siret=SIRET, month=filing.month)


def _no_longer_declared(filing: Filing) -> None:
    Employer.objects.filter(siret=SIRET).update(declaring=False)


def _blocked(filing: Filing) -> None:
    Filing.objects.filter(pk=filing.pk).update(blocking=1)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (_withdraw, "retiré"),
        (_second_file, "Plusieurs"),
        (_deposited, "déjà déposée"),
        (_no_longer_declared, "ne déclare pas"),
        (_blocked, "bloquant"),
    ],
)
def test_what_came_in_the_way_gives_it_back_to_a_person(
    held: Filing, deed: Callable[[Filing], None], said: str
) -> None:
    deed(held)
    assert later() == 0
    held.refresh_from_db()
    assert (held.state, held.standing, held.release_at) == (S.CHECKED, False, None)
    assert said in held.problem
    told = held.moves.order_by("-pk")[0]
    assert (told.automatic, told.why) == (True, held.problem)
    assert later() == 0


def test_a_click_does_not_wait_for_the_end_of_the_hold(held: Filing) -> None:
    ((planned,), _) = (orders.order(actor=OWNER, filings=[held], real_confirmed=True).planned, None)
    assert (planned.state, planned.standing, planned.ordered_by) == (S.PLANNED, False, OWNER.name)
    assert later() == 0


def test_whoever_is_quicker_than_the_clock_is_left_alone(held: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock saw it held; it was given up before the clock wrote."""
    real = standing.has_order

    def given_up_meanwhile(filing: Filing) -> bool:
        orders.cancel(actor=OWNER, filing=filing)
        filing.state = S.HELD
        return real(filing)

    monkeypatch.setattr(standing, "has_order", given_up_meanwhile)
    assert later() == 0
    held.refresh_from_db()
    assert held.state == S.CANCELLED


def test_an_order_holds_for_the_dossier_that_gave_it(dossier: Dossier, other: Dossier) -> None:
    give_standing_order(with_last_month(dossier))
    from scarabee.dossiers.services.declaring import hand_over

    scenes.take(other, mensuelle(month=LAST))
    hand_over(actor=OWNER, siret=SIRET, dossier=other)
    filing = filed(other, mensuelle())
    assert filing.state == S.CHECKED
    assert not standing.has_order(filing)
    assert EmployerFiling.objects.get(siret=SIRET).standing_dossier == dossier


def test_a_replacement_is_held_too(dossier: Dossier) -> None:
    from tests.filings.intake_scenes import bureau

    from scarabee.dsn.invention import replacement_file

    give_standing_order(with_last_month(dossier))
    bare_filing(dossier, S.ACCEPTED, siret=SIRET, month="2026-10", order_rank=1)
    filing = filed(dossier, replacement_file(bureau(), "2026-10", employers={SIRET}, real=True))
    assert filing.state == S.HELD, filing.problem
