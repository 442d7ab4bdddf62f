"""The tree of a source dossier as one page of it is drawn: employers, and the employees of the opened ones.

Its cost depends on the page, never on the dossier: at most five queries, none of which lists all employees.
"""

from dataclasses import dataclass, field

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from scarabee.dossiers.models import Employee, Employer, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.tree_state import Opened, TreeState

PAGE_LENGTH = 50
COUNTS_KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """An employee with its box."""

    id: int
    employer_id: int
    name: str
    birth_date: str
    nir: str
    ntt: str
    matricule: str
    ticked: bool

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def born(self) -> str:
        """JJMMAAAA → JJ/MM/AAAA; anything else is left as it is."""
        day = self.birth_date
        return f"{day[:2]}/{day[2:4]}/{day[4:]}" if len(day) == 8 and day.isdigit() else day


@dataclass(slots=True)
class EmployerRow:
    """An employer with its box. `taken`: how many of its `employees` are ticked."""

    id: int
    siret: str
    name: str
    town: str
    employees: int
    ticked: Ticked | None
    taken: int
    is_open: bool = False
    search: str = ""
    page: Page[int] | None = None
    people: list[EmployeeRow] = field(default_factory=list)

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def title(self) -> str:
        """Its name; until somebody typed one, where it is."""
        return self.name or (f"Employeur sans nom à {self.town}" if self.town else "Employeur sans nom")

    @property
    def checked(self) -> bool:
        """Whether its box is ticked: *en totalité*, or *fiche seule* after the white square."""
        return self.ticked is not None and (self.ticked.mode is Mode.WHOLE or self.taken == 0)

    @property
    def partial(self) -> bool:
        """Taken with some of its employees: neither ticked nor unticked."""
        return self.ticked is not None and not self.checked

    @property
    def state(self) -> str:
        """What is ticked of it, in words; empty when nothing is."""
        if self.ticked is None:
            return ""
        if self.ticked.mode is Mode.WHOLE:
            return "en totalité"
        if self.taken == 0:
            return "fiche seule"
        people = "salariés" if self.taken > 1 else "salarié"
        return f"{self.taken} {people} sur {self.employees}"


@dataclass(frozen=True, slots=True)
class Tree:
    """One page of the tree."""

    page: Page[Employer]
    rows: list[EmployerRow]
    shown: bool
    search: str


def tree(*, source_id: int, selection: Selection, state: TreeState) -> Tree:
    """The page of the tree that `state` looks at, with these ticks."""
    page = Paginator(found_employers(source_id, state.search), PAGE_LENGTH).get_page(state.page)
    employers = list(page.object_list)
    counts = _employee_counts(employers)
    rows = [
        _employer_row(employer, counts.get(employer.pk, 0), selection.employers.get(employer.pk))
        for employer in employers
    ]
    if state.shown:
        _open(rows, state.opened)
    return Tree(page, rows, state.shown, state.search)


def found_employers(source_id: int, search: str) -> QuerySet[Employer]:
    """The employers of the dossier that have these words in their name, town or SIRET, by name."""
    employers = (
        Employer.objects.filter(dossier_id=source_id)
        .select_related("dossier")
        .only("siret", "name", "town", "search_key", "dossier__uuid", "dossier__revision")
    )
    digits = "".join(search.split())
    if digits.isdigit():
        return employers.filter(Q(siret__contains=digits) | Q(search_key__contains=digits))
    for word in search_key(search).split():
        employers = employers.filter(search_key__contains=word)
    return employers


def _employee_counts(employers: list[Employer]) -> dict[int, int]:
    """How many employees each employer has, counted once per state of the dossier: its revision names that state."""
    keys = {f"transfer-tree:{one.dossier.uuid}:{one.dossier.revision}:{one.pk}": one.pk for one in employers}
    known = {keys[key]: count for key, count in cache.get_many(keys).items()}
    missing = [one.pk for one in employers if one.pk not in known]
    if missing:
        counted = Employee.objects.filter(employer_id__in=missing).order_by().values_list("employer_id")
        fresh = dict.fromkeys(missing, 0) | dict(counted.annotate(Count("pk")))
        cache.set_many({key: fresh[pk] for key, pk in keys.items() if pk in fresh}, COUNTS_KEPT_SECONDS)
        known |= fresh
    return known


def _employer_row(employer: Employer, employees: int, ticked: Ticked | None) -> EmployerRow:
    taken = 0
    if ticked is not None:
        listed = len(ticked.employees)
        taken = listed if ticked.mode is Mode.SOME else employees - listed
    return EmployerRow(
        employer.pk,
        employer.siret,
        employer.name,
        employer.town,
        employees,
        ticked,
        taken,
    )


def _open(rows: list[EmployerRow], opened: dict[int, Opened]) -> None:
    """Give the opened employers the page of their employees that is looked at."""
    open_rows = [row for row in rows if row.id in opened]
    if not open_rows:
        return
    searched = {row.id: opened[row.id].search for row in open_rows if opened[row.id].search}
    found = _found_counts(searched) if searched else {}
    wanted = Q()
    for row in open_rows:
        row.is_open, row.search = True, opened[row.id].search
        count = found.get(row.id, 0) if row.search else row.employees
        row.page = Paginator(range(count), PAGE_LENGTH).get_page(opened[row.id].page)
        first = max(row.page.start_index() - 1, 0)
        people = Employee.objects.filter(_matching(row.id, row.search)).order_by("search_key", "id")
        wanted |= Q(pk__in=people.values("pk")[first : first + PAGE_LENGTH])
    by_id = {row.id: row for row in open_rows}
    listed = Employee.objects.filter(wanted).order_by("search_key", "id")
    for person in listed.only("employer_id", "family_name", "given_names", "birth_date", "nir", "ntt", "matricule"):
        row = by_id[person.employer_id]
        row.people.append(_employee_row(person, row.ticked))


def _found_counts(searched: dict[int, str]) -> dict[int, int]:
    """{employer id: how many of its employees the search finds}."""
    wanted = Q()
    for employer_id, search in searched.items():
        wanted |= _matching(employer_id, search)
    counted = Employee.objects.filter(wanted).order_by().values_list("employer_id")
    return dict(counted.annotate(Count("pk")))


def _matching(employer_id: int, search: str) -> Q:
    """The employees of this employer whose name has these words, or who ever had such a NIR or NTT."""
    named = Q()
    for word in search_key(search).split():
        named &= Q(search_key__contains=word)
    digits = "".join(search.split())
    if any(character.isdigit() for character in digits):
        seen = Identifier.objects.filter(employer_id=employer_id, value__startswith=digits)
        named |= Q(pk__in=seen.values("employee_id")) | Q(matricule__iexact=search)
    return Q(employer_id=employer_id) & named


def _employee_row(person: Employee, ticked: Ticked | None) -> EmployeeRow:
    return EmployeeRow(
        person.pk, person.employer_id, str(person), person.birth_date, person.nir, person.ntt,
        person.matricule, ticked is not None and ticked.has(person.pk),
    )  # fmt: skip
