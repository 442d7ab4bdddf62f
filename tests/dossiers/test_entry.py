from collections.abc import Callable

import pytest

from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Dossier, Employee, Employer, Identifier, ImportFile
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.dossiers.services.entry import (
    correct_employee,
    correct_employer,
    create_employee,
    create_employer,
    employee_values,
)
from scarabee.dossiers.services.entry_fields import (
    BIRTH_DATE,
    EMPLOYEE_FIELDS,
    EMPLOYER_FIELDS,
    FAMILY_NAME,
    GIVEN_NAMES,
    NIR,
    NTT,
)
from scarabee.dsn.identifiers import nir_key
from scarabee.dsn.invention import Bureau, invent_bureau, month_file
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db

TOWN, MAIL, MATRICULE = "S21.G00.11.005", "S21.G00.30.018", "S21.G00.30.019"
ANY_NIR = "2850375990012"


@pytest.fixture(scope="module")
def bureau() -> Bureau:
    return invent_bureau(5, employers=1, months=2)


@pytest.fixture
def siret(bureau: Bureau) -> str:
    return bureau.employers[0].siret


@pytest.fixture
def employer(owner: Actor, dossier: Dossier, siret: str) -> Employer:
    return create_employer(actor=owner, dossier=dossier, siret=siret, name="Les Amis du Val")


def by_names(employee: Employee) -> tuple[str, str, str]:
    return employee.family_name, employee.given_names, employee.birth_date


def test_the_fields_are_those_of_the_norm() -> None:
    for field in [*EMPLOYER_FIELDS.values(), *EMPLOYEE_FIELDS.values()]:
        assert field.max_length > 0 and field.label
    assert EMPLOYEE_FIELDS["S21.G00.30.005"].choices == {"01": "masculin", "02": "féminin"}


def test_a_new_association_is_entered_by_hand(owner: Actor, dossier: Dossier, siret: str) -> None:
    spaced = f" {siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]} "
    employer = create_employer(
        actor=owner, dossier=dossier, siret=spaced, name=" L’Été  à Zoé ", fields={TOWN: "Val-d’Or"}
    )
    assert (employer.siret, employer.name, employer.town) == (siret, "L’Été à Zoé", "Val-d'Or")
    assert employer.search_key == "l ete a zoe val d or" and employer.declaring
    assert employer.typed[TOWN]["by"] == owner.name and employer.typed[TOWN]["at"]
    assert (employer.act.kind, employer.act.state) == (Act.Kind.ENTRY, Act.State.DONE)
    assert JournalEntry.objects.get(code="employer.created").facts["siret"] == siret
    dossier.refresh_from_db()
    assert dossier.revision > 0


@pytest.mark.parametrize("wrong", ["", "1234", "12345678900000", "abcdefghijklmn"])
def test_a_siret_that_does_not_exist_is_refused(owner: Actor, dossier: Dossier, wrong: str) -> None:
    with pytest.raises(Refusal, match="14 chiffres"):
        create_employer(actor=owner, dossier=dossier, siret=wrong)
    assert not Act.objects.exists()


def test_a_siret_is_entered_once_per_dossier(owner: Actor, employer: Employer, other: Dossier) -> None:
    with pytest.raises(Refusal, match="Les Amis du Val"):
        create_employer(actor=owner, dossier=employer.dossier, siret=employer.siret)
    copy = create_employer(actor=owner, dossier=other, siret=employer.siret)
    assert not copy.declaring


def test_what_was_typed_of_an_employer_survives_an_import(
    owner: Actor, employer: Employer, bureau: Bureau, import_bytes: Callable[..., ImportFile]
) -> None:
    correct_employer(actor=owner, employer=employer, fields={TOWN: "AILLEURS"})
    row = import_bytes(employer.dossier, month_file(bureau, bureau.first_month))
    employer.refresh_from_db()
    assert (employer.name, employer.town) == ("Les Amis du Val", "AILLEURS") and employer.lines
    (difference,) = row.report["employer_differences"]
    assert (difference["rubrique"], difference["typed"]) == (TOWN, "AILLEURS") and difference["dsn"]
    back = correct_employer(actor=owner, employer=employer, fields={TOWN: ""})
    assert back.town == difference["dsn"] and TOWN not in back.typed


