"""One page of the tree: what it shows, in words, and what it costs."""

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.transfers.filled import filled

from scarabee.dossiers.models import Dossier, Employee, Employer, Identifier
from scarabee.maintenance.journal import Actor
from scarabee.transfers.selection import Selection
from scarabee.transfers.tree import EmployerRow, tree
from scarabee.transfers.tree_state import MOST_OPEN, TreeState

pytestmark = pytest.mark.django_db


def _rows(source: Dossier, selection: Selection, state: TreeState | None = None) -> list[EmployerRow]:
    return tree(source_id=source.pk, selection=selection, state=state or TreeState()).rows


def test_each_employer_says_in_words_what_is_ticked_of_it(source: Dossier) -> None:
    first, second, third = Employer.objects.filter(dossier=source)
    people = list(third.employees.all())
    selection = (
        Selection()
        .tick_employer(first.pk, ticked=True)
        .untick_employees()
        .tick_employer(second.pk, ticked=True)
        .tick_employee(third.pk, people[0].pk, ticked=True)
    )
    states = [(row.state, row.checked, row.partial) for row in _rows(source, selection)]
    assert states == [
        ("fiche seule", True, False),
        ("en totalité", True, False),
        ("1 salarié sur 4", False, True),
    ]
    without_one = Selection().tick_employer(third.pk, ticked=True).tick_employee(third.pk, people[0].pk, ticked=False)
    assert [row.state for row in _rows(source, without_one)] == ["", "", "3 salariés sur 4"]


def test_employees_are_listed_with_their_ticks_where_the_employer_is_open(source: Dossier) -> None:
    first, second, _ = Employer.objects.filter(dossier=source)
    one = second.employees.order_by("search_key")[1]
    state = TreeState()
    state.open(second.pk)
    rows = _rows(source, Selection().tick_employee(second.pk, one.pk, ticked=True), state)
    assert [row.is_open for row in rows] == [False, True, False]
    assert [person.ticked for person in rows[1].people] == [False, True, False, False]
    state.shown = False
    assert not any(row.is_open for row in _rows(source, Selection(), state))
    assert first.pk == rows[0].id


def test_employers_and_employees_come_fifty_a_page(owner: Actor) -> None:
    big = filled(owner, "Grand", employers=60, employees=1)
    one = Employer.objects.filter(dossier=big).first()
    assert one is not None
    assert [len(_rows(big, Selection(), TreeState(page=page))) for page in (1, 2, 99)] == [50, 10, 10]
    crowded = filled(owner, "Foule", employers=1, employees=120)
    employer = crowded.employers.get()
    state = TreeState()
    state.open(employer.pk)
    names = []
    for page in (1, 2, 3):
        state.opened[employer.pk].page = page
        names += [person.name for person in _rows(crowded, Selection(), state)[0].people]
    assert names == [f"NOM {number:05} Camille" for number in range(1, 121)]


@pytest.mark.parametrize("search", ["association 0002", "ASSOCIATION 0002", "0002 valence"])
def test_employers_are_found_by_name_and_town(source: Dossier, search: str) -> None:
    assert [row.name for row in _rows(source, Selection(), TreeState(search=search))] == ["Association 0002"]


def test_employers_are_found_by_siret_with_or_without_spaces(source: Dossier) -> None:
    siret = Employer.objects.filter(dossier=source)[1].siret
    for search in (siret, f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"):
        assert [row.siret for row in _rows(source, Selection(), TreeState(search=search))] == [siret]


def test_employees_are_found_by_name_and_by_any_nir_they_ever_had(source: Dossier) -> None:
    employer = Employer.objects.filter(dossier=source)[0]
    person = employer.employees.order_by("search_key")[2]
    Identifier.objects.create(
        dossier=source, employer=employer, employee=person, kind="nir", value="1850575123456", act=person.act
    )
    state = TreeState()
    state.open(employer.pk)
    for search in ("nom 00003", "1 85 05 75 123 456", "18505"):
        state.opened[employer.pk].search = search
        row = _rows(source, Selection(), state)[0]
        assert [found.id for found in row.people] == [person.pk]
        assert row.page is not None
        assert row.page.paginator.count == 1


def test_a_page_of_the_tree_costs_at_most_five_queries_whatever_the_dossier(
    owner: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    big = filled(owner, "Grand", employers=60, employees=50)
    assert Employee.objects.filter(dossier=big).count() == 3000
    state = TreeState()
    for employer in Employer.objects.filter(dossier=big)[:MOST_OPEN]:
        state.open(employer.pk)
        state.opened[employer.pk].search = "nom"
    with django_assert_max_num_queries(5):
        rows = _rows(big, Selection(), state)
    assert sum(len(row.people) for row in rows) == 50 * MOST_OPEN


def test_only_so_many_employers_stay_open_at_once() -> None:
    state = TreeState()
    for pk in range(1, MOST_OPEN + 3):
        state.open(pk)
    assert list(state.opened) == list(range(3, MOST_OPEN + 3))
