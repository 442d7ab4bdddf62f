"""Search over all the dossiers one may see: "where is this person?"."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from scarabee.dossiers.models import Employee, Employer, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.selectors import employees as employee_reads
from scarabee.dossiers.selectors import employers as employer_reads
from scarabee.dossiers.selectors.employees import EmployeeRow, looks_like_nir
from scarabee.dsn.identifiers import matching_nir
from scarabee.maintenance.journal import Actor

EMPLOYERS_SHOWN = 50
PEOPLE_PER_PAGE = 50
PLACES_SHOWN = 200


@dataclass(slots=True)
class PersonFound:
    """A person and every place where they stand; people without a NIR are told apart."""

    nir: str
    places: list[EmployeeRow]

    @property
    def shown(self) -> Employee:
        return self.places[0].employee

    @property
    def in_several(self) -> bool:
        return len(self.places) > 1


@dataclass(slots=True)
class Found:
    """`more_employers`: only the first ones are listed; `people` is a page of `PersonFound`."""

    employers: list[Employer]
    more_employers: bool
    people: Page[Any]

    @property
    def is_empty(self) -> bool:
        return not self.employers and not self.people.paginator.count


def search(*, actor: Actor, text: str, page: str | None = None) -> Found:
    """Employers and people that a text names, over all the dossiers the actor may see.

    A NIR (13 or 15 characters, spaces allowed) finds people by any number ever seen; digits find SIRETs,
    matricules and NTTs; words find names and towns.
    """
    text = text.strip() if search_key(text) else ""
    employers: list[Employer] = []
    if text and not looks_like_nir(text):
        found = Employer.objects.visible_to(actor).filter(employer_reads.matching(text))
        employers = list(found.select_related("dossier").order_by("search_key", "siret")[: EMPLOYERS_SHOWN + 1])
    people = Employee.objects.visible_to(actor) if text else Employee.objects.none()
    people = people.filter(employee_reads.matching(text)).order_by("search_key", "pk")
    paged = Paginator(people.select_related("employer", "dossier"), PEOPLE_PER_PAGE).get_page(page)
    paged.object_list = _grouped(actor, list(paged.object_list))
    return Found(employers[:EMPLOYERS_SHOWN], len(employers) > EMPLOYERS_SHOWN, paged)


def _grouped(actor: Actor, listed: list[Employee]) -> list[PersonFound]:
    """One entry per NIR, each with all its places, those of another name or page included."""
    nirs = {employee.nir for employee in listed} - {""}
    same = employee_reads.identified(Identifier.Kind.NIR, {matching_nir(nir) for nir in nirs})
    others = Employee.objects.visible_to(actor).filter(pk__in=same)
    others = others.exclude(pk__in=[employee.pk for employee in listed])
    places = listed + list(others.select_related("employer", "dossier")[:PLACES_SHOWN])
    months = employee_reads.months_in_force(employee.pk for employee in places)
    groups: dict[str, PersonFound] = {}
    for employee in places:
        key = matching_nir(employee.nir) or f"#{employee.pk}"
        group = groups.setdefault(key, PersonFound(matching_nir(employee.nir), []))
        group.places.append(EmployeeRow(employee, months.get(employee.pk, 0)))
    return list(groups.values())