def test_what_was_typed_of_a_person_survives_an_import(
    owner: Actor, employer: Employer, bureau: Bureau, import_bytes: Callable[..., ImportFile]
) -> None:
    first, second = bureau.all_months
    import_bytes(employer.dossier, month_file(bureau, first))
    told = Employee.objects.filter(employer=employer).exclude(nir="").first()
    assert told is not None
    typed = correct_employee(
        actor=owner, employee=told, fields={FAMILY_NAME: "Dupont-Martin", MAIL: "a@exemple.invalid"}
    )
    assert typed.family_name == "Dupont-Martin" and typed.search_key.startswith("dupont martin")
    assert (typed.given_names, typed.nir) == (told.given_names, told.nir)
    row = import_bytes(employer.dossier, month_file(bureau, second))
    typed.refresh_from_db()
    assert typed.family_name == "Dupont-Martin"
    found = {one["rubrique"]: one for one in row.report["differences"] if one["employee"] == str(typed.pk)}
    assert found[FAMILY_NAME]["dsn"] == told.family_name and found[FAMILY_NAME]["typed"] == "Dupont-Martin"
    assert found.keys() <= {FAMILY_NAME, MAIL}
    back = correct_employee(actor=owner, employee=typed, fields={FAMILY_NAME: " "})
    assert back.family_name == told.family_name and back.typed.keys() == {MAIL}


def test_a_form_sent_back_as_it_was_types_nothing(
    owner: Actor, employer: Employer, bureau: Bureau, import_bytes: Callable[..., ImportFile]
) -> None:
    import_bytes(employer.dossier, month_file(bureau, bureau.first_month))
    told = Employee.objects.filter(employer=employer).exclude(nir="").first()
    assert told is not None
    values = employee_values(told)
    assert values[NIR] == told.nir and values[BIRTH_DATE] == told.birth_date
    date = f"{told.birth_date[:2]}/{told.birth_date[2:4]}/{told.birth_date[4:]}"
    same = correct_employee(actor=owner, employee=told, fields={**values, BIRTH_DATE: date}, revision=0)
    assert same.typed == {} and same.revision == 0


def test_a_person_entered_by_hand_is_met_again_by_the_import(
    owner: Actor, employer: Employer, bureau: Bureau, import_bytes: Callable[..., ImportFile]
) -> None:
    employment = next(one for one in bureau.employed(bureau.employers[0], bureau.first_month) if one.person.nir)
    nir = employment.person.nir
    spaced = f"{nir[0]} {nir[1:3]} {nir[3:5]} {nir[5:]} {nir_key(nir)}"
    entered = create_employee(
        actor=owner,
        employer=employer,
        fields={FAMILY_NAME: "Nom Tapé", GIVEN_NAMES: "Zoé", NIR: spaced, BIRTH_DATE: "3/5/1985"},
    )
    assert (entered.nir, entered.birth_date) == (nir, "03051985")
    assert list(entered.identifiers.values_list("kind", "value")) == [("nir", nir)]
    row = import_bytes(employer.dossier, month_file(bureau, bureau.first_month))
    entered.refresh_from_db()
    assert entered.months.exists() and entered.family_name == "Nom Tapé"
    assert {one["rubrique"] for one in row.report["differences"]} >= {FAMILY_NAME, BIRTH_DATE}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "nom de famille manque"),
        ({NIR: ANY_NIR + "00"}, "clé du NIR"),
        ({NIR: "123"}, "13"),
        ({NTT: "abc"}, "NTT"),
        ({BIRTH_DATE: "31/02/1990"}, "n’existe pas"),
        ({BIRTH_DATE: "01/01/2999"}, "à venir"),
        ({"S21.G00.30.005": "07"}, "liste"),
        ({GIVEN_NAMES: "Łucja"}, "« Ł » n’existe pas"),
        ({GIVEN_NAMES: "A\x07B"}, "invisible"),
        ({GIVEN_NAMES: "x" * 81}, "80 caractères"),
    ],
)
def test_a_value_that_will_not_do_is_refused_with_the_reason(
    owner: Actor, employer: Employer, fields: dict[str, str], why: str
) -> None:
    revision = Dossier.objects.get(pk=employer.dossier_id).revision
    named = {FAMILY_NAME: "Durand"} if fields else {}
    with pytest.raises(Refusal, match=why) as refused:
        create_employee(actor=owner, employer=employer, fields={**named, **fields})
    assert refused.value.safe and ANY_NIR not in str(refused.value)
    assert not Employee.objects.exists() and not Identifier.objects.exists()
    assert Dossier.objects.get(pk=employer.dossier_id).revision == revision


def test_a_rubrique_out_of_the_list_is_a_mistake_of_the_caller(owner: Actor, employer: Employer) -> None:
    with pytest.raises(ValueError, match=r"S21\.G00\.51\.001"):
        create_employee(actor=owner, employer=employer, fields={FAMILY_NAME: "A", "S21.G00.51.001": "1"})


