from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import (
    Act,
    Declaration,
    DeletedPackage,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    Envoi,
    Identifier,
)
from scarabee.dossiers.registry import kinds
from scarabee.dossiers.services.deletion import (
    HIDDEN,
    delete_employee,
    delete_employer,
    deletion_preview,
)
from scarabee.dossiers.services.dossiers import (
    archive_dossier,
    create_dossier,
    delete_dossier,
    unarchive_dossier,
)
from scarabee.dossiers.services.packages import unpack_ids
from scarabee.dossiers.services.refresh import refresh_employers
from scarabee.dossiers.services.restoring import packages, restore_package
from scarabee.dsn.invention import Bureau, invent_bureau, month_file, replacement_file, signalement_files
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def bureau() -> Bureau:
    return invent_bureau(7, employers=3, months=3)


@pytest.fixture(scope="module")
def files(bureau: Bureau) -> list[bytes]:
    """Three months, a replacement and the signalements."""
    months = [month_file(bureau, month) for month in bureau.all_months]
    events = [data for month in bureau.all_months for data in signalement_files(bureau, month)]
    return [*months, replacement_file(bureau, bureau.all_months[1]), *events]


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Callable[..., object], files: list[bytes]) -> Dossier:
    for data in files:
        import_bytes(dossier, data)
    return dossier


def largest(dossier: Dossier) -> Employer:
    return max(dossier.employers.all(), key=lambda employer: employer.employees.count())


def everything(dossier: Dossier) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a dossier, all columns, whoever declares."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for kind in kinds():
        columns = [column.attname for column in kind.model._meta.concrete_fields]
        rows = kind.model._default_manager.filter(dossier=dossier).order_by("pk").values_list(*columns)
        found[kind.name] = [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]
    return found


def test_a_deleted_employer_comes_back_as_it_was(owner: Actor, filled: Dossier) -> None:
    employer = largest(filled)
    Employer.objects.filter(pk=employer.pk).update(name="Les Amis du Val")
    refresh_employers([employer.pk])
    before, digest = everything(filled), dossier_digest(filled)
    preview = deletion_preview(actor=owner, employer=employer)
    revision = Dossier.objects.get(pk=filled.pk).revision

    deleted = delete_employer(actor=owner, employer=employer)

    assert deleted.counts == preview.counts
    assert preview.counts["employees"] > 2 and preview.counts["employee_months"] > 5 and preview.months == 3
    assert not Employer.objects.filter(pk=employer.pk).exists()
    for name, rows in everything(filled).items():
        gone = len(before[name]) - len(rows)
        assert name == "envois" or gone == preview.counts[name]
    assert dossier_digest(filled) != digest
    assert Dossier.objects.get(pk=filled.pk).revision > revision
    entry = JournalEntry.objects.get(code="employer.deleted")
    assert entry.facts["siret"] == employer.siret and entry.dossier_uuid == filled.uuid

    restored = restore_package(actor=owner, package=deleted.package)

    assert everything(filled) == before
    assert dossier_digest(filled) == digest
    assert restored.added["employees"] == preview.counts["employees"]
    assert restored.left["employees"] == restored.left["declarations"] == 0
    assert Employer.objects.get(pk=employer.pk).declaring


def test_a_deleted_employee_leaves_partial_declarations_and_comes_back(owner: Actor, filled: Dossier) -> None:
    employee = largest(filled).employees.order_by("-pk")[0]
    told = set(employee.months.values_list("declaration_id", flat=True))
    before, digest = everything(filled), dossier_digest(filled)

    deleted = delete_employee(actor=owner, employee=employee)

    assert told and deleted.counts["employees"] == 1 and "declarations" not in deleted.counts
    assert not Employee.objects.filter(pk=employee.pk).exists()
    assert len(everything(filled)["declarations"]) == len(before["declarations"])
    partial = {one.pk for one in Declaration.objects.filter(dossier=filled) if one.is_partial}
    assert partial == told
    assert dossier_digest(filled) != digest
    assert "employee" in JournalEntry.objects.get(code="employee.deleted").facts
    assert employee.family_name not in str(JournalEntry.objects.get(code="employee.deleted").facts)

    restore_package(actor=owner, package=deleted.package)

    assert everything(filled) == before and dossier_digest(filled) == digest


