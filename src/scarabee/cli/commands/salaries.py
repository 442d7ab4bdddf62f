"""List the employees of a dossier, with the local numbers that other commands take."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Employee
    from scarabee.maintenance.journal import Actor

HELP = "montrer les salariés d’un dossier, avec leur numéro"
GATED = False
_COLUMNS = ("number", "siret", "nir", "ntt", "matricule", "family_name", "given_names", "birth_date", "months")
_HEADINGS = ("numéro", "siret", "NIR", "NTT", "matricule", "nom", "prénoms", "né(e) le", "mois en vigueur")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dossier", metavar="NOM", required=True)
    parser.add_argument("--employeur", metavar="SIRET", help="ceux de cet employeur seulement")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the employees, employer by employer."""
    from scarabee.cli.commands import designation, lookup
    from scarabee.dossiers.models import Employee
    from scarabee.dossiers.services.dossiers import dossier_by_name

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    people = Employee.objects.filter(dossier=dossier).select_related("employer")
    people = people.order_by("employer__search_key", "employer__siret", "search_key", "pk")
    if args.employeur:
        employer = lookup.employer_of(dossier, designation.siret(args.employeur))
        people = people.filter(employer=employer)
    found = list(_described(people))
    if out.json_wanted:
        out.json(found)
    else:
        out.table(_HEADINGS, ([one[name] for name in _COLUMNS] for one in found), figures=(0, 8))
    return 0


def _described(people: "QuerySet[Employee]") -> Iterator[dict[str, Any]]:
    from itertools import batched

    from scarabee.dossiers.bulk import IN_LIMIT
    from scarabee.dossiers.selectors.employees import employee_rows

    for some in batched(people.iterator(chunk_size=IN_LIMIT), IN_LIMIT):
        for row in employee_rows(some):
            yield describe(row.employee, row.months)


def describe(employee: "Employee", months: int) -> dict[str, Any]:
    """The JSON of an employee; `months`: how many distinct months are in force."""
    return {
        "number": employee.pk,
        "siret": employee.employer.siret,
        "nir": employee.nir or None,
        "ntt": employee.ntt or None,
        "matricule": employee.matricule or None,
        "family_name": employee.family_name,
        "given_names": employee.given_names,
        "birth_date": iso_date(employee.birth_date),
        "months": months,
    }


def iso_date(declared: str) -> str | None:
    """JJMMAAAA as declared → AAAA-MM-JJ, AAAA-MM or AAAA as far as it is known (99: unknown); None otherwise."""
    if len(declared) != 8 or not (declared.isascii() and declared.isdigit()):
        return None
    day, month, year = declared[:2], declared[2:4], declared[4:]
    if year == "9999":
        return None
    known = [year]
    if "01" <= month <= "12":
        known.append(month)
        if "01" <= day <= "31":
            known.append(day)
    return "-".join(known)
