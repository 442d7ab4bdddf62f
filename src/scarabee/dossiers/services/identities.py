"""Who is who within an employer: people are recognised by any NIR or NTT ever seen (design §2, Employee).

30.001 with 30.020, or 31.008, shows that two people are one: they are joined, in whatever order the files arrive.
Names or a matricule alone never join anybody.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import QuerySet

from scarabee.dossiers import contents, registry
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Before, Contract, Employee, EmployeeMonth, Identifier
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.refresh import read_content
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
            for employer_id, kind, value, employee_id in rows.values_list(
                "employer_id", "kind", "value", "employee_id"
            ):
                found[Key(employer_id, kind, value)] = employee_id
    return found


def join(*, act: Act, kept_id: int, dropped_id: int) -> None:
    """Make two employees of one employer one: the dropped one's rows go to the kept one, and undo can part them.

    Contracts are read again from the months by the caller's refresh; of other rows, one whose key the kept person
    has already goes with the dropped one.
    """
    holds.tell_joined(kept_id, dropped_id)
    dropped = Employee.objects.get(pk=dropped_id)
    kept = Employee.objects.get(pk=kept_id)
    moved: dict[str, list[int]] = {}
    for kind in _kinds_of_people():
        rows = kind.model._default_manager.filter(employee_id=dropped_id)
        if kind.model is not Contract:
            moved[kind.name] = _movable(kind, rows, kept_id)
    Before.objects.create(
        act=act,
        kind="joined",
        object_id=kept_id,
        values={
            "employee": {"id": dropped.pk, **{name: getattr(dropped, name) for name in EMPLOYEE_FIELDS}},
            "kept_typed": kept.typed,
            "kept_revision": kept.revision,
            "moved": moved,
        },
    )
    for kind in _kinds_of_people():
        for chunk in chunks(moved.get(kind.name, [])):
            kind.model._default_manager.filter(pk__in=chunk).update(employee_id=kept_id)
        kind.model._default_manager.filter(employee_id=dropped_id).delete()
    if dropped.typed:
        Employee.objects.filter(pk=kept_id).update(typed={**dropped.typed, **kept.typed})
    dropped.delete()


def part(before: Before) -> tuple[int, int] | None:
    """Undo a `join`: (kept id, parted id), or None when there is nothing left to part.

    Months that came since go to whom their numbers name. The caller refreshes both. Raises ValueError when the kept
    person was itself joined to another one since.
    """
    values = before.values
    told = dict(values["employee"])
    dropped_id = told.pop("id")
    identifiers = Identifier.objects.filter(pk__in=values["moved"]["identifiers"])
    if not identifiers.exists() and not told["typed"]:
        return None
    kept = Employee.objects.filter(pk=before.object_id).first()
    if kept is None:
        if identifiers.exists():
            raise ValueError(f"person {before.object_id} was joined to another one since")
        return None
    Employee.objects.create(pk=dropped_id, **told)
    for kind in _kinds_of_people():
        for chunk in chunks(values["moved"].get(kind.name, [])):
            rows = kind.model._default_manager.filter(pk__in=chunk, employee_id=kept.pk)
            rows.update(employee_id=dropped_id)
    if kept.revision == values["kept_revision"]:
        Employee.objects.filter(pk=kept.pk).update(typed=values["kept_typed"])
    _settle_months(kept.employer_id, (kept.pk, dropped_id))
    return kept.pk, dropped_id


def keep_told_identifiers(employee_ids: Iterable[int]) -> None:
    """Give back the identifiers that the months still held of some people tell, after rows of theirs went."""
    for chunk in chunks(sorted(set(employee_ids)), 100):
        held = {
            Key(employer_id, kind, value)
            for employer_id, kind, value in Identifier.objects.filter(employee_id__in=chunk).values_list(
                "employer_id", "kind", "value"
            )
        }
        wanted: dict[Key, Identifier] = {}
        for month, keys in _told(EmployeeMonth.objects.filter(employee_id__in=chunk)):
            for key in keys:
                if key not in held:
                    wanted.setdefault(
                        key,
                        Identifier(
                            dossier_id=month.dossier_id, employer_id=key.employer_id, kind=key.kind, value=key.value,
                            employee_id=month.employee_id, act_id=month.act_id,
                        ),
                    )  # fmt: skip
        taken = known_people(set(wanted))
        Identifier.objects.bulk_create([row for key, row in wanted.items() if key not in taken])


def _kinds_of_people() -> list[registry.RowKind]:
    return [kind for kind in registry.kinds() if kind.parents.get("employee_id") == "employees"]


def _movable(kind: registry.RowKind, rows: QuerySet[Any], kept_id: int) -> list[int]:
    if "employee_id" not in kind.key:
        return list(rows.values_list("pk", flat=True))
    columns = [column for column in kind.key if column != "employee_id"]
    there = set(kind.model._default_manager.filter(employee_id=kept_id).values_list(*columns))
    return [pk for pk, *key in rows.values_list("pk", *columns) if tuple(key) not in there]


def _told(months: QuerySet[Any]) -> Iterator[tuple[EmployeeMonth, list[Key]]]:
    """Months, oldest first, each with the identifiers that it tells."""
    rows = list(months.select_related("employee").order_by("act_id", "pk"))
    for some in chunks(rows):
        loaded = contents.load(month.content_id for month in some)
        for month in some:
            yield month, keys_of(month.employee.employer_id, read_content(loaded[month.content_id]))


def _settle_months(employer_id: int, people: tuple[int, int]) -> None:
    """Give each month of two parted people to the one of them whom its numbers name."""
    owners = {
        Key(employer_id, kind, value): pk
        for pk, kind, value in Identifier.objects.filter(employee_id__in=people).values_list(
            "employee_id", "kind", "value"
        )
    }
    for month, keys in _told(EmployeeMonth.objects.filter(employee_id__in=people)):
        named = {owners[key] for key in keys if key in owners}
        if len(named) == 1 and month.employee_id not in named:
            EmployeeMonth.objects.filter(pk=month.pk).update(employee_id=named.pop())