def test_a_package_completes_what_was_imported_again(
    owner: Actor, filled: Dossier, import_bytes: Callable[..., object], files: list[bytes]
) -> None:
    employer = largest(filled)
    person = employer.employees.order_by("pk")[0]
    typed = {"S21.G00.30.018": {"value": "a@exemple.invalid", "by": "Zoé", "at": "2026-01-01"}}
    Employee.objects.filter(pk=person.pk).update(typed=typed)
    Employer.objects.filter(pk=employer.pk).update(name="Les Amis du Val")
    digest = dossier_digest(filled)
    deleted = delete_employer(actor=owner, employer=employer)
    import_bytes(filled, files[0])
    again = Employer.objects.get(dossier=filled, siret=employer.siret)
    assert again.pk != employer.pk and again.employees.exists()

    restored = restore_package(actor=owner, package=deleted.package)

    assert restored.employer_id == again.pk and restored.left["declarations"] > 0
    assert restored.added["declarations"] > 0
    again.refresh_from_db()
    assert again.name == "Les Amis du Val"
    assert Employee.objects.get(employer=again, nir=person.nir, ntt=person.ntt).typed == typed
    assert dossier_digest(filled) == digest
    held = Identifier.objects.filter(employer=again).values_list("kind", "value")
    assert len(held) == len(set(held))
    for declaration in Declaration.objects.filter(employer=again):
        assert declaration.held == declaration.months.count() == declaration.individus


def test_an_employee_comes_back_after_the_employer_went_too(owner: Actor, filled: Dossier) -> None:
    digest = dossier_digest(filled)
    employer = largest(filled)
    employee = employer.employees.order_by("pk")[0]
    person = delete_employee(actor=owner, employee=employee)
    whole = delete_employer(actor=owner, employer=employer)
    restored = restore_package(actor=owner, package=person.package)
    assert Employee.objects.get(pk=restored.employee_id).employer_id == restored.employer_id == employer.pk
    assert Employer.objects.get(pk=employer.pk).declaring
    restore_package(actor=owner, package=whole.package)
    assert dossier_digest(filled) == digest


def test_the_last_copy_is_told_apart(
    owner: Actor, filled: Dossier, other: Dossier, import_bytes: Callable[..., object], files: list[bytes]
) -> None:
    employer = largest(filled)
    employee = EmployeeMonth.objects.filter(declaration__employer=employer)[0].employee
    assert deletion_preview(actor=owner, employer=employer).last_copy
    import_bytes(other, files[0])
    preview = deletion_preview(actor=owner, employer=employer)
    assert [copy.dossier_name for copy in preview.elsewhere] == ["Repli"]
    assert preview.last_copy  # two months stand nowhere else
    assert preview.only_here["declarations"] == employer.declarations.count() - 1
    for data in files:
        import_bytes(other, data)
    preview = deletion_preview(actor=owner, employer=employer)
    assert not preview.last_copy and preview.only_here == {"declarations": 0, "employee_months": 0}
    assert not deletion_preview(actor=owner, employee=employee).last_copy
    copy = Employee.objects.get(dossier=other, nir=employee.nir, ntt=employee.ntt, employer__siret=employer.siret)
    delete_employee(actor=owner, employee=copy)
    assert deletion_preview(actor=owner, employee=employee).last_copy
    left = deletion_preview(actor=owner, employer=employer)
    assert left.last_copy and left.only_here == {
        "declarations": 0,
        "employee_months": employee.months.count(),
    }


def test_another_dossier_declares_after_the_deletion(
    owner: Actor,
    filled: Dossier,
    other: Dossier,
    import_bytes: Callable[..., object],
    files: list[bytes],
    user_with: Callable[..., Actor],
) -> None:
    third = create_dossier(actor=owner, name="Trois")
    for place in (other, third):
        import_bytes(place, files[0])
    zoe = user_with("Zoé", {filled: "gestionnaire", third: "lecture"})
    employer = largest(filled)
    preview = deletion_preview(actor=zoe, employer=employer)
    assert preview.declares_now and preview.must_choose_heir
    assert {copy.dossier_name for copy in preview.elsewhere} == {"Trois", HIDDEN}
    assert other.name not in str(preview)
    with pytest.raises(Refusal, match="pas de copie"):
        delete_employer(actor=zoe, employer=employer, declaring_next=filled)
    assert Employer.objects.filter(pk=employer.pk).exists()
    deleted = delete_employer(actor=zoe, employer=employer, declaring_next=third)
    assert [one.dossier_id for one in deleted.takeovers] == [third.pk]
    assert Employer.objects.get(siret=employer.siret, declaring=True).dossier == third
    restored = restore_package(actor=zoe, package=deleted.package)
    assert restored.takeovers == []
    assert Employer.objects.get(siret=employer.siret, declaring=True).dossier == third


