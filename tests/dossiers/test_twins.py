from collections.abc import Callable

import pytest

from scarabee.dossiers.models import Before, Dossier, Employee, Employer
from scarabee.dossiers.services import identities
from scarabee.dossiers.services.entry import correct_employee, create_employee, create_employer
from scarabee.dossiers.services.entry_fields import BIRTH_DATE, FAMILY_NAME, GIVEN_NAMES, NTT
from scarabee.dossiers.services.refresh import refresh_employees
from scarabee.dossiers.services.succession import mark_successor
from scarabee.dossiers.services.twins import SAME_BIRTH, SAME_MATRICULE, join_people, probable_twins
from scarabee.dsn.invention import Bureau, invent_bureau, month_file
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

MATRICULE, MAIL = "S21.G00.30.019", "S21.G00.30.018"


@pytest.fixture(scope="module")
def bureau() -> Bureau:
    return invent_bureau(17, employers=2, months=2)


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Callable[..., object], bureau: Bureau) -> Dossier:
    for month in bureau.all_months:
        import_bytes(dossier, month_file(bureau, month))
    return dossier


@pytest.fixture
def employer(filled: Dossier, bureau: Bureau) -> Employer:
    return filled.employers.get(siret=bureau.employers[0].siret)


def test_look_alikes_are_proposed_with_the_reason(owner: Actor, employer: Employer) -> None:
    assert probable_twins(employer) == []
    first, second = employer.employees.exclude(nir="").order_by("pk")[:2]
    double = create_employee(
        actor=owner,
        employer=employer,
        fields={
            FAMILY_NAME: first.family_name.lower(),
            GIVEN_NAMES: first.given_names,
            BIRTH_DATE: first.birth_date,
        },
    )
    married = create_employee(
        actor=owner,
        employer=employer,
        fields={FAMILY_NAME: "Autrement", GIVEN_NAMES: second.given_names, MATRICULE: second.matricule},
    )
    create_employee(
        actor=owner,
        employer=employer,
        fields={FAMILY_NAME: "Xylophone", GIVEN_NAMES: "Qwerty", MATRICULE: second.matricule},
    )
    found = {(twins.first.pk, twins.second.pk): twins.reason for twins in probable_twins(employer)}
    assert found == {(first.pk, double.pk): SAME_BIRTH, (second.pk, married.pk): SAME_MATRICULE}


def test_two_records_become_one_and_can_be_parted(owner: Actor, employer: Employer) -> None:
    kept = employer.employees.exclude(nir="").order_by("pk")[0]
    ntt = f"1{employer.siren}9999"
    dropped = create_employee(
        actor=owner, employer=employer, fields={FAMILY_NAME: "Double", NTT: ntt, MAIL: "a@exemple.invalid"}
    )
    kept = correct_employee(actor=owner, employee=kept, fields={FAMILY_NAME: "Gardé"})
    months, revision = kept.months.count(), kept.revision
    joined = join_people(actor=owner, kept=kept, dropped=dropped)
    assert joined.family_name == "Gardé" and joined.typed.keys() >= {FAMILY_NAME, MAIL}
    assert joined.identifiers.filter(kind="ntt", value=ntt).exists() and joined.months.count() == months
    assert joined.revision == revision + 1 and joined.contracts.exists()
    assert not Employee.objects.filter(pk=dropped.pk).exists()
    before = Before.objects.get(kind="joined", object_id=kept.pk)
    assert identities.part(before) == (kept.pk, dropped.pk)
    refresh_employees([kept.pk, dropped.pk])
    assert Employee.objects.get(pk=dropped.pk).family_name == "Double"


def test_what_is_not_one_person_is_not_joined(
    owner: Actor, filled: Dossier, employer: Employer, user_with: Callable[..., Actor]
) -> None:
    one, two = employer.employees.order_by("pk")[:2]
    elsewhere = Employee.objects.filter(dossier=filled).exclude(employer=employer)[0]
    with pytest.raises(Refusal, match="deux fois"):
        join_people(actor=owner, kept=one, dropped=one)
    with pytest.raises(Refusal, match="même employeur"):
        join_people(actor=owner, kept=one, dropped=elsewhere)
    with pytest.raises(Refusal, match="pas le droit"):
        join_people(actor=user_with("Léo", {filled: "lecture"}), kept=one, dropped=two)
    join_people(actor=owner, kept=one, dropped=two)
    with pytest.raises(NotVisible, match="n’existe plus"):
        join_people(actor=owner, kept=one, dropped=two)


def test_a_successor_is_marked_and_unmarked(owner: Actor, filled: Dossier, other: Dossier) -> None:
    former, latter = filled.employers.order_by("pk")
    marked = mark_successor(actor=owner, employer=latter, predecessor=former, month="2025-12")
    assert (marked.successor_of, marked.successor_from, marked.revision) == (former, "2025-12", 1)
    with pytest.raises(Refusal, match="lui-même"):
        mark_successor(actor=owner, employer=former, predecessor=latter, month="2025-12")
    with pytest.raises(Refusal, match="lui-même"):
        mark_successor(actor=owner, employer=former, predecessor=former, month="2025-12")
    with pytest.raises(Refusal, match="AAAA-MM"):
        mark_successor(actor=owner, employer=latter, predecessor=former, month="2025-13")
    away = create_employer(actor=owner, dossier=other, siret=former.siret)
    with pytest.raises(NotVisible):
        mark_successor(actor=owner, employer=latter, predecessor=away, month="2025-12")
    cleared = mark_successor(actor=owner, employer=latter, predecessor=None)
    assert (cleared.successor_of, cleared.successor_from) == (None, "")
