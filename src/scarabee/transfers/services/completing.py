"""What changes in records that already stood at the destination: missing fields filled, or replaced when asked.

Whatever is changed is first kept in `Before`, so that undo puts it back.
"""

import json
from typing import Any

from scarabee.dossiers.bulk import chunks, fetch_rows
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Act, Before, Contract, Declaration, Employee, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services.in_force import people_of, settle
from scarabee.dossiers.services.refresh import (
    CONTRACT_COLUMNS,
    EMPLOYEE_COLUMNS,
    refresh_employees,
    refresh_employers,
    town_of,
)
from scarabee.transfers.enums import IfExists
from scarabee.transfers.services.maps import execute


def complete(*, act: Act) -> dict[str, int]:
    """Bring existing records up to date with what was added under them. Returns how many were replaced."""
    _keep_records(act)
    replaced = {
        "employers": _employers(act),
        "employees": _employees(act),
        "declarations": 0,
        "employee_months": 0,
    }
    _newer_fields()
    old_employers = [pk for (pk,) in fetch_rows("SELECT dst FROM tr_employer WHERE created = 0")]
    _take_back_into_force(act)
    flipped = settle(old_employers) + settle(_partly_taken())
    replaced["declarations"] = _prefer_source(act, old_employers)
    recompute(_changed_declarations())
    refresh_employees(people_of(flipped) | people_of(_in_force_elsewhere()) | _to_read_again(act))
    refresh_employers(old_employers)
    return replaced


def _keep_records(act: Act) -> None:
    """Remember what employers told that no declaration held before tells: their record came alone, or by hand."""
    found = fetch_rows(
        "SELECT e.id FROM tr_employer r JOIN dossiers_employer e ON e.id = r.dst WHERE r.created = 0 AND EXISTS ("
        "SELECT 1 FROM dossiers_declaration n WHERE n.employer_id = e.id AND n.act_id = %s) AND NOT EXISTS ("
        "SELECT 1 FROM dossiers_declaration n WHERE n.employer_id = e.id AND n.act_id <> %s "
        "AND n.freshness = e.freshness)",
        (act.pk, act.pk),
    )
    for chunk in chunks([pk for (pk,) in found]):
        for employer in Employer.objects.filter(pk__in=chunk):
            values = {"freshness": employer.freshness, "lines": bytes(employer.lines).decode("latin-1")}
            _keep(act, "record", employer.pk, values)


def _employers(act: Act) -> int:
    """Names, typed fields and, where it is replaced, the newer record of existing employers."""
    replaced = 0
    for src, dst, choice in fetch_rows("SELECT src, dst, choice FROM tr_employer WHERE created = 0"):
        source, copy = Employer.objects.get(pk=src), Employer.objects.get(pk=dst)
        replace = choice == IfExists.REPLACE
        before = {
            "name": copy.name, "typed": copy.typed, "revision": copy.revision, "town": copy.town,
            "freshness": copy.freshness, "lines": bytes(copy.lines).decode("latin-1"),
        }  # fmt: skip
        name = (source.name or copy.name) if replace else (copy.name or source.name)
        typed = _merged(source.typed, copy.typed, replace)
        newer = replace and source.freshness > copy.freshness
        if newer or (name, typed) != (copy.name, copy.typed):
            _keep(act, "employer", copy.pk, before)
            copy.name, copy.typed = name, typed
            if newer:
                copy.lines, copy.freshness = source.lines, source.freshness
            copy.town = town_of(bytes(copy.lines), typed)
            copy.search_key = search_key(name, copy.town)[:255]
            copy.save(update_fields=["name", "typed", "search_key", "lines", "freshness", "town"])
            replaced += replace
    return replaced


def _employees(act: Act) -> int:
    """Typed fields of existing employees; where they are replaced, all fields of those without any history here.

    The other fields of people with a history come from their months in force, which follow the source's.
    """
    replaced = 0
    wanted = fetch_rows(
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
        if replace and not copy.months.exists():
            for column in EMPLOYEE_COLUMNS:
                setattr(copy, column, getattr(source, column))
        if before != {column: getattr(copy, column) for column in (*EMPLOYEE_COLUMNS, "typed")}:
            _keep(act, "employee", copy.pk, {**before, "revision": copy.revision})
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


def _to_read_again(act: Act) -> set[int]:
    """Existing people whose fields do not simply follow from the newer of two records."""
    found = fetch_rows(
        "SELECT t.dst FROM tr_employee t JOIN dossiers_employee d ON d.id = t.dst WHERE t.created = 0 AND ("
        "CAST(d.typed AS text) <> '{}' OR d.freshness = '' OR t.several = 1 OR EXISTS ("
        "SELECT 1 FROM dossiers_identifier i WHERE i.employee_id = d.id AND i.act_id = %s)) "
        "UNION SELECT dst FROM tr_employee WHERE created = 0 GROUP BY dst HAVING COUNT(*) > 1",
        (act.pk,),
    )
    return {pk for (pk,) in found}


def _in_force_elsewhere() -> list[int]:
    """Declarations that are in force on one side only: what the source's records tell of them may not hold here."""
    found = fetch_rows(
        "SELECT d.id FROM tr_employer r JOIN dossiers_declaration d ON d.employer_id = r.dst "
        "JOIN tr_declaration t ON t.dst = d.id JOIN dossiers_declaration s ON s.id = t.src "
        "WHERE r.created = 0 AND s.in_force <> d.in_force"
    )
    return [pk for (pk,) in found]


def _take_back_into_force(act: Act) -> None:
    """*Remplacer*: the source's version in force may hold again where a person had set it aside."""
    found = fetch_rows(
        "SELECT d.id FROM tr_employer r JOIN dossiers_declaration d ON d.employer_id = r.dst "
        "JOIN tr_declaration t ON t.dst = d.id JOIN dossiers_declaration s ON s.id = t.src "
        "WHERE r.created = 0 AND r.choice = %s AND s.in_force AND d.set_aside",
        (IfExists.REPLACE.value,),
    )
    for (pk,) in found:
        _keep(act, "set_aside", pk, {"set_aside": True})
        Declaration.objects.filter(pk=pk).update(set_aside=False)


def _partly_taken() -> list[int]:
    """New employers of which only some declarations came: what is in force there is worked out again."""
    return [pk for (pk,) in fetch_rows("SELECT dst FROM tr_employer WHERE created = 1 AND mode = 'choix'")]


def _changed_declarations() -> list[int]:
    """Declarations whose people at the destination may differ from the source's: count and digest them again."""
    found = fetch_rows("SELECT dst FROM tr_declaration WHERE whole = 0 OR created = 0")
    return [pk for (pk,) in found]


def _prefer_source(act: Act, employer_ids: list[int]) -> int:
    """*Remplacer*: where the destination holds another version in force, set it aside for the source's."""
    count = 0
    while True:
        found = fetch_rows(
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
        for some in chunks(ids):
            Declaration.objects.filter(pk__in=some).update(set_aside=True)
        count += len(ids)
        refresh_employees(people_of(settle(employer_ids)))
