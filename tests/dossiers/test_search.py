from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from scarabee.dossiers.models import Act, Dossier, Employee, Employer, Identifier, ImportFile
from scarabee.dossiers.selectors.employees import looks_like_nir
from scarabee.dossiers.selectors.search import search
from scarabee.dsn.identifiers import nir_key
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.maintenance.journal import Actor

Import = Callable[[Dossier, bytes], ImportFile]
BUREAU = invent_bureau(23, employers=5, employees_per_employer=(3, 5), months=2)


@pytest.fixture
def person(dossier: Dossier, other: Dossier, import_bytes: Import) -> Employee:
    """Somebody who stands in two dossiers."""
    for month in BUREAU.all_months:
        import_bytes(dossier, month_file(BUREAU, month))
    import_bytes(other, month_file(BUREAU, BUREAU.all_months[0]))
    elsewhere = Employee.objects.filter(dossier=other).exclude(nir="").values("nir")
    return Employee.objects.filter(dossier=dossier, nir__in=elsewhere).exclude(matricule="")[0]


def places(actor: Actor, text: str) -> set[Employee]:
    return {place.employee for one in search(actor=actor, text=text).people for place in one.places}


def test_a_person_is_found_by_any_writing_of_the_nir_and_grouped_with_all_places(
    person: Employee, owner: Actor
) -> None:
    nir = person.nir[:13]
    whole = nir + nir_key(nir)
    spaced = f" {whole[0]} {whole[1:3]} {whole[3:5]} {whole[5:7]} {whole[7:10]} {whole[10:13]} {whole[13:]} "
    everywhere = set(Employee.objects.filter(nir__startswith=nir))
    assert len(everywhere) > 1
    for text in (nir, whole, spaced, whole.lower()):
        found = search(actor=owner, text=text)
        assert [one.nir for one in found.people] == [nir]
        assert {place.employee for place in next(iter(found.people)).places} == everywhere
        assert found.employers == []


def test_a_former_nir_or_ntt_finds_the_person_too(person: Employee, owner: Actor) -> None:
    for kind, value in (("nir", "2990199123456"), ("ntt", "2123456789AB")):
        Identifier.objects.create(
            dossier=person.dossier, employer=person.employer, employee=person, kind=kind, value=value,
            act=Act.objects.all()[0],
        )  # fmt: skip
        assert person in places(owner, value)


def test_a_person_is_found_by_names_in_any_order_and_by_matricule(person: Employee, owner: Actor) -> None:
    assert person in places(owner, f"{person.given_names} {person.family_name}".upper())
    assert person in places(owner, person.family_name[:4].lower())
    assert person in places(owner, f" {person.matricule} ")


def test_an_employer_is_found_by_siret_siren_name_and_town(person: Employee, owner: Actor) -> None:
    employer = person.employer
    Employer.objects.filter(pk=employer.pk).update(name="Chœur d’Été", search_key="choeur d ete")
    siret = employer.siret
    for text in (siret, f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}", siret[:9], "choeur été"):
        assert employer in search(actor=owner, text=text).employers, text
    copy = Employer.objects.exclude(dossier=employer.dossier).exclude(town="")[0]
    assert copy in search(actor=owner, text=copy.town).employers


def test_nobody_finds_what_they_may_not_see(person: Employee, other: Dossier, user_with: Callable[..., Actor]) -> None:
    reader, stranger = user_with("Zoé", {other: "lecture"}), user_with("Ali", {})
    assert {one.dossier_id for one in places(reader, person.nir)} == {other.pk}
    assert search(actor=stranger, text=person.nir).is_empty
    assert search(actor=stranger, text=person.employer.siret).is_empty
    assert search(actor=stranger, text=person.family_name).is_empty


@pytest.mark.parametrize("text", ["", "  ", "'; --", "…", "%", "_", "Xylophonie Introuvable"])
def test_a_text_that_names_nobody_finds_nobody(person: Employee, owner: Actor, text: str) -> None:
    assert search(actor=owner, text=text).is_empty


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1850575123456", True), ("1 85 05 2A 123 456 78", True), ("12345678900012", False), ("DUPONT", False)],
)
def test_what_looks_like_a_nir(text: str, answer: bool) -> None:
    assert looks_like_nir(text) is answer


def test_a_search_costs_few_queries_whatever_it_finds(
    person: Employee, owner: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for text in ("a", "e", person.nir, person.employer.siret):
        with django_assert_max_num_queries(5):
            search(actor=owner, text=text)


def test_many_people_are_paged(person: Employee, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scarabee.dossiers.selectors.search.PEOPLE_PER_PAGE", 3)
    first = search(actor=owner, text="e")
    assert first.people.paginator.num_pages > 1
    assert 1 <= len(first.people.object_list) <= 3
    last = search(actor=owner, text="e", page=str(first.people.paginator.num_pages))
    assert len(last.people.object_list) >= 1
