"""Employees: the list of an employer's, and all that is known of one person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from scarabee.dossiers import contents
from scarabee.dossiers.models import Contract, Employee, EmployeeMonth, Employer, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.selectors.declarations import Version
from scarabee.dossiers.selectors.dossiers import with_right
from scarabee.dossiers.selectors.employers import Fact, facts
from scarabee.dossiers.selectors.wording import declared_day, words
from scarabee.dossiers.services.refresh import civil_end
from scarabee.dsn.figures import Figures, UsedRate, person_figures
from scarabee.dsn.identifiers import matching_nir
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

PAGE_LENGTH = 50
MONTHS_PER_PAGE = 12
NOTICES_SHOWN = 50
SORTS = {
    "nom": ("search_key", "pk"),
    "-nom": ("-search_key", "-pk"),
    "matricule": ("matricule", "search_key", "pk"),
    "-matricule": ("-matricule", "search_key", "pk"),
}


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """An employee in a list. `months`: how many distinct months are in force."""

    employee: Employee
    months: int


def looks_like_nir(text: str) -> bool:
    """Whether a text could be a NIR: 13 characters, or 15 with the key, spaces aside; 2A and 2B allowed."""
    compact = "".join(text.split()).upper()
    return len(compact) in (13, 15) and (compact[:5] + compact[7:]).isdigit() and compact[5].isdigit()


def matching(text: str) -> Q:
    """The people a text names: their NIR, any NTT or matricule, or every word in their names."""
    if looks_like_nir(text):
        return Q(pk__in=identified(Identifier.Kind.NIR, [matching_nir(text)]))
    named = Q()
    for word in search_key(text).split():
        named &= Q(search_key__contains=word)
    exact = text.strip()
    if any(character.isdigit() for character in exact):
        named = Q(matricule=exact) | Q(ntt=exact)
        if not exact.isdigit():
            named |= Q(pk__in=identified(Identifier.Kind.NTT, [exact]))
    return named


def identified(kind: str, values: Iterable[str]) -> Any:
    """The ids of the employees who ever had one of these numbers, as a subquery."""
    return Identifier.objects.filter(kind=kind, value__in=list(values)).values("employee_id")


def employees_of(*, actor: Actor, employer: Employer, text: str = "", sort: str = "nom") -> Any:
    """The employees of an employer as a queryset, those that the text names."""
    employees = Employee.objects.visible_to(actor).filter(employer=employer).filter(matching(text))
    return employees.order_by(*SORTS.get(sort, SORTS["nom"]))


def employee_page(
    *, actor: Actor, employer: Employer, text: str = "", sort: str = "nom", page: str | None = None
) -> Page[Any]:
    """A page of `EmployeeRow`."""
    employees = employees_of(actor=actor, employer=employer, text=text, sort=sort)
    found = Paginator(employees, PAGE_LENGTH).get_page(page)
    found.object_list = employee_rows(found.object_list)
    return found


def employee_rows(employees: Iterable[Employee]) -> list[EmployeeRow]:
    """Employees with their number of months, in one more query."""
    listed = list(employees)
    months = months_in_force(employee.pk for employee in listed)
    return [EmployeeRow(employee, months.get(employee.pk, 0)) for employee in listed]


def months_in_force(employee_ids: Iterable[int]) -> dict[int, int]:
    """{employee id: number of distinct months in force}."""
    held = EmployeeMonth.objects.filter(employee_id__in=list(employee_ids), declaration__in_force=True)
    counted = (
        held.exclude(declaration__month="")
        .order_by()
        .values("employee_id")
        .annotate(figure=Count("declaration__month", distinct=True))
    )
    return dict(counted.values_list("employee_id", "figure"))


def get_employee(*, actor: Actor, pk: int) -> Employee:
    """The employee with employer and dossier, when the actor may see it. Raises `NotVisible`."""
    employees = with_right(actor, Employee.objects.visible_to(actor), "dossier_id")
    employee: Any = employees.select_related("employer", "dossier").filter(pk=pk).first()
    if employee is None:
        raise NotVisible("Ce salarié n’existe pas, ou vous n’y avez pas accès.")
    employee.dossier.is_writable = employee.is_writable
    return cast(Employee, employee)


def identifiers(employee: Employee) -> list[Identifier]:
    """Every NIR and NTT ever seen for the person."""
    return list(employee.identifiers.exclude(kind=Identifier.Kind.CIVIL).order_by("kind", "value"))


@dataclass(slots=True)
class ContractChain:
    """A contract as people understand it: the newest row, and what it was called before (41.014, 41.021)."""

    contract: Contract
    former: list[Contract] = field(default_factory=list)

    @property
    def start(self) -> str:
        """The first day of the oldest row known."""
        return declared_day((self.former[-1] if self.former else self.contract).start)

    @property
    def end(self) -> str:
        return declared_day(self.contract.end)

    @property
    def expected_end(self) -> str:
        return declared_day(self.contract.expected_end)

    @property
    def nature(self) -> str:
        return words("S21.G00.40.007", self.contract.nature)

    @property
    def end_reason(self) -> str:
        return words("S21.G00.62.002", self.contract.end_reason)

    @property
    def before(self) -> list[str]:
        """« n° 00001 du 01/02/2024 » for each former row."""
        return [f"n° {one.number or '?'} du {declared_day(one.start)}" for one in self.former]


def contract_chains(employee: Employee) -> list[ContractChain]:
    """The contracts of a person, a chain being one contract; the newest first."""
    rows = {(row.number, row.start): row for row in Contract.objects.filter(employee=employee)}
    former = {key: _former_key(row) for key, row in rows.items()}
    replaced = set(former.values())
    chains: list[ContractChain] = []
    seen: set[tuple[str, str]] = set()
    for key in sorted(rows, key=lambda key: key in replaced):  # rows that name each other come last
        if key in seen:
            continue
        chain = ContractChain(rows[key])
        seen.add(key)
        old = former[key]
        while old is not None and old in rows and old not in seen:
            chain.former.append(rows[old])
            seen.add(old)
            old = former[old]
        chains.append(chain)
    return sorted(chains, key=lambda chain: _sortable(chain.contract.start), reverse=True)


def _former_key(row: Contract) -> tuple[str, str] | None:
    if not (row.former_number or row.former_start):
        return None
    return (row.former_number or row.number, row.former_start or row.start)


def _sortable(date: str) -> str:
    return date[4:] + date[2:4] + date[:2]


@dataclass(slots=True)
class PersonMonth:
    """A month of a person: what is in force, added up over fractions; `older` counts the other versions."""

    month: str
    figures: Figures | None = None
    sources: list[tuple[EmployeeMonth, Version]] = field(default_factory=list)
    older: int = 0

    @property
    def rates(self) -> list["ShownRate"]:
        """The PAS rates used, each once."""
        return [ShownRate(rate) for rate in dict.fromkeys(self.figures.rates)] if self.figures else []

    @property
    def is_partial(self) -> bool:
        return any(version.declaration.is_partial for _, version in self.sources)


@dataclass(frozen=True, slots=True)
class ShownRate:
    """A PAS rate as declared, with its kind in words."""

    used: UsedRate

    @property
    def kind(self) -> str:
        return words("S21.G00.50.007", self.used.kind)


@dataclass(frozen=True, slots=True)
class History:
    """What declarations tell of a person: a page of `PersonMonth`, the newest signalements, the identity."""

    months: Page[Any]
    notices: list[tuple[EmployeeMonth, Version]]
    identity: list[Fact]


def history(*, employee: Employee, page: str | None = None) -> History:
    """The history of one employee, found with `get_employee`, in two queries.

    All the pointers of one person are read (some hundreds in a working life), and the contents of one page.
    """
    held = list(
        EmployeeMonth.objects.filter(employee=employee)
        .select_related("declaration")
        .order_by("-declaration__in_force", "-declaration__freshness", "position")
    )
    notices = [one for one in held if not one.declaration.month]
    notices.sort(key=lambda one: one.declaration.freshness, reverse=True)
    months = sorted({one.declaration.month for one in held} - {""}, reverse=True)
    found: Page[Any] = Paginator(months, MONTHS_PER_PAGE).get_page(page)
    rows = {month: PersonMonth(month) for month in found.object_list}
    for one in held:
        row = rows.get(one.declaration.month)
        if row is not None and one.declaration.in_force:
            row.sources.append((one, Version(one.declaration)))
        elif row is not None:
            row.older += 1
    newest = [held[0].content_id] if held else []
    loaded = contents.load([*newest, *(one.content_id for row in rows.values() for one, _ in row.sources)])
    for row in rows.values():
        row.sources.sort(key=lambda source: (source[1].declaration.fraction, source[0].position))
        if row.sources:
            row.figures = person_figures(b"".join(loaded[one.content_id] for one, _ in row.sources))
    found.object_list = list(rows.values())
    part = loaded[newest[0]] if newest else b""
    shown = [(one, Version(one.declaration)) for one in notices[:NOTICES_SHOWN]]
    return History(found, shown, facts(part[: civil_end(part)], employee.typed))


def elsewhere(*, actor: Actor, employee: Employee) -> list[Employee]:
    """The same NIR under other employers or in other dossiers, among those the actor may see."""
    nirs = employee.identifiers.filter(kind=Identifier.Kind.NIR).values("value")
    same = Identifier.objects.visible_to(actor).filter(kind=Identifier.Kind.NIR, value__in=nirs)
    found = Employee.objects.filter(pk__in=same.values("employee_id")).exclude(pk=employee.pk)
    return list(found.select_related("employer", "dossier").order_by("dossier__name_key", "employer__siret")[:50])
