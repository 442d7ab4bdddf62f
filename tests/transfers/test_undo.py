"""Undo of a transfer, refused item by item where something changed since, and what it puts back."""

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, small_file
from tests.transfers import scenes

from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.deletion import delete_employee, delete_employer
from scarabee.dossiers.services.entry import correct_employee, correct_employer
from scarabee.transfers.enums import Declaring, IfExists

pytestmark = pytest.mark.django_db
MARCH, APRIL = small_file(), small_file(month="2026-04")


@pytest.fixture
def a(db: None) -> Dossier:
    return scenes.dossier_of("A", [MARCH])


@pytest.fixture
def b(db: None, a: Dossier) -> Dossier:
    return scenes.dossier_of("B")


def person(dossier: Dossier, name: str) -> Employee:
    return Employee.objects.get(dossier=dossier, family_name=name)


def reasons(act: Act) -> dict[str, str]:
    return {item.label: item.reason for item in scenes.undo(act).refused}


def test_a_later_import_keeps_the_people_it_completed(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    scenes.take(b, small_file([ALAIN], month="2026-04"))
    found = reasons(act)
    assert any("MERCIER" in label and "import n°" in why for label, why in found.items())
    assert not any("NOËL" in label for label in found)
    assert b.employees.count() == 1
    scenes.check_settled(b)
    act.refresh_from_db()
    assert act.state == Act.State.DONE


def test_a_later_import_that_was_undone_blocks_nothing(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    later = scenes.take(b, APRIL)
    scenes.undo(later)
    assert scenes.undo(act).is_whole
    assert not b.employers.exists()


def test_a_hand_edit_keeps_its_record(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    correct_employee(actor=scenes.OWNER, employee=person(b, "NOËL"), fields={"S21.G00.30.002": "NOEL"})
    found = reasons(act)
    assert any("main" in why for why in found.values())
    assert [one.family_name for one in b.employees.all()] == ["NOEL"]


def test_what_travelled_on_stays_until_that_is_undone(a: Dossier, b: Dossier) -> None:
    first = scenes.transfer(a, b).act
    c = scenes.dossier_of("C", [small_file([ALAIN], month="2026-05")])
    onward = scenes.transfer(b, c).act
    found = reasons(first)
    assert any(f"transfert n° {onward.pk}" in why for why in found.values())
    assert b.employees.count() == 2
    scenes.undo(onward)
    assert scenes.undo(first).is_whole


def test_a_later_transfer_that_created_nothing_does_not_block(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    c = scenes.dossier_of("C", [MARCH])
    scenes.transfer(b, c)
    scenes.transfer(a, b)
    assert scenes.undo(act).is_whole


def test_the_last_copy_of_a_person_stays(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    delete_employee(actor=scenes.OWNER, employee=person(a, "NOËL"))
    found = reasons(act)
    assert any("NOËL" in label and "dernière" in why for label, why in found.items())
    assert [one.family_name for one in b.employees.all()] == ["NOËL"]
    scenes.check_settled(b)


def test_a_source_deleted_and_imported_again_is_no_last_copy(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    delete_employer(actor=scenes.OWNER, employer=a.employers.get())
    found = reasons(act)
    assert len(found) >= 3
    assert b.employees.count() == 2
    scenes.take(a, MARCH)
    assert scenes.undo(act).is_whole
    assert not b.employers.exists()


def test_the_declaring_copy_deleted_then_undone(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b, declaring=Declaring.DESTINATION).act
    assert Employer.objects.get(declaring=True).dossier == b
    delete_employer(actor=scenes.OWNER, employer=b.employers.get())
    assert Employer.objects.get(declaring=True).dossier == a
    scenes.undo(act)
    assert Employer.objects.get(declaring=True).dossier == a


def test_a_handover_is_taken_back_unless_it_was_given_again(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b, declaring=Declaring.DESTINATION).act
    c = scenes.dossier_of("C", [MARCH])
    hand_over(actor=scenes.OWNER, siret=ASSOCIATION, dossier=c)
    scenes.undo(act)
    assert Employer.objects.get(declaring=True).dossier == c


def test_a_dossier_created_on_the_spot_goes_when_it_is_empty(a: Dossier) -> None:
    act = scenes.transfer(a, None, name="Tout neuf").act
    assert act.dossier is not None
    report = scenes.undo(act)
    assert report.removes_dossier
    assert not Dossier.objects.filter(name="Tout neuf").exists()


def test_undo_of_the_import_under_a_transfer(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b).act
    brought = Act.objects.get(kind=Act.Kind.IMPORT)
    assert any(f"n° {act.pk}" in why for why in reasons(brought).values())
    assert a.employees.count() == 2
    scenes.undo(act)
    assert scenes.undo(brought).is_whole
    assert not a.employers.exists()


def test_names_filled_are_emptied_again_one_transfer_after_the_other(a: Dossier, b: Dossier) -> None:
    scenes.take(b, MARCH)
    c = scenes.dossier_of("C", [MARCH])
    correct_employer(actor=scenes.OWNER, employer=a.employers.get(), name="Les Amis")
    correct_employer(actor=scenes.OWNER, employer=c.employers.get(), name="Club")
    before = scenes.seen(b)
    filled = scenes.transfer(a, b).act
    assert b.employers.get().name == "Les Amis"
    between = scenes.seen(b)
    replaced = scenes.transfer(c, b, if_exists=IfExists.REPLACE).act
    assert b.employers.get().name == "Club"
    assert any(f"n° {replaced.pk}" in why for why in reasons(filled).values())
    scenes.undo(replaced)
    scenes.assert_same(scenes.seen(b), between)
    assert scenes.undo(filled).is_whole
    scenes.assert_same(scenes.seen(b), before)


def test_a_name_corrected_since_is_not_overwritten(a: Dossier, b: Dossier) -> None:
    scenes.take(b, MARCH)
    correct_employer(actor=scenes.OWNER, employer=a.employers.get(), name="Les Amis")
    act = scenes.transfer(a, b).act
    correct_employer(actor=scenes.OWNER, employer=b.employers.get(), name="Corrigé")
    assert any("main" in why for why in reasons(act).values())
    assert b.employers.get().name == "Corrigé"


def test_an_act_is_undone_once(a: Dossier, b: Dossier) -> None:
    from scarabee.maintenance.errors import Refusal

    act = scenes.transfer(a, b).act
    scenes.undo(act)
    with pytest.raises(Refusal, match="déjà annulé"):
        scenes.undo(act)
