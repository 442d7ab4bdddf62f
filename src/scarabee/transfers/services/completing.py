"""What changes in records that already stood at the destination: missing fields filled, or replaced when asked.

Whatever is changed is first kept in `Before`, so that undo puts it back.
"""

import json
from typing import Any

from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Act, Before, Contract, Declaration, Employee, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services.in_force import people_of, settle
from scarabee.dossiers.services.refresh import (
    CONTRACT_COLUMNS,
    EMPLOYEE_COLUMNS,
    refresh_employees,
    refresh_employers,
)
from scarabee.transfers.enums import IfExists
from scarabee.transfers.services.maps import execute, rows

MAX_ROUNDS = 50


def complete(*, act: Act) -> dict[str, int]:
    """Bring existing records up to date with what was added under them. Returns how many were replaced."""
    replaced = {
        "employers": _employers(act),
        "employees": _employees(act),
        "declarations": 0,
        "employee_months": 0,
    }
    _newer_fields()
    old_employers = [pk for (pk,) in rows("SELECT dst FROM tr_employer WHERE created = 0")]
    flipped = settle(old_employers) + settle(_partly_taken())
    replaced["declarations"] = _prefer_source(act, old_employers)
    recompute(_changed_declarations())
    refresh_employees(people_of(flipped) | _typed_people())
    refresh_employers(old_employers)
    return replaced


def _employers(act: Act) -> int:
    """Names and typed fields of existing employers."""
    replaced = 0
    for src, dst, choice in rows("SELECT src, dst, choice FROM tr_employer WHERE created = 0"):
        source, copy = Employer.objects.get(pk=src), Employer.objects.get(pk=dst)
        replace = choice == IfExists.REPLACE
        name = (source.name or copy.name) if replace else (copy.name or source.name)
        typed = _merged(source.typed, copy.typed, replace)
        if (name, typed) != (copy.name, copy.typed):
            _keep(act, "employer", copy.pk, {"name": copy.name, "typed": copy.typed})
            copy.name, copy.typed = name, typed
            copy.search_key = search_key(name, copy.town)[:255]
            copy.save(update_fields=["name", "typed", "search_key"])
            replaced += replace
    return replaced


def _employees(act: Act) -> int:
    """Typed fields of existing employees; all shown fields where they are replaced."""
    replaced = 0
    wanted = rows(
        "SELECT t.src, t.dst, t.choice FROM tr_employee t JOIN dossiers_employee s ON s.id = t.src "
        "JOIN dossiers_employee d ON d.id = t.dst WHERE t.created = 0 AND (t.choice = %s OR "
        "CAST(s.typed AS text) <> CAST(d.typed AS text))",
        (IfExists.REPLACE.value,),
    )
    for src, dst, choice in wanted:
        source, copy = Employee.objects.get(pk=src), Employee.objects.get(pk=dst)
        replace = choice == IfExists.REPLACE
        before = {column: getattr(copy, column) for column in (*EMPLOYEE_COLUMNS, "typed")}
        copy.typed = _merged(source.typed, copy.typed, replace)
        if replace:
            for column in EMPLOYEE_COLUMNS:
                setattr(copy, column, getattr(source, column))
        if before != {column: getattr(copy, column) for column in (*EMPLOYEE_COLUMNS, "typed")}:
            _keep(act, "employee", copy.pk, before)
            copy.save(update_fields=[*EMPLOYEE_COLUMNS, "typed"])
            replaced += replace
    return replaced


def _merged(source: dict[str, Any], copy: dict[str, Any], replace: bool) -> dict[str, Any]:
    return {**copy, **source} if replace else {**source, **copy}


def _keep(act: Act, kind: str, object_id: int, values: dict[str, Any]) -> None:
    Before.objects.create(act=act, kind=kind, object_id=object_id, values=json.loads(json.dumps(values)))


def _newer_fields() -> None:
    """Shown fields and contracts from the source where its newest declaration in force is newer."""
    sets = ", ".join(f"{column} = s.{column}" for column in EMPLOYEE_COLUMNS)
    execute(
        f"UPDATE dossiers_employee SET {sets} FROM tr_employee t JOIN dossiers_employee s ON s.id = t.src "
        "WHERE dossiers_employee.id = t.dst AND t.created = 0 AND s.freshness > dossiers_employee.freshness "
        "AND CAST(s.typed AS text) = '{}' AND CAST(dossiers_employee.typed AS text) = '{}'"
    )
    sets = ", ".join(f'"{column}" = s."{column}"' for column in CONTRACT_COLUMNS)
    execute(
        f"UPDATE {Contract._meta.db_table} SET {sets} FROM tr_employee t JOIN dossiers_contract s "
        "ON s.employee_id = t.src WHERE dossiers_contract.employee_id = t.dst AND t.created = 0 "
        "AND dossiers_contract.number = s.number AND dossiers_contract.start = s.start "
        "AND s.freshness > dossiers_contract.freshness"
    )


def _typed_people() -> set[int]:
    found = rows(
        "SELECT t.dst FROM tr_employee t JOIN dossiers_employee d ON d.id = t.dst "
        "WHERE t.created = 0 AND CAST(d.typed AS text) <> '{}'"
    )
    return {pk for (pk,) in found}


def _partly_taken() -> list[int]:
    """New employers of which only some declarations came: what is in force there is worked out again."""
    return [pk for (pk,) in rows("SELECT dst FROM tr_employer WHERE created = 1 AND mode = 'choix'")]


def _changed_declarations() -> list[int]:
    """Declarations whose people at the destination may differ from the source's: count and digest them again."""
    found = rows("SELECT dst FROM tr_declaration WHERE whole = 0 OR created = 0")
    return [pk for (pk,) in found]


def _prefer_source(act: Act, employer_ids: list[int]) -> int:
    """*Remplacer*: where the destination holds another version in force, set it aside for the source's."""
    count = 0
    for _ in range(MAX_ROUNDS):
        found = rows(
            "SELECT DISTINCT o.id FROM tr_employer r JOIN dossiers_declaration s ON s.employer_id = r.src "
            "JOIN tr_declaration t ON t.src = s.id JOIN dossiers_declaration d ON d.id = t.dst "
            "JOIN dossiers_declaration o ON o.employer_id = r.dst AND o.month = s.month AND o.champ = s.champ "
            "AND o.fraction = s.fraction AND o.in_force AND o.id <> d.id "
            "WHERE r.created = 0 AND r.choice = %s AND s.month <> '' AND s.in_force AND NOT d.in_force",
            (IfExists.REPLACE.value,),
        )
        if not found:
            return count
        ids = [pk for (pk,) in found]
        for pk in ids:
            _keep(act, "set_aside", pk, {})
        Declaration.objects.filter(pk__in=ids).update(set_aside=True)
        count += len(ids)
        refresh_employees(people_of(settle(employer_ids)))
    return count