def test_who_may_not_write_deletes_nothing(owner: Actor, filled: Dossier, user_with: Callable[..., Actor]) -> None:
    employer = largest(filled)
    employee = employer.employees.first()
    leo, nina = user_with("Léo", {filled: "lecture"}), user_with("Nina", {})
    for actor, error in ((leo, Refusal), (nina, NotVisible)):
        for act in (delete_employer, deletion_preview):
            with pytest.raises(error):
                act(actor=actor, employer=employer)
        with pytest.raises(error):
            delete_employee(actor=actor, employee=employee)
    deleted = delete_employee(actor=owner, employee=employee)
    with pytest.raises(Refusal, match="pas le droit"):
        restore_package(actor=leo, package=deleted.package)
    with pytest.raises(NotVisible):
        packages(actor=nina, dossier=filled)
    assert list(packages(actor=leo, dossier=filled)) == [deleted.package]
    archive_dossier(actor=owner, dossier=filled)
    with pytest.raises(Refusal, match="archivé"):
        delete_employer(actor=owner, employer=employer)
    with pytest.raises(Refusal, match="archivé"):
        restore_package(actor=owner, package=deleted.package)
    unarchive_dossier(actor=owner, dossier=filled)
    with pytest.raises(NotVisible, match="plus dans le dossier"):
        delete_employee(actor=owner, employee=employee)


def test_a_package_is_good_once_and_for_thirty_days(owner: Actor, filled: Dossier) -> None:
    employee = largest(filled).employees.first()
    assert employee is not None
    package = delete_employee(actor=owner, employee=employee).package
    assert package.keep_until - timezone.now() > timedelta(days=29, hours=23)
    held = contents.load(unpack_ids(package.contents))
    assert held
    with time_machine.travel(timezone.now() + timedelta(days=31)), pytest.raises(Refusal, match="délai"):
        restore_package(actor=owner, package=package)
    restore_package(actor=owner, package=package)
    with pytest.raises(Refusal, match="déjà été reprise"):
        restore_package(actor=owner, package=package)
    assert not packages(actor=owner, dossier=filled).exists()


def test_a_package_outlives_its_dossier(owner: Actor, filled: Dossier, other: Dossier) -> None:
    digest = dossier_digest(filled)
    for employer in filled.employers.all():
        delete_employer(actor=owner, employer=employer)
    assert not Envoi.objects.exists()
    delete_dossier(actor=owner, dossier=filled)
    orphans = list(packages(actor=owner, dossier=None))
    with pytest.raises(Refusal, match="n’existe plus"):
        restore_package(actor=owner, package=orphans[0])
    for package in orphans:
        restore_package(actor=owner, package=package, dossier=other)
    assert dossier_digest(other) == digest


def test_rows_of_an_undone_act_come_back_under_the_restoration(owner: Actor, filled: Dossier) -> None:
    employer = largest(filled)
    deleted = delete_employer(actor=owner, employer=employer)
    Act.objects.filter(pk=employer.act_id).update(state=Act.State.UNDONE)
    restored = restore_package(actor=owner, package=deleted.package)
    assert Employer.objects.get(pk=employer.pk).act == restored.act
    assert DeletedPackage.objects.get(pk=deleted.package.pk).rows in (b"", memoryview(b""))


def test_people_joined_since_come_back_as_one(owner: Actor, filled: Dossier) -> None:
    employer = largest(filled)
    first, second = employer.employees.order_by("pk")[:2]
    deleted = delete_employer(actor=owner, employer=employer)
    act = Act.objects.get(pk=first.act_id)
    again = Employer.objects.create(dossier=filled, siret=employer.siret, act=act)
    one = Employee.objects.create(dossier=filled, employer=again, act=act)
    for old in (first, second):
        kind, value = ("nir", old.nir[:13]) if old.nir else ("ntt", old.ntt)
        Identifier.objects.create(dossier=filled, employer=again, employee=one, kind=kind, value=value, act=act)
    restored = restore_package(actor=owner, package=deleted.package)
    assert restored.added["employees"] == deleted.counts["employees"] - 2
    assert one.months.count() > 0 and one.contracts.count() > 0
