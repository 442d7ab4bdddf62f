"""The people of one employer in the plan of a transfer, a page at a time. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scarabee.dossiers.bulk import fetch_rows
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import IfExists, Standing
from scarabee.transfers.selection import Selection
from scarabee.transfers.services.maps import maps
from scarabee.transfers.services.planning import Difference

PAGE = 50


@dataclass(slots=True)
class PlannedEmployee:
    """One selected employee and what the transfer does with it."""

    id: int
    label: str
    birth_date: str
    copy_id: int | None
    choice: IfExists
    standing: Standing
    new_months: int
    known_months: int
    look_alike: str
    differences: list[Difference]


def planned_employees(
    *,
    actor: Actor,
    source: Dossier,
    destination: Dossier | None,
    selection: Selection,
    employer_id: int,
    if_exists: IfExists = IfExists.COMPLETE,
    choices: Mapping[str, IfExists] | None = None,
    page: int = 1,
) -> tuple[list[PlannedEmployee], int]:
    """One page of the selected employees of an employer, and how many there are in all."""
    if not Employer.objects.visible_to(actor).filter(pk=employer_id, dossier=source).exists():
        raise Refusal("Cet employeur n’est plus dans le dossier d’origine.", remedy="Rechargez la page.")
    only = (
        Selection({employer_id: selection.employers[employer_id]})
        if employer_id in selection.employers
        else Selection()
    )
    with maps(source=source, destination=destination, selection=only, if_exists=if_exists, choices=choices or {}):
        total = fetch_rows("SELECT COUNT(*) FROM tr_employee")[0][0]
        found = fetch_rows(
            "SELECT t.src, t.dst, t.choice, s.family_name, s.given_names, s.birth_date, s.matricule, s.nir, s.ntt, "
            "d.family_name, d.given_names, d.birth_date, d.matricule, d.nir, d.ntt FROM tr_employee t "
            "JOIN dossiers_employee s ON s.id = t.src LEFT JOIN dossiers_employee d ON d.id = t.dst "
            "ORDER BY s.search_key, s.id LIMIT %s OFFSET %s",
            (PAGE, (page - 1) * PAGE),
        )
        months = _months_of([row[0] for row in found])
        alike = _look_alikes([row[0] for row in found])
    return [_planned_employee(row, months.get(row[0], (0, 0)), alike.get(row[0], "")) for row in found], total


def _months_of(ids: list[int]) -> dict[int, tuple[int, int]]:
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    return {
        pk: (new, known)
        for pk, new, known in fetch_rows(
            "SELECT m.employee_id, COUNT(*) - COUNT(x.id), COUNT(x.id) FROM dossiers_employeemonth m "
            "JOIN tr_declaration d ON d.src = m.declaration_id LEFT JOIN dossiers_employeemonth x "
            f"ON x.declaration_id = d.dst AND x.position = m.position WHERE m.employee_id IN ({marks}) "
            "GROUP BY m.employee_id",
            tuple(ids),
        )
    }


def _look_alikes(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    return {
        pk: f"{family} {given}"
        for pk, family, given in fetch_rows(
            "SELECT s.id, d.family_name, d.given_names FROM tr_employee t JOIN dossiers_employee s ON s.id = t.src "
            "JOIN tr_employer r ON r.src = s.employer_id JOIN dossiers_employee d ON d.employer_id = r.dst "
            "AND d.search_key = s.search_key AND d.birth_date = s.birth_date "
            f"WHERE t.created = 1 AND s.id IN ({marks})",
            tuple(ids),
        )
    }


def _planned_employee(row: tuple[Any, ...], months: tuple[int, int], look_alike: str) -> PlannedEmployee:
    src, dst, choice, *values = row
    told, there = values[:6], values[6:]
    labels = ("Nom", "Prénoms", "Date de naissance", "Matricule", "NIR", "NTT")
    differences = [
        Difference(label, mine, theirs)
        for label, mine, theirs in zip(labels, told, there, strict=True)
        if dst is not None and mine and mine != theirs
    ]
    if dst is None:
        standing = Standing.PROBABLE if look_alike else Standing.NEW
    elif months[0]:
        standing = Standing.INCOMPLETE
    else:
        standing = Standing.DIFFERENT if differences else Standing.IDENTICAL
    return PlannedEmployee(
        id=src, label=f"{told[0]} {told[1]}".strip(), birth_date=told[2], copy_id=dst, choice=IfExists(choice),
        standing=standing, new_months=months[0], known_months=months[1], look_alike=look_alike,
        differences=differences,
    )  # fmt: skip
