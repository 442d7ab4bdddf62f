"""Who is who between a declaration and last month: people are joined by every number that any row or part tells."""

from collections.abc import Iterable
from dataclasses import dataclass

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Declaration, EmployeeMonth, Identifier
from scarabee.filings.comparing.months import Surroundings
from scarabee.filings.comparing.reading import MonthFile, Number, Present, read_held

CHUNK_PEOPLE = 300


class Identities:
    """Which numbers are one person's: those of one row of Employee, and those that one part of the file tells.

    The rows of several employers speak of one person when they share a number: so a change of NIC, of NIR, or an NTT
    that becomes a NIR parts nobody, even before the declaration that tells of it is imported.
    """

    def __init__(self, employer_ids: Iterable[int]) -> None:
        self._parents: dict[Number, Number] = {}
        self._employees: dict[int, Number] = {}
        rows = Identifier.objects.filter(employer_id__in=list(employer_ids)).order_by()
        for employee_id, kind, value in rows.values_list("employee_id", "kind", "value").iterator(chunk_size=2000):
            number = (kind, value)
            self.unite((number, self._employees.setdefault(employee_id, number)))

    def unite(self, numbers: Iterable[Number]) -> None:
        """Make the owners of these numbers one person."""
        first, *others = map(self.root, numbers)
        for other in others:
            self._parents[other] = first

    def root(self, number: Number) -> Number:
        """The number that stands for its owner, for as long as nothing more is united."""
        parents = self._parents
        while (parent := parents.setdefault(number, number)) != number:
            parents[number] = number = parents[parent]
        return number

    def of_employee(self, employee_id: int) -> Number:
        """The number that stands for an employee of these employers."""
        known = self._employees.get(employee_id)
        return self.root(known) if known else ("employee", str(employee_id))

    def employees_of(self, roots: Iterable[Number]) -> dict[int, Number]:
        """{employee id: root} of some people, at all these employers."""
        wanted = set(roots)
        found = ((pk, self.root(number)) for pk, number in self._employees.items()) if wanted else ()
        return {pk: root for pk, root in found if root in wanted}


@dataclass(slots=True, repr=False)
class People:
    """People by the number that stands for them.

    `now`: those of the file, with what other fractions tell of them. `elsewhere`: declared this month by the others
    only. `last`: last month at this employer, or the one it succeeds. `moved`: people of the file who were last month
    at an établissement that their 41.012 names.
    """

    identities: Identities
    now: dict[Number, Present]
    elsewhere: set[Number]
    last: dict[Number, Present]
    moved: dict[Number, Present]

    def before(self, root: Number) -> Present | None:
        """The person as of last month, wherever it was."""
        return self.last.get(root) or self.moved.get(root)


def gather(file: MonthFile, around: Surroundings) -> People:
    """Recognise the people of the file, and load those of last month."""
    identities = Identities(around.employer_ids)
    for told in file.people:
        identities.unite(told.numbers)
    now: dict[Number, Present] = {}
    for told in file.people:
        now.setdefault(identities.root(told.numbers[0]), Present()).add(told, 0)
    others = _people_of(around.others, identities)
    _load(now, [row for row in others if row[0] in now])
    last: dict[Number, Present] = {}
    _load(last, _people_of(around.last, identities))
    moved: dict[Number, Present] = {}
    _load(moved, [row for row in _people_of(around.last_named, identities) if row[0] in now])
    return People(identities, now, {row[0] for row in others} - now.keys(), last, moved)


type _Row = tuple[Number, int, int, int]  # who, content id, declaration id, position in it


def _people_of(declarations: list[Declaration], identities: Identities) -> list[_Row]:
    if not declarations:
        return []
    months = EmployeeMonth.objects.filter(declaration__in=declarations).order_by("declaration_id", "position")
    rows = months.values_list("employee_id", "content_id", "declaration_id", "position").iterator(chunk_size=2000)
    return [(identities.of_employee(employee), *place) for employee, *place in rows]


def _load(people: dict[Number, Present], rows: list[_Row]) -> None:
    """Add what is stored to people, some contents at a time."""
    for some in chunks(rows, CHUNK_PEOPLE):
        loaded = contents.load(content for _, content, _, _ in some)
        for root, content, declaration, position in some:
            people.setdefault(root, Present()).add(read_held(loaded[content]), declaration, position)
