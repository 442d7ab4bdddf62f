"""Whose a line of a CRM nominatif is, within the one employer that it declares, and what stands for him (retours §5).

NIR, else NTT, both among all those ever seen for a person; the matricule alone only proposes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scarabee.dossiers.bulk import chunks, fetch_rows
from scarabee.dossiers.models import Employee
from scarabee.returns.enums import RateState
from scarabee.returns.services.crm_lines import Line, Value
from scarabee.returns.services.validity import RE_ISSUE


class Standing(NamedTuple):
    """A PasRate that is there already; days are ISO texts."""

    pk: int
    act_id: int
    item_id: int | None
    crm: str
    state: str
    value: Value
    available_on: str
    valid_until: str


_COLUMNS = (
    "employee_id, id, act_id, item_id, crm, state, CAST(ROUND(rate * 100) AS integer), "
    "CAST(ROUND(future_rate * 100) AS integer), CAST(future_from AS text), CAST(available_on AS text), "
    "CAST(valid_until AS text)"
)


def people_of(employer_id: int, lines: Sequence[Line]) -> list[int | None]:
    """The employee of each line, None for one that no number tells. A NIR is written as `Identifier` keeps it."""
    nirs = _identified(employer_id, "nir", {line.nir for line in lines if line.nir})
    found = [nirs.get(line.nir) if line.nir else None for line in lines]
    unmatched = {line.ntt for line, pk in zip(lines, found, strict=True) if pk is None and line.ntt}
    if unmatched:
        ntts = _identified(employer_id, "ntt", unmatched)
        found = [pk or ntts.get(line.ntt) for line, pk in zip(lines, found, strict=True)]
    return found


def with_matricule(employer_id: int, matricules: Iterable[str]) -> dict[str, int]:
    """{matricule: employee} for those that exactly one person of the employer has."""
    held: dict[str, list[int]] = {}
    for some in chunks(sorted(set(matricules))):
        rows = Employee.objects.filter(employer_id=employer_id, matricule__in=some)
        for pk, matricule in rows.values_list("pk", "matricule"):
            held.setdefault(matricule, []).append(pk)
    return {matricule: people[0] for matricule, people in held.items() if len(people) == 1}


def standing_rates(people: Sequence[int], key: str, day: str) -> dict[int, list[Standing]]:
    """{employee: his rates of the CRM `key`, and those of any CRM that are applied and not expired on that day}.

    The newest last.
    """
    held: dict[int, list[Standing]] = {}
    for some in chunks(people):
        marks = ", ".join(["%s"] * len(some))
        rows = fetch_rows(
            f"SELECT {_COLUMNS} FROM returns_pasrate WHERE employee_id IN ({marks}) AND "
            "((state = %s AND valid_until >= %s) OR crm = %s OR crm LIKE %s) ORDER BY available_on, id",
            (*some, RateState.APPLIED.value, day, key, f"{key}{RE_ISSUE}%"),
        )
        for employee, pk, act, item, crm, state, rate, future, since, available, until in rows:
            value = Value(rate, future, since or "")
            held.setdefault(employee, []).append(Standing(pk, act, item, crm, state, value, available, until))
    return held


def _identified(employer_id: int, kind: str, values: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(sorted(values)):
        marks = ", ".join(["%s"] * len(some))
        found.update(
            fetch_rows(
                "SELECT value, employee_id FROM dossiers_identifier "
                f"WHERE employer_id = %s AND kind = %s AND value IN ({marks})",
                (employer_id, kind, *some),
            )
        )
    return found