@pytest.mark.parametrize("number", [{NIR: ANY_NIR}, {}])
def test_the_same_person_is_not_entered_twice(owner: Actor, employer: Employer, number: dict[str, str]) -> None:
    fields = {FAMILY_NAME: "Durand", GIVEN_NAMES: "Zoé", MATRICULE: "0007", **number}
    create_employee(actor=owner, employer=employer, fields=fields)
    with pytest.raises(Refusal, match=r"Durand Zoé \(matricule 0007\)") as refused:
        create_employee(actor=owner, employer=employer, fields=fields)
    assert ANY_NIR not in str(refused.value)
    assert employer.employees.count() == 1


def test_identifiers_follow_the_numbers_that_are_typed(owner: Actor, employer: Employer) -> None:
    def held() -> list[tuple[str, str]]:
        return list(Identifier.objects.filter(employee=person).order_by("kind").values_list("kind", "value"))

    person = create_employee(actor=owner, employer=employer, fields={FAMILY_NAME: "Durand"})
    assert held() == [("civil", "durand|||")]
    ntt = f"2{employer.siren}0007"
    for fields, wanted in (
        ({NTT: ntt}, [("ntt", ntt)]),
        ({NIR: ANY_NIR}, [("nir", ANY_NIR), ("ntt", ntt)]),
        ({NTT: ""}, [("nir", ANY_NIR)]),
        ({NIR: "2850375990013"}, [("nir", "2850375990013")]),
        ({NIR: "", GIVEN_NAMES: "Zoé"}, [("civil", "durand|zoé||")]),
    ):
        person = correct_employee(actor=owner, employee=person, fields=fields)
        assert held() == wanted
        assert person.nir == dict(wanted).get("nir", "") and person.ntt == dict(wanted).get("ntt", "")
    with pytest.raises(Refusal, match="nom de famille"):
        correct_employee(actor=owner, employee=person, fields={FAMILY_NAME: ""})


def test_an_identifier_that_a_dsn_told_stays_whatever_is_typed(
    owner: Actor, employer: Employer, bureau: Bureau, import_bytes: Callable[..., ImportFile]
) -> None:
    import_bytes(employer.dossier, month_file(bureau, bureau.first_month))
    told, another = Employee.objects.filter(employer=employer).exclude(nir="")[:2]
    digest = dossier_digest(employer.dossier)
    typed = correct_employee(actor=owner, employee=told, fields={NIR: ANY_NIR})
    assert typed.nir == ANY_NIR
    assert set(typed.identifiers.values_list("value", flat=True)) == {told.nir, ANY_NIR}
    assert dossier_digest(employer.dossier) != digest
    with pytest.raises(Refusal, match=another.family_name):
        correct_employee(actor=owner, employee=typed, fields={NIR: another.nir})
    back = correct_employee(actor=owner, employee=typed, fields={NIR: ""})
    assert back.nir == told.nir and dossier_digest(employer.dossier) == digest


def test_a_correction_of_what_changed_meanwhile_is_refused(owner: Actor, employer: Employer) -> None:
    person = create_employee(actor=owner, employer=employer, fields={FAMILY_NAME: "Durand"})
    correct_employee(actor=owner, employee=person, fields={GIVEN_NAMES: "Zoé"}, revision=0)
    with pytest.raises(Refusal, match="Quelqu’un d’autre"):
        correct_employee(actor=owner, employee=person, fields={GIVEN_NAMES: "Léa"}, revision=0)
    correct_employer(actor=owner, employer=employer, name="Autre nom", revision=0)
    with pytest.raises(Refusal, match="Quelqu’un d’autre"):
        correct_employer(actor=owner, employer=employer, name="Encore un", revision=0)
    person.refresh_from_db()
    employer.refresh_from_db()
    assert (by_names(person), employer.name) == (("Durand", "Zoé", ""), "Autre nom")


def test_only_who_may_write_enters(owner: Actor, employer: Employer, user_with: Callable[..., Actor]) -> None:
    person = create_employee(actor=owner, employer=employer, fields={FAMILY_NAME: "Durand"})
    leo, nina = user_with("Léo", {employer.dossier: "lecture"}), user_with("Nina", {})
    for actor, error in ((leo, Refusal), (nina, NotVisible)):
        with pytest.raises(error):
            create_employer(actor=actor, dossier=employer.dossier, siret=employer.siret)
        with pytest.raises(error):
            correct_employer(actor=actor, employer=employer, name="X")
        with pytest.raises(error):
            create_employee(actor=actor, employer=employer, fields={FAMILY_NAME: "X"})
        with pytest.raises(error):
            correct_employee(actor=actor, employee=person, fields={FAMILY_NAME: "X"})
    archive_dossier(actor=owner, dossier=employer.dossier)
    with pytest.raises(Refusal, match="archivé"):
        correct_employee(actor=owner, employee=person, fields={FAMILY_NAME: "X"})
