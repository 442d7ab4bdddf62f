"""The people of an import: their parts, who they are, what is shown of them and their contracts."""

from dataclasses import dataclass, field
from typing import Any

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks, insert_rows, next_id, update_rows
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Act, Contract, Employee, EmployeeMonth, Identifier
from scarabee.dossiers.services import newcomers
from scarabee.dossiers.services.identities import Key, join, keys_of, known_people
from scarabee.dossiers.services.landing_rows import Landed, LandingEmployer, Target, differences
from scarabee.dossiers.services.refresh import (
    CONTRACT_COLUMNS,
    EMPLOYEE_COLUMNS,
    SHOWN,
    civil_end,
    contract_values,
    shown_values,
)
from scarabee.dossiers.services.staging import Staged, StagedMonth
from scarabee.dsn.fields import PersonRead

BATCH_PEOPLE = 3000

_NOBODY = PersonRead("", "", "", "", "", "", (), ())


@dataclass(slots=True, eq=False)
class _Person:
    """An employee met in a batch: the newest thing told in force, else the newest told at all."""

    pk: int
    employer: LandingEmployer
    is_new: bool
    freshness: str = ""
    told: PersonRead | None = None
    told_content: int = 0
    fallback: PersonRead | None = None
    contracts: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)
    is_completed: bool = False
    """A declaration that was partial got this person's part, maybe before another part of theirs."""


class LandingPeople:
    """Adds the people of staged declarations, by batches. `refresh`: those to be read again at the end."""

    def __init__(self, act: Act, staged: Staged, landed: Landed, refresh: set[int]) -> None:
        self.act = act
        self.staged = staged
        self.landed = landed
        self.refresh = refresh

    def add(self, targets: list[Target]) -> None:
        """Add the people of these declarations that are not held yet."""
        waiting: list[tuple[Target, StagedMonth]] = []
        completed = [target.pk for target in targets if not target.is_new]
        for target in targets:
            for months in self.staged.months(target.staged):
                held = target.positions
                waiting += [(target, month) for month in months if held is None or month.position not in held]
                if len(waiting) >= BATCH_PEOPLE:
                    self.add_months(waiting)
                    waiting = []
        self.add_months(waiting)
        recompute(completed)

    def add_months(self, waiting: list[tuple[Target, StagedMonth]]) -> None:
        if not waiting:
            return
        keyed = [keys_of(target.employer.pk, month.person) for target, month in waiting]
        resolved = _People(self.act, {key for keys in keyed for key in keys})
        people = [resolved.person(target.employer, keys) for (target, _), keys in zip(waiting, keyed, strict=True)]
        people = [resolved.final(person) for person in people]
        for (target, month), person in zip(waiting, people, strict=True):
            self.note(target, month, person)
            self.landed.dossier_ids.add(target.employer.dossier_id)
        self.write_people(resolved)
        insert_rows(
            EmployeeMonth,
            ("dossier_id", "declaration_id", "position", "employee_id", "content_id", "insert_at", "act_id"),
            [
                (
                    target.employer.dossier_id, target.pk, month.position, person.pk, month.content_id,
                    month.insert_at, self.act.pk,
                )
                for (target, month), person in zip(waiting, people, strict=True)
            ],
        )  # fmt: skip
        self.landed.employee_months += len(waiting)
        for kept_id, dropped_id in resolved.joins:
            join(act=self.act, kept_id=kept_id, dropped_id=dropped_id)
            self.refresh.discard(dropped_id)
            self.refresh.add(kept_id)
            self.landed.joined += 1

    def note(self, target: Target, month: StagedMonth, person: _Person) -> None:
        """Remember the newest thing told about a person."""
        told, freshness = month.person, target.staged.freshness
        if not target.in_force:
            person.fallback = person.fallback or told
            return
        if not target.is_new:
            person.is_completed = True
        if person.told is None or freshness > person.freshness:
            person.freshness, person.told, person.told_content = freshness, told, month.content_id
        for contract in told.contracts:
            key = (contract.number, contract.start)
            if key not in person.contracts or freshness > person.contracts[key][0]:
                person.contracts[key] = (freshness, contract)

    def write_people(self, resolved: "_People") -> None:
        new = resolved.new_people()
        insert_rows(
            Employee,
            (
                "id", "dossier_id", "employer_id", *EMPLOYEE_COLUMNS, "typed", "revision", "act_id",
            ),
            [
                (
                    person.pk, person.employer.dossier_id, person.employer.pk,
                    *shown_values(person.told or person.fallback or _NOBODY, {}), person.freshness, "{}", 0,
                    self.act.pk,
                )
                for person in new
            ],
        )  # fmt: skip
        self.landed.employees += len(new)
        self.remark_on(resolved)
        insert_rows(
            Identifier,
            ("dossier_id", "employer_id", "employee_id", "kind", "value", "act_id"),
            [
                (person.employer.dossier_id, key.employer_id, person.pk, key.kind, key.value, self.act.pk)
                for key, person in resolved.new_keys()
            ],
        )
        old = resolved.old_people()
        self.update_people(old)
        self.write_contracts([*new, *old])
        named = {person.pk for key, person in resolved.new_keys() if key.kind == Identifier.Kind.NIR}
        self.refresh |= {person.pk for person in (*new, *old) if self.is_to_be_read_again(person, named)}

    def remark_on(self, resolved: "_People") -> None:
        """Take note of what is to be said of new people, once for each."""
        who = {key: person.pk for key, person in resolved.new_keys() if person.is_new}
        told = newcomers.warnings_for(who)
        said = {who[key]: message for key, message in told.items()}
        self.landed.remarks += [f"Salarié n° {pk} : {message}" for pk, message in said.items()]

    def is_to_be_read_again(self, person: _Person, named: set[int]) -> bool:
        """Whether what was noted does not tell all: nothing in force, or a NIR that only another month gives."""
        if person.told is None or person.is_completed:
            return True
        return not person.told.nir and person.pk in named

    def update_people(self, people: list[_Person]) -> None:
        by_pk = {person.pk: person for person in people}
        rows = []
        for chunk in chunks(list(by_pk)):
            stored = Employee.objects.filter(pk__in=chunk).values_list("pk", "freshness", "typed", "nir")
            for pk, freshness, typed, nir in stored:
                person = by_pk[pk]
                if person.told is None:
                    continue
                if typed:
                    self.report_differences(person, typed)
                if person.freshness > freshness:
                    rows.append((*shown_values(person.told, typed, nir), person.freshness, pk))
                if bool(nir) != bool(person.told.nir):
                    self.refresh.add(pk)
        update_rows(Employee, EMPLOYEE_COLUMNS, rows)

    def report_differences(self, person: _Person, typed: dict[str, Any]) -> None:
        told = person.told
        assert told is not None
        for code, column in SHOWN.items():
            said = getattr(told, column)
            if code in typed and said and said != typed[code]["value"]:
                self.landed.differences.append(
                    {"employee": str(person.pk), "rubrique": code, "typed": typed[code]["value"], "dsn": said}
                )
        others = typed.keys() - SHOWN.keys()
        if others:
            part = contents.load([person.told_content])[person.told_content]
            for code, value, said in differences(part[: civil_end(part)], typed, others):
                self.landed.differences.append(
                    {"employee": str(person.pk), "rubrique": code, "typed": value, "dsn": said}
                )

    def write_contracts(self, people: list[_Person]) -> None:
        held: dict[tuple[int, str, str], tuple[int, str]] = {}
        old = [person.pk for person in people if not person.is_new]
        for chunk in chunks(old):
            rows = Contract.objects.filter(employee_id__in=chunk).values_list(
                "employee_id", "number", "start", "pk", "freshness"
            )
            for employee_id, number, start, pk, freshness in rows:
                held[employee_id, number, start] = (pk, freshness)
        additions, updates = [], []
        for person in people:
            for (number, start), (freshness, contract) in person.contracts.items():
                known = held.get((person.pk, number, start))
                if known is None:
                    additions.append(
                        (
                            person.employer.dossier_id, person.pk, number, start, self.act.pk,
                            *contract_values(contract, freshness),
                        )
                    )  # fmt: skip
                elif freshness > known[1]:
                    updates.append((*contract_values(contract, freshness), known[0]))
        insert_rows(Contract, ("dossier_id", "employee_id", "number", "start", "act_id", *CONTRACT_COLUMNS), additions)
        update_rows(Contract, CONTRACT_COLUMNS, updates)


