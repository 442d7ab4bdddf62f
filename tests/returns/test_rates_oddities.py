"""What waits for a person and what is applied by itself (design §6; the incident of 28/01/2021, retours §5)."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import Someone, small_file
from tests.returns.rate_scenes import Told, crm, landed

from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate
from scarabee.returns.services import oddities, rate_decisions, rate_lists
from scarabee.returns.services.rate_options import set_option

OWNER = Actor.owner()
PEOPLE = [Someone(f"18505751234{number:02}", f"NOM{number}", "Paul", f"M{number:03}") for number in range(20)]
FEBRUARY = date(2021, 2, 26)


@pytest.fixture
def alone(dossier: Dossier, import_bytes: Import) -> Dossier:
    """Twenty people of one employer, in a dossier whose rates apply by themselves."""
    import_bytes(dossier, small_file(PEOPLE))
    set_option(actor=OWNER, dossier=dossier, applies_alone=True)
    return dossier


def told(rates: Sequence[str | None]) -> list[Told]:
    return [Told(person.nir, rate) for person, rate in zip(PEOPLE, rates, strict=False)]


def states(crm_identifier: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in PasRate.objects.filter(crm=crm_identifier).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def why(crm_identifier: str, number: int = 0) -> str:
    return PasRate.objects.get(crm=crm_identifier, employee__nir=PEOPLE[number].nir).why


def test_nothing_odd_is_applied_at_once_by_the_machine_and_journalled(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 20), identifier="1"))
    assert states("1") == {"applied": 20}
    rate = PasRate.objects.first()
    assert rate is not None
    assert (rate.decided_by, rate.decided_at is None) == (OWNER.name, False)
    entry = JournalEntry.objects.get(code="rates.landed")
    assert (entry.via, entry.facts["rate_counts"]["applied"]) == ("service", 20)


def test_nothing_is_applied_by_itself_until_an_administrateur_says_so(dossier: Dossier, import_bytes: Import) -> None:
    import_bytes(dossier, small_file(PEOPLE))
    landed(crm(told(["5.00"] * 20), identifier="1"))
    assert states("1") == {"waiting": 20}


def test_two_of_three_people_who_lose_their_rate_wait(dossier: Dossier, import_bytes: Import) -> None:
    import_bytes(dossier, small_file(PEOPLE[:3]))
    set_option(actor=OWNER, dossier=dossier, applies_alone=True)
    landed(crm(told(["5.00"] * 3), identifier="1"))
    landed(crm(told(["5.00", None, None]), identifier="2"), "2026-05-13")
    assert states("2") == {"waiting": 3}


def test_a_loss_of_all_that_is_to_come_waits_too(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 20), identifier="1"))
    lost = [Told(person.nir, "5.00", future=(None, "2026-06-01")) for person in PEOPLE]
    landed(crm(lost, identifier="2"), "2026-05-13")
    assert states("2") == {"waiting": 20}
    assert why("2").startswith("Ce CRM retire leur taux à 20 salarié(s) sur 20")


def test_a_crm_of_the_morning_that_comes_after_the_one_of_the_afternoon_waits(alone: Dossier) -> None:
    noon = datetime(2026, 4, 13, 10, tzinfo=UTC)
    landed(crm(told(["5.00"] * 20), identifier="2"), published_at=noon + timedelta(hours=4))
    landed(crm(told(["6.00"] * 20), identifier="1"), published_at=noon)
    assert states("1") == {"waiting": 20}
    assert why("1") == oddities.OLDER


def test_only_an_administrateur_lets_rates_apply_by_themselves(alone: Dossier, user_with: Callable[..., Actor]) -> None:
    keeper = user_with("Zoé", {alone: "gestionnaire"})
    with pytest.raises(NotAllowed):
        set_option(actor=keeper, dossier=alone, applies_alone=False)
    set_option(actor=OWNER, dossier=alone, applies_alone=False)
    landed(crm(told(["5.00"] * 20), identifier="1"))
    assert states("1") == {"waiting": 20}


def test_the_mass_loss_of_28_january_2021_waits_and_the_former_crm_stays_in_force(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 20), identifier="1"), "2021-01-13")
    landed(crm(told(["5.00"] * 2 + [None] * 18), identifier="2"), "2021-01-28")
    assert states("2") == {"waiting": 20}
    assert why("2", 5) == "Ce CRM retire leur taux à 18 salarié(s) sur 20 : vérifiez-le avant d’appliquer."
    employers = Employer.objects.values_list("pk", flat=True)
    in_force = rate_lists.rates_in_force(list(employers), FEBRUARY)
    assert {(rate.rate, rate.crm) for rate in in_force.values()} == {(Decimal(5), "1")}


@pytest.mark.parametrize(
    ("lost", "waits"), [(1, False), (2, False), (3, False), (4, True)], ids=["1", "2", "3 of 20", "4 of 20"]
)
def test_a_loss_waits_from_one_in_five_on(alone: Dossier, lost: int, waits: bool) -> None:
    landed(crm(told(["5.00"] * 20), identifier="1"))
    landed(crm(told([None] * lost + ["5.00"] * (20 - lost)), identifier="2"), "2026-05-13")
    assert states("2") == ({"waiting": 20} if waits else {"applied": 20})


def test_one_of_four_people_is_too_few_for_a_mass_but_all_of_them_wait(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 4), identifier="1"))
    landed(crm(told([None, "5.00", "5.00", "5.00"]), identifier="2"), "2026-05-13")
    assert states("2") == {"applied": 4}
    landed(crm(told([None] * 4), identifier="3"), "2026-06-13")
    assert states("3") == {"waiting": 4}


def test_a_whole_crm_without_any_rate_waits(alone: Dossier) -> None:
    landed(crm(told([None] * 20), identifier="1"))
    assert states("1") == {"waiting": 20}
    assert why("1") == "Ce CRM ne donne aucun taux : vérifiez-le avant d’appliquer."


def test_a_crm_without_any_rate_for_those_who_had_none_is_not_odd(alone: Dossier) -> None:
    item = landed(crm(told([None] * 2), identifier="1"))
    rate_decisions.apply_all(actor=OWNER, item=item, odd_too=True)
    landed(crm(told([None] * 2), identifier="2"), "2026-05-13")
    assert states("2") == {"applied": 2}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("5.00", "15.00", ""),
        ("5.00", "15.10", oddities.JUMP),
        ("20.00", "9.90", oddities.JUMP),
        ("0.00", "4.90", ""),
        ("0.00", "5.00", oddities.AFTER_ZERO),
    ],
)
def test_a_jump_waits_alone_and_the_rest_is_applied(alone: Dossier, before: str, after: str, reason: str) -> None:
    landed(crm(told([before] + ["5.00"] * 19), identifier="1"))
    landed(crm(told([after] + ["5.00"] * 19), identifier="2"), "2026-05-13")
    assert why("2") == reason
    assert states("2") == ({"waiting": 1, "applied": 19} if reason else {"applied": 20})


def test_a_future_rate_that_jumps_waits(alone: Dossier) -> None:
    landed(crm([Told(PEOPLE[0].nir, "2.00", future=("30.00", "2026-06-01"))], identifier="1"))
    assert (states("1"), why("1")) == ({"waiting": 1}, oddities.FUTURE_JUMP)


def test_a_crm_older_than_the_one_in_place_is_not_applied_by_itself_and_says_so(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 3), identifier="2"), "2026-05-13")
    landed(crm(told(["4.00"] * 3), identifier="1"), "2026-04-13")
    assert (states("1"), why("1")) == ({"waiting": 3}, oddities.OLDER)
    employee = Employee.objects.get(nir=PEOPLE[0].nir)
    found = rate_lists.rate_in_force(employee.pk, date(2026, 5, 31))
    assert found is not None
    assert found.rate == 5


def test_an_older_rate_that_still_waited_is_set_aside_when_a_newer_one_is_applied(alone: Dossier) -> None:
    landed(crm(told([None] * 3), identifier="1"))
    landed(crm(told(["5.00"] * 3), identifier="2"), "2026-05-13")
    assert (states("1"), states("2")) == ({"set_aside": 3}, {"applied": 3})


def test_a_dossier_that_was_archived_gets_its_rates_without_applying_them(alone: Dossier) -> None:
    Dossier.objects.filter(pk=alone.pk).update(archived_at="2026-01-01T00:00:00Z")
    landed(crm(told(["5.00"] * 3), identifier="1"))
    assert states("1") == {"waiting": 3}


def test_a_reissued_crm_of_a_machine_waits_where_it_contradicts_what_was_applied(alone: Dossier) -> None:
    landed(crm(told(["5.00"] * 20), identifier="1"))
    landed(crm(told(["6.00"] + ["5.00"] * 19), identifier="1"), "2026-04-20")
    other = PasRate.objects.get(state=RateState.WAITING)
    assert (other.rate, other.why) == (Decimal(6), oddities.RE_ISSUED)
    assert PasRate.objects.count() == 21
