"""The people of one employer of an archive, beside what is here of them: to choose one to take out of it."""

from collections import defaultdict
from dataclasses import dataclass

from scarabee.dossiers.models import Employee, EmployeeMonth, Employer
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """Somebody of an archive. `number`: within it. `months`: declared there, of which `missing` stand nowhere here.

    `born`: JJMMAAAA, as declared.
    """

    number: int
    name: str
    born: str
    matricule: str
    months: int
    missing: int


def people_of(alias: str, employer: Employer, actor: Actor) -> list[HeldPerson]:
    """The people of an employer of the archive opened under `alias`, by name. Four queries."""
    standing = _contents_here(employer.siret, actor)
    there: dict[int, set[str]] = defaultdict(set)
    missing: dict[int, set[str]] = defaultdict(set)
    rows = EmployeeMonth.objects.using(alias).filter(employee__employer=employer)
    for number, month, digest in rows.values_list("employee", "declaration__month", "content__sha256").iterator():
        there[number].add(month)
        if bytes(digest) not in standing:
            missing[number].add(month)
    people = Employee.objects.using(alias).filter(employer=employer).order_by("search_key", "pk")
    return [
        HeldPerson(one.pk, str(one), one.birth_date, one.matricule, len(there[one.pk]), len(missing[one.pk]))
        for one in people
    ]


def _contents_here(siret: str, actor: Actor) -> set[bytes]:
    """The hashes of every month of the people of this SIRET, in the dossiers that the actor sees."""
    copies = Employer.objects.visible_to(actor).filter(siret=siret).values("pk")
    rows = EmployeeMonth.objects.filter(employee__employer__in=copies)
    return {bytes(digest) for digest in rows.values_list("content__sha256", flat=True)}
