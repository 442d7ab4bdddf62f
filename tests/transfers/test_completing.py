"""Compléter, ignorer, remplacer: per item, twice, and back."""

import pytest
from tests.dossiers.small_files import ALAIN, BRIGITTE, Someone, small_file
from tests.transfers import scenes

from scarabee.dossiers.models import Declaration, Dossier, Employee
from scarabee.dossiers.services.entry import correct_employee, correct_employer
from scarabee.transfers.enums import IfExists
from scarabee.transfers.selection import Mode, Selection, Ticked

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = (small_file(month=f"2026-0{month}") for month in (3, 4, 5))
OTHER_MARCH = small_file([Someone(family_name="MERCIER-DUVAL"), BRIGITTE], order="2", kind="03")


@pytest.fixture
def a(db: None) -> Dossier:
    return scenes.dossier_of("A", [MARCH, APRIL])


def in_force(dossier: Dossier, month: str) -> bytes:
    return bytes(Declaration.objects.get(dossier=dossier, month=month, in_force=True).whole_hash)


def test_completer_adds_and_leaves(a: Dossier) -> None:
    b = scenes.dossier_of("B", [MARCH, MAY])
    receipt = scenes.transfer(a, b).act.receipt
    assert receipt["created"] == {"employers": 0, "employees": 0, "declarations": 1, "employee_months": 2}
    assert receipt["completed"] == {"employers": 1, "employees": 2, "declarations": 0, "employee_months": 0}
    assert receipt["left"] == {"employers": 0, "employees": 0, "declarations": 1, "employee_months": 2}
    scenes.check_settled(b)


def test_ignorer_an_employer_leaves_everything(a: Dossier) -> None:
    b = scenes.dossier_of("B", [MAY])
    before = scenes.seen(b)
    receipt = scenes.transfer(a, b, if_exists=IfExists.IGNORE).act.receipt
    assert receipt["created"] == scenes.NOTHING
    scenes.assert_same(scenes.seen(b), before)


def test_ignorer_one_person_of_an_employer_taken_whole(a: Dossier) -> None:
    b = scenes.dossier_of("B", [MAY])
    ignored = Employee.objects.get(dossier=a, family_name="NOËL")
    receipt = scenes.transfer(a, b, choices={f"employee:{ignored.pk}": IfExists.IGNORE}).act.receipt
    assert receipt["created"]["employee_months"] == 2
    assert Declaration.objects.filter(dossier=b, held=1, individus=2).count() == 2
    scenes.check_settled(b)
    scenes.transfer(a, b)
    assert not Declaration.objects.filter(dossier=b, held=1).exists()


def test_remplacer_puts_the_source_in_force_and_keeps_the_rest(a: Dossier) -> None:
    b = scenes.dossier_of("B", [OTHER_MARCH, MAY])
    before = scenes.seen(b)
    act = scenes.transfer(a, b, if_exists=IfExists.REPLACE).act
    assert in_force(b, "2026-03") == in_force(a, "2026-03")
    assert Declaration.objects.filter(dossier=b).count() == 4
    assert act.receipt["replaced"]["declarations"] == 1
    scenes.check_settled(b)
    after = scenes.seen(b)
    again = scenes.transfer(a, b, if_exists=IfExists.REPLACE).act.receipt
    assert again["created"] == again["replaced"] == scenes.NOTHING
    scenes.assert_same(scenes.seen(b), after)
    assert scenes.undo(act).is_whole
    scenes.assert_same(scenes.seen(b), before)


def test_remplacer_there_and_back_always_leaves_one_in_force(a: Dossier) -> None:
    b = scenes.dossier_of("B", [OTHER_MARCH])
    other = scenes.dossier_of("C", [OTHER_MARCH])
    states, acts = [scenes.seen(b)], []
    for source in (a, other, a):
        acts.append(scenes.transfer(source, b, if_exists=IfExists.REPLACE).act)
        states.append(scenes.seen(b))
        assert in_force(b, "2026-03") == in_force(source, "2026-03")
        scenes.check_settled(b)
    for act in reversed(acts):
        states.pop()
        assert scenes.undo(act).is_whole
        scenes.assert_same(scenes.seen(b), states[-1])


def test_typed_fields_are_filled_or_replaced(a: Dossier) -> None:
    b = scenes.dossier_of("B", [MARCH])
    source, copy = (Employee.objects.get(dossier=one, family_name="NOËL") for one in (a, b))
    correct_employee(actor=scenes.OWNER, employee=source, fields={"S21.G00.30.002": "NOEL"})
    correct_employee(actor=scenes.OWNER, employee=copy, fields={"S21.G00.30.002": "NOELLE"})
    before = scenes.seen(b)
    scenes.transfer(a, b)
    copy.refresh_from_db()
    assert copy.family_name == "NOELLE"
    act = scenes.transfer(a, b, choices={f"employee:{source.pk}": IfExists.REPLACE}).act
    copy.refresh_from_db()
    assert copy.family_name == "NOEL"
    scenes.check_settled(b)
    assert scenes.undo(act).is_whole
    copy.refresh_from_db()
    assert copy.family_name == "NOELLE"
    assert scenes.seen(b)["digest"] != before["digest"]  # April came with the first transfer


def test_a_record_alone_keeps_its_address_at_the_second_run(a: Dossier) -> None:
    b = scenes.dossier_of("B")
    correct_employer(actor=scenes.OWNER, employer=a.employers.get(), name="Les Amis")
    alone = Selection({a.employers.get().pk: Ticked(Mode.SOME)})
    scenes.transfer(a, b, alone)
    before = scenes.seen(b)
    assert b.employers.get().town == "VALENCE"
    scenes.transfer(a, b, alone)
    scenes.assert_same(scenes.seen(b), before)


def test_one_employee_then_the_rest(a: Dossier) -> None:
    b = scenes.dossier_of("B")
    one = Employee.objects.get(dossier=a, family_name=ALAIN.family_name)
    scenes.transfer(a, b, scenes.some(one))
    assert set(Declaration.objects.filter(dossier=b).values_list("held", "individus")) == {(1, 2)}
    scenes.transfer(a, b)
    scenes.assert_same(scenes.seen(b), scenes.seen(a))
