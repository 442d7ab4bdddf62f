"""Returns that came before those they are about are treated once these are here, whoever brings them in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi, small_file
from tests.returns.documents import official, received, urssaf
from tests.returns.rate_scenes import Told, crm, landed, percents
from tests.transfers import scenes

from scarabee.dossiers.models import Act, DeletedPackage, Dossier, Employee, Employer
from scarabee.dossiers.services import deletion, restoring
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.entry import create_employee, create_employer
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import LineKind
from scarabee.returns.models import Anomaly, PasRate, RateLine, Return
from scarabee.returns.services import rate_decisions, taking_up, treating
from scarabee.transfers.enums import Declaring

pytestmark = pytest.mark.django_db

OWNER = Actor.owner()
BOTH = [Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.20")]
Committed = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    """What is written within it is committed at its end."""

    @contextmanager
    def ending() -> Iterator[None]:
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return ending


def rates(dossier: Dossier) -> list[Decimal | None]:
    return list(PasRate.objects.filter(dossier=dossier).order_by("rate").values_list("rate", flat=True))


def test_a_crm_that_came_before_its_employer_gives_its_rates_once_he_is_imported(committed: Committed) -> None:
    item = landed(crm(BOTH))
    assert not PasRate.objects.exists()
    with committed():
        dossier = scenes.dossier_of("A", [small_file()])
    assert rates(dossier) == [Decimal("5.20"), Decimal(14)]
    item.refresh_from_db()
    assert item.treated_at and percents(item)


@official
def test_anomalies_that_came_before_their_employer_are_in_the_work_list_once_he_is_imported(
    committed: Committed,
) -> None:
    received(urssaf("119", "2026-03"), nature="119")
    with committed():
        dossier = scenes.dossier_of("A", [envoi(declaration((ALAIN, BRIGITTE)), real=True)])
    assert Anomaly.objects.filter(dossier=dossier).count() == 2
    assert Anomaly.objects.filter(employee__nir=ALAIN.nir).count() == 1


def test_what_waits_for_an_employer_typed_by_hand_then_for_his_people_is_treated(
    dossier: Dossier, committed: Committed
) -> None:
    landed(crm(BOTH))
    with committed():
        employer = create_employer(actor=OWNER, dossier=dossier, siret=ASSOCIATION, name="Les Amis")
    assert not PasRate.objects.exists()
    assert RateLine.objects.filter(kind=LineKind.UNKNOWN).count() == 2
    with committed():
        create_employee(
            actor=OWNER, employer=employer,
            fields={"S21.G00.30.001": ALAIN.nir, "S21.G00.30.002": "MERCIER", "S21.G00.30.004": "Alain"},
        )  # fmt: skip
    assert rates(dossier) == [Decimal(14)]
    assert list(RateLine.objects.values_list("number", flat=True)) == [BRIGITTE.nir]


def test_people_of_a_later_file_are_recognised_in_a_crm_that_is_here(committed: Committed) -> None:
    dossier = scenes.dossier_of("A", [small_file([ALAIN])])
    landed(crm(BOTH))
    assert rates(dossier) == [Decimal(14)]
    with committed():
        scenes.take(dossier, small_file([ALAIN, BRIGITTE], month="2026-04"))
    assert rates(dossier) == [Decimal("5.20"), Decimal(14)]
    assert not RateLine.objects.exists()


def test_a_line_that_somebody_said_is_nobodys_stays_nobodys(committed: Committed) -> None:
    dossier = scenes.dossier_of("A", [small_file([ALAIN])])
    landed(crm(BOTH))
    rate_decisions.settle_line(actor=OWNER, line=RateLine.objects.get(), employee=None)
    with committed():
        scenes.take(dossier, small_file([ALAIN, BRIGITTE], month="2026-04"))
    assert rates(dossier) == [Decimal(14)]
    assert RateLine.objects.get().settled_at


def test_the_dossier_that_declares_from_now_on_gets_the_rates_of_late(committed: Committed) -> None:
    former = scenes.dossier_of("A", [small_file()])
    heir = scenes.dossier_of("B", [small_file()])
    landed(crm(BOTH))
    assert (len(rates(former)), rates(heir)) == (2, [])
    with committed():
        hand_over(actor=OWNER, siret=ASSOCIATION, dossier=heir)
    assert (len(rates(former)), len(rates(heir))) == (2, 2)


def test_the_former_dossier_gets_what_came_while_another_one_declared_when_that_is_undone(committed: Committed) -> None:
    former, other = scenes.dossier_of("A", [small_file()]), scenes.dossier_of("B")
    done = scenes.transfer(former, other, declaring=Declaring.DESTINATION)
    landed(crm(BOTH))
    assert (rates(former), len(rates(other))) == ([], 2)
    with committed():
        scenes.undo(done.act)
    assert Employer.objects.get().dossier == former
    assert rates(former) == [Decimal("5.20"), Decimal(14)]


def test_what_came_while_an_employer_was_deleted_finds_him_restored(committed: Committed) -> None:
    dossier = scenes.dossier_of("A", [small_file()])
    deletion.delete_employer(actor=OWNER, employer=Employer.objects.get())
    landed(crm(BOTH))
    with committed():
        restoring.restore_package(actor=OWNER, package=DeletedPackage.objects.get())
    assert rates(dossier) == [Decimal("5.20"), Decimal(14)]


def test_a_transfer_of_everything_with_its_rates_changes_nothing_of_them(committed: Committed) -> None:
    source, other = scenes.dossier_of("A", [small_file()]), scenes.dossier_of("B")
    rate_decisions.apply_all(actor=OWNER, item=landed(crm(BOTH)))
    with committed():
        scenes.transfer(source, other, declaring=Declaring.DESTINATION)
    copies = PasRate.objects.filter(dossier=other)
    assert sorted(copies.values_list("state", "why")) == [("applied", "")] * 2
    assert Act.objects.filter(kind=Act.Kind.RETURN, dossier=other).count() == 0


def test_what_is_older_than_what_the_portal_keeps_is_left_alone(committed: Committed) -> None:
    item = landed(crm(BOTH))
    long_ago = now() - timedelta(days=91)
    Return.objects.filter(pk=item.pk).update(arrived_at=long_ago, published_at=long_ago)
    with committed():
        scenes.dossier_of("A", [small_file()])
    assert not PasRate.objects.exists()


def test_when_nothing_waits_it_costs_one_query_and_nothing_after(
    committed: Committed, django_assert_num_queries: Any
) -> None:
    scenes.dossier_of("A", [small_file()])
    landed(crm(BOTH))
    sirets = [ASSOCIATION, *(f"{number:014}" for number in range(400))]
    with committed(), django_assert_num_queries(1):
        taking_up.peopled(sirets)
    with committed(), django_assert_num_queries(1):
        taking_up.declared(sirets[1:])


def test_what_a_stop_kept_from_being_treated_at_once_is_treated_by_the_clock(committed: Committed) -> None:
    landed(crm(BOTH))
    dossier = scenes.dossier_of("A", [small_file()])  # and the process dies before anything follows
    assert not PasRate.objects.exists()
    assert treating.treat_waiting() == 1
    assert len(rates(dossier)) == 2
    assert treating.treat_waiting() == 0


def test_the_oldest_crm_is_treated_first_whatever_the_order_of_their_coming(committed: Committed) -> None:
    landed(crm([Told(ALAIN.nir, "9.00")], identifier="2"), "2026-05-13")
    landed(crm([Told(ALAIN.nir, "14.00")], identifier="1"), "2026-04-13")
    with committed():
        scenes.dossier_of("A", [small_file()])
    alain = Employee.objects.get(nir=ALAIN.nir)
    assert list(PasRate.objects.filter(employee=alain).order_by("pk").values_list("crm", "why")) == [
        ("1", ""), ("2", "")
    ]  # fmt: skip