class _People:
    """The people of one batch: found by their identifiers, or new; those shown to be one are joined."""

    def __init__(self, act: Act, keys: set[Key]) -> None:
        self.act = act
        self.known: dict[Key, int] = known_people(keys)
        self.owner: dict[Key, _Person] = {}
        self.by_pk: dict[int, _Person] = {}
        self.merged: dict[int, _Person] = {}
        self.joins: list[tuple[int, int]] = []
        self.fresh_keys: dict[Key, _Person] = {}
        self.next_pk = -1

    def final(self, person: _Person) -> _Person:
        """The person that this one was found to be."""
        while id(person) in self.merged:
            person = self.merged[id(person)]
        return person

    def person(self, employer: LandingEmployer, keys: list[Key]) -> _Person:
        found: list[_Person] = []
        for key in keys:
            person = self.owner.get(key)
            if person is None and key in self.known:
                pk = self.known[key]
                person = self.by_pk.get(pk)
                if person is None:
                    person = self.by_pk[pk] = _Person(pk, employer, is_new=False)
                self.owner[key] = person
            if person is not None:
                person = self.final(person)
                if person not in found:
                    found.append(person)
        if not found:
            found = [_Person(self.next_pk, employer, is_new=True)]
            self.by_pk[self.next_pk] = found[0]
            self.next_pk -= 1
        kept = self.unite(found)
        for key in keys:
            if key not in self.owner:
                self.fresh_keys[key] = kept
            self.owner[key] = kept
        return kept

    def unite(self, found: list[_Person]) -> _Person:
        """One person out of several: the oldest row is kept, people not stored yet simply become it."""
        found.sort(key=lambda person: (person.is_new, person.pk if not person.is_new else -person.pk))
        kept = found[0]
        for other in found[1:]:
            self.merged[id(other)] = kept
            if other.is_new:
                del self.by_pk[other.pk]
            else:
                self.joins.append((kept.pk, other.pk))
        return kept

    def new_people(self) -> list[_Person]:
        """The people to add, with the ids they get."""
        new = [person for person in self.by_pk.values() if person.is_new]
        if new and new[0].pk < 0:
            first = next_id(Employee, len(new))
            for index, person in enumerate(new):
                person.pk = first + index
        return new

    def old_people(self) -> list[_Person]:
        return [person for person in self.by_pk.values() if not person.is_new and id(person) not in self.merged]

    def new_keys(self) -> list[tuple[Key, _Person]]:
        return [(key, self.final(person)) for key, person in self.fresh_keys.items()]
