"""Who is who within an employer: people are recognised by any NIR or NTT ever seen (design §2, Employee).

30.001 with 30.020, or 31.008, shows that two people are one: they are joined, in whatever order the files arrive.
Names or a matricule alone never join anybody.
"""

from typing import NamedTuple

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Before, Contract, Employee, EmployeeMonth, Identifier
from scarabee.dsn.fields import PersonRead
from scarabee.dsn.identifiers import matching_nir

EMPLOYEE_FIELDS = (
    "dossier_id", "employer_id", "nir", "ntt", "matricule", "family_name", "given_names", "birth_date", "search_key",
    "freshness", "typed", "revision", "act_id",
)  # fmt: skip


class Key(NamedTuple):
    """An identifier within an employer."""

    employer_id: int
    kind: str
    value: str


def keys_of(employer_id: int, person: PersonRead) -> list[Key]:
    """The identifiers a person's part gives; the civil status stands in only where there is neither NIR nor NTT."""
    keys = []
    if person.nir:
        keys.append(Key(employer_id, "nir", matching_nir(person.nir)[:300]))
    if person.ntt:
        keys.append(Key(employer_id, "ntt", person.ntt[:300]))
    keys += [Key(employer_id, "nir", matching_nir(nir)[:300]) for nir in person.former_nirs if nir]
    if not keys:
        civil = (person.family_name, person.given_names, person.birth_date, person.matricule)
        keys.append(Key(employer_id, "civil", "|".join(civil).casefold()[:300]))
    return keys


def known_people(keys: set[Key]) -> dict[Key, int]:
    """{key: employee id} for the keys that are stored."""
    by_employer: dict[int, list[str]] = {}
    for key in keys:
        by_employer.setdefault(key.employer_id, []).append(key.value)
    employers = list(by_employer)
    found: dict[Key, int] = {}
    values = sorted({key.value for key in keys})
    for some_employers in chunks(employers, 200):
        for some_values in chunks(values, 700):
            rows = Identifier.objects.filter(employer_id__in=some_employers, value__in=some_values)
            for employer_id, kind, value, employee_id in rows.values_list("employer_id", "kind", "value", "employee_id"):
                found[Key(employer_id, kind, value)] = employee_id
    return found


def join(*, act: Act, kept_id: int, dropped_id: int) -> None:
    """Make two employees of one employer one: the dropped one's rows go to the kept one, and undo can part them."""
    dropped = Employee.objects.get(pk=dropped_id)
    kept = Employee.objects.get(pk=kept_id)
    months = EmployeeMonth.objects.filter(employee_id=dropped_id)
    identifiers = Identifier.objects.filter(employee_id=dropped_id)
    Before.objects.create(
        act=act,
        kind="joined",
        object_id=kept_id,
        values={
            "employee": {"id": dropped.pk, **{name: getattr(dropped, name) for name in EMPLOYEE_FIELDS}},
            "kept_typed": kept.typed,
            "months": list(months.values_list("pk", flat=True)),
            "identifiers": list(identifiers.values_list("pk", flat=True)),
        },
    )
    months.update(employee_id=kept_id)
    identifiers.update(employee_id=kept_id)
    Contract.objects.filter(employee_id=dropped_id).delete()
    if dropped.typed:
        Employee.objects.filter(pk=kept_id).update(typed={**dropped.typed, **kept.typed})
    dropped.delete()


def part(before: Before) -> tuple[int, int] | None:
    """Undo a `join`: (kept id, parted id), or None when the kept person is gone. The caller refreshes both."""
    values = before.values
    if not Employee.objects.filter(pk=before.object_id).exists():
        return None
    told = dict(values["employee"])
    Employee.objects.create(pk=told.pop("id"), **told)
    dropped_id = values["employee"]["id"]
    for chunk in chunks(values["months"]):
        EmployeeMonth.objects.filter(pk__in=chunk, employee_id=before.object_id).update(employee_id=dropped_id)
    Identifier.objects.filter(pk__in=values["identifiers"], employee_id=before.object_id).update(employee_id=dropped_id)
    Employee.objects.filter(pk=before.object_id).update(typed=values["kept_typed"])
    return before.object_id, dropped_id
