"""The situations of « Meaning of the rate » and « Which rate, how long » (retours §5), each as that table says."""

from datetime import date
from decimal import Decimal

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import ALAIN, BRIGITTE, small_file
from tests.returns.rate_scenes import APRIL, CRM, JUNE, Told, crm, land_again, landed

from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services import rate_decisions, rate_lists, treating
from scarabee.returns.services.rate_lists import Rate


@pytest.fixture
def alain(dossier: Dossier, import_bytes: Import) -> Employee:
    """Somebody of an employer of two people."""
    import_bytes(dossier, small_file())
    return Employee.objects.get(nir=ALAIN.nir)


def applied(document: bytes, day: str = "2026-04-13") -> Return:
    """A CRM that came in and that a person applied."""
    item = landed(document, day)
    rate_decisions.apply_all(actor=Actor.owner(), item=item, odd_too=True)
    return item


def in_force(person: Employee, on: date = APRIL) -> Rate:
    found = rate_lists.rate_in_force(person.pk, on)
    assert found is not None
    return found


def test_a_rate_above_zero_is_applied_as_type_01_with_the_identifier_of_the_crm(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "14.00")]))
    rate = in_force(alain)
    assert (rate.rate, rate.type, rate.crm) == (Decimal("14.00"), "01", CRM)
    assert (rate.available_on, rate.valid_until) == (date(2026, 4, 13), date(2026, 6, 30))


def test_a_rate_of_zero_is_a_personalised_rate_of_zero(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "0.00")]))
    rate = in_force(alain)
    assert (rate.rate, rate.type, rate.crm) == (Decimal("0.00"), "01", CRM)


@pytest.mark.parametrize("told", [None, ""], ids=["absent", "empty"])
def test_somebody_listed_without_a_rate_is_on_the_default_grid(alain: Employee, told: str | None) -> None:
    applied(crm([Told(ALAIN.nir, told), Told(BRIGITTE.nir, "5.00")]))
    rate = in_force(alain)
    assert (rate.rate, rate.type, rate.crm) == (None, "", "")


def test_somebody_not_listed_keeps_an_earlier_rate_that_is_still_valid(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "14.00")]))
    applied(crm([Told(BRIGITTE.nir, "5.00")], identifier="2"), "2026-05-13")
    assert in_force(alain, date(2026, 5, 31)).rate == Decimal("14.00")
    assert rate_lists.rate_in_force(alain.pk, date(2026, 7, 1)) is None


def test_a_future_rate_counts_from_its_first_day_on(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "3.00", future=("7.50", "2026-06-01"))]))
    before, after = in_force(alain, date(2026, 5, 31)), in_force(alain, date(2026, 6, 1))
    assert (before.rate, before.future_rate, before.future_from) == (
        Decimal(3),
        Decimal("7.50"),
        date(2026, 6, 1),
    )
    assert (after.rate, after.type, after.crm, after.future_from) == (Decimal("7.50"), "01", CRM, None)


def test_a_future_day_without_a_rate_ends_the_personalised_rate_on_that_day(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "3.00", future=(None, "2026-06-01"))]))
    assert in_force(alain, date(2026, 5, 31)).rate == 3
    assert in_force(alain, JUNE).rate is None


def test_the_rate_of_the_most_recent_crm_is_in_force(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "14.00")]))
    applied(crm([Told(ALAIN.nir, "12.00")], identifier="2"), "2026-05-13")
    assert in_force(alain, date(2026, 4, 30)).rate == 14
    assert (in_force(alain, date(2026, 5, 31)).rate, in_force(alain, date(2026, 5, 31)).crm) == (Decimal(12), "2")


@pytest.mark.parametrize(
    ("available", "last"),
    [("2026-02-13", date(2026, 4, 30)), ("2026-11-13", date(2027, 1, 31)), ("2026-12-14", date(2027, 2, 28))],
)
def test_a_rate_is_usable_until_the_end_of_the_second_month_following(
    alain: Employee, available: str, last: date
) -> None:
    applied(crm([Told(ALAIN.nir, "14.00")]), available)
    assert in_force(alain, last).valid_until == last
    assert rate_lists.rate_in_force(alain.pk, date.fromordinal(last.toordinal() + 1)) is None


def test_a_rate_that_cannot_be_used_in_time_leaves_the_earlier_valid_one_in_force(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "14.00")]))
    landed(crm([Told(ALAIN.nir, "12.00")], identifier="2"), "2026-05-13")
    assert in_force(alain, date(2026, 5, 31)).crm == CRM


def test_no_rate_in_the_latest_crm_supersedes_an_older_rate(alain: Employee) -> None:
    applied(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")]))
    applied(crm([Told(ALAIN.nir, None), Told(BRIGITTE.nir, "5.00")], identifier="2"), "2026-05-13")
    rate = in_force(alain, date(2026, 5, 31))
    assert (rate.rate, rate.type) == (None, "")


def test_a_crm_reissued_with_another_rate_waits_beside_the_one_that_was_applied(alain: Employee) -> None:
    item = applied(crm([Told(ALAIN.nir, "14.00")]))
    land_again(item, crm([Told(ALAIN.nir, "9.00")]))
    assert in_force(alain).rate == 14
    waiting = PasRate.objects.get(employee=alain, state=RateState.WAITING)
    assert (waiting.rate, bool(waiting.why)) == (Decimal(9), True)
    rate_decisions.apply(actor=Actor.owner(), rates=[waiting])
    assert (in_force(alain).rate, in_force(alain).crm) == (Decimal(9), CRM)
    assert list(rate_lists.history(actor=Actor.owner(), employee=alain).values_list("rate", flat=True)) == [9, 14]


@pytest.mark.parametrize("tail", [b"", b"\n"], ids=["the same bytes", "other bytes"])
def test_the_validity_of_a_crm_reissued_as_it_was_restarts(alain: Employee, tail: bytes) -> None:
    document = crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")])
    item = applied(document)
    land_again(item, document + tail, "2026-05-04")
    rate = in_force(alain, date(2026, 7, 31))
    assert (rate.rate, rate.crm, rate.valid_until) == (Decimal(14), CRM, date(2026, 7, 31))
    assert in_force(alain, APRIL).rate == 14  # what was paid in between was right
    assert PasRate.objects.filter(state=RateState.APPLIED).count() == 2
    assert (
        JournalEntry.objects.filter(code="rates.landed").order_by("-sequence")[0].facts["rate_counts"]["prolonged"] == 2
    )


def test_a_crm_reissued_late_does_not_come_before_a_newer_one(alain: Employee) -> None:
    document = crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")])
    item = applied(document)
    applied(crm([Told(ALAIN.nir, "12.00")], identifier="2"), "2026-05-13")
    land_again(item, document, "2026-05-20")
    assert in_force(alain, date(2026, 5, 31)).crm == "2"
    assert in_force(Employee.objects.get(nir=BRIGITTE.nir), date(2026, 7, 31)).crm == CRM


def test_a_day_that_a_person_corrected_stays_when_the_return_is_treated_again(alain: Employee) -> None:
    item = applied(crm([Told(ALAIN.nir, "14.00")]))
    rate_decisions.change_availability(actor=Actor.owner(), item=item, day=date(2026, 3, 31))
    Return.objects.filter(pk=item.pk).update(treated_at=None)
    assert treating.treat_waiting() == 1
    assert (in_force(alain).available_on, in_force(alain).valid_until) == (date(2026, 3, 31), date(2026, 5, 31))
