"""Fields of employers and employees, read again from the history that is held.

An import keeps fields up to date as it goes; this is the same rule worked out from nothing, for all that changes the
past: undo, deletion, a superseded declaration, two people joined (design §2, Fields).
"""

from collections.abc import Iterable
from typing import Any, cast

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks, update_rows
from scarabee.dossiers.models import Contract, Declaration, Employee, EmployeeMonth, Employer, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.dsn import fields
from scarabee.dsn.fields import ContractRead, PersonRead

SHOWN = {
    "S21.G00.30.001": "nir",
    "S21.G00.30.020": "ntt",
    "S21.G00.30.019": "matricule",
    "S21.G00.30.002": "family_name",
    "S21.G00.30.004": "given_names",
    "S21.G00.30.006": "birth_date",
}
"""Rubrique → column of Employee; a typed value stands in the column instead of the DSN's."""

SHOWN_LENGTHS = [cast(Any, Employee._meta.get_field(column)).max_length for column in SHOWN.values()]

EMPLOYEE_COLUMNS = (*SHOWN.values(), "search_key", "freshness")
CONTRACT_COLUMNS = (
    "end", "end_reason", "former_number", "former_start", "former_siret", "nature", "job", "expected_end", "freshness",
)  # fmt: skip


def civil_end(part: bytes) -> int:
    """Length of the bloc 30 at the start of a person's part."""
    end = 0
    for line in part.splitlines(keepends=True):
        if not line.lstrip().startswith(b"S21.G00.30."):
            break
        end += len(line)
    return end


def shown_values(person: PersonRead, typed: dict[str, Any], any_nir: str = "") -> tuple[str, ...]:
    """The values of SHOWN's columns and the search key: typed, else the DSN's, else (NIR) one seen before."""
    said = {
        "nir": person.nir or any_nir,
        "ntt": person.ntt,
        "matricule": person.matricule,
        "family_name": person.family_name,
        "given_names": person.given_names,
        "birth_date": person.birth_date,
    }
    values = [typed[code]["value"] if code in typed else said[column] for code, column in SHOWN.items()]
    cut = [value[:limit] for value, limit in zip(values, SHOWN_LENGTHS, strict=True)]
    return (*cut, search_key(cut[3], cut[4]))


def contract_values(contract: ContractRead, freshness: str) -> tuple[str, ...]:
    """The values of CONTRACT_COLUMNS."""
    return (
        contract.end, contract.end_reason, contract.former_number, contract.former_start, contract.former_siret,
        contract.nature, contract.job, contract.expected_end, freshness,
    )  # fmt: skip


def refresh_employees(employee_ids: Iterable[int]) -> None:
    """Work out the shown fields and the contracts of employees from their months in force."""
    for chunk in chunks(sorted(set(employee_ids)), 200):
        _refresh(chunk)


def _refresh(ids: Iterable[int]) -> None:
    employees = {employee.pk: employee for employee in Employee.objects.filter(pk__in=ids)}
    nirs: dict[int, str] = {}
    for pk, value in (
        Identifier.objects.filter(employee_id__in=employees, kind=Identifier.Kind.NIR)
        .order_by("value")
        .values_list("employee_id", "value")
    ):
        nirs[pk] = value
    months = (
        EmployeeMonth.objects.filter(employee_id__in=employees)
        .order_by("employee_id", "-declaration__in_force", "-declaration__freshness", "position")
        .values_list(
            "employee_id", "content_id", "declaration__freshness", "declaration__in_force", "declaration__act_id"
        )
    )
    told: dict[int, list[tuple[int, str, bool, int]]] = {}
    for pk, content_id, freshness, in_force, act_id in months:
        told.setdefault(pk, []).append((content_id, freshness, in_force, act_id))
    loaded = contents.load(content_id for rows in told.values() for content_id, *_ in rows)
    updates = []
    for pk, employee in employees.items():
        rows = told.get(pk, [])
        if rows:
            content_id, freshness, in_force, _ = rows[0]
            person = read_content(loaded[content_id])
            shown = shown_values(person, employee.typed, nirs.get(pk, ""))
            updates.append((*shown, freshness if in_force else "", pk))
        else:
            typed = {code: said["value"] for code, said in employee.typed.items()}
            kept = [typed.get(code, getattr(employee, column)) for code, column in SHOWN.items()]
            updates.append((*kept, search_key(kept[3], kept[4]), "", pk))
        _refresh_contracts(employee, [(loaded[c], f, a) for c, f, in_force, a in rows if in_force])
    update_rows(Employee, EMPLOYEE_COLUMNS, updates)


def _refresh_contracts(employee: Employee, told: list[tuple[bytes, str, int]]) -> None:
    best: dict[tuple[str, str], tuple[ContractRead, str, int]] = {}
    for content, freshness, act_id in told:
        for contract in read_content(content).contracts:
            best.setdefault((contract.number, contract.start), (contract, freshness, act_id))
    held = {(contract.number, contract.start): contract for contract in employee.contracts.all()}
    for key, contract_row in held.items():
        if key not in best:
            contract_row.delete()
    for key, (contract, freshness, act_id) in best.items():
        values = dict(zip(CONTRACT_COLUMNS, contract_values(contract, freshness), strict=True))
        if key in held:
            Contract.objects.filter(pk=held[key].pk).update(**values)
        else:
            number, start = key
            Contract.objects.create(
                dossier_id=employee.dossier_id,
                employee=employee,
                number=number,
                start=start,
                act_id=act_id,
                **values,
            )


def refresh_employers(employer_ids: Iterable[int]) -> None:
    """Work out the address and the town of employers from their newest declaration in force.

    A record that tells of a newer declaration than any held here stays: it came with a transfer of the record alone.
    """
    for employer in Employer.objects.filter(pk__in=list(employer_ids)):
        held = Declaration.objects.filter(employer=employer)
        newest = held.order_by("-in_force", "-freshness").first()
        if newest is not None and (
            newest.freshness >= employer.freshness or held.filter(freshness=employer.freshness).exists()
        ):
            own = contents.load([newest.own_content_id])[newest.own_content_id]
            employer.lines = fields.employer_lines(own)
            employer.freshness = newest.freshness if newest.in_force else ""
        employer.town = town_of(bytes(employer.lines), employer.typed)
        employer.search_key = search_key(employer.name, employer.town)[:255]
        employer.save(update_fields=["lines", "freshness", "town", "search_key"])


def town_of(lines: bytes, typed: dict[str, Any]) -> str:
    """The town of an employer: typed, else the établissement's, else the siège's."""
    if "S21.G00.11.005" in typed:
        return str(typed["S21.G00.11.005"]["value"])[:60]
    values = fields.line_values(lines)
    return fields.text(values.get(b"S21.G00.11.005") or values.get(b"S21.G00.06.006") or b"")[:60]


def read_content(part: bytes) -> PersonRead:
    """What a stored person's part tells."""
    return fields.read_person(part, civil_end(part))
