"""Second half of an import: one transaction adds everything that points at the contents of a file.

Works by batches of people whatever the number of declarations, so that a file of many small employers costs what a
file of one large employer costs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks, insert_rows, next_id, update_rows
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import (
    Act,
    Contract,
    Declaration,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    Envoi,
    Identifier,
)
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services.identities import Key, join, keys_of, known_people
from scarabee.dossiers.services.in_force import people_of, settle
from scarabee.dossiers.services.refresh import (
    CONTRACT_COLUMNS,
    EMPLOYEE_COLUMNS,
    SHOWN,
    civil_end,
    contract_values,
    refresh_employees,
    refresh_employers,
    shown_values,
    town_of,
)
from scarabee.dossiers.services.staging import Staged, StagedDeclaration, StagedMonth
from scarabee.dsn import fields
from scarabee.dsn.fields import PersonRead, read_envoi

BATCH_PEOPLE = 3000
BATCH_DECLARATIONS = 600


@dataclass(slots=True)
class Landed:
    """What a file added. `differences`: where a DSN says otherwise than what a person typed."""

    employers: int = 0
    employees: int = 0
    declarations: int = 0
    employee_months: int = 0
    known_declarations: int = 0
    changed: int = 0
    joined: int = 0
    left_out: int = 0
    differences: list[dict[str, str]] = field(default_factory=list)
    employer_differences: list[dict[str, str]] = field(default_factory=list)
    dossier_ids: set[int] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "employers": self.employers,
            "employees": self.employees,
            "declarations": self.declarations,
            "employee_months": self.employee_months,
        }


def land(*, act: Act, staged: Staged, routes: Mapping[str, int | None], default: int) -> Landed:
    """Add a staged file to the dossiers that `routes` names per SIRET (`default` where it is silent, None: left out).

    The caller holds the transaction. Adding what is already there changes nothing.
    """
    return _Landing(act, staged, routes, default).run()


@dataclass(slots=True, eq=False)
class _Employer:
    pk: int
    dossier_id: int
    freshness: str
    typed: dict[str, Any]
    name: str
    best: StagedDeclaration | None = None


@dataclass(slots=True, eq=False)
class _Target:
    """A staged declaration and the row it becomes, or completes."""

    staged: StagedDeclaration
    employer: _Employer
    pk: int
    is_real: bool
    is_new: bool
    positions: set[int] | None = None
    """Positions already held, where the row was partial."""
    in_force: bool = True


@dataclass(slots=True, eq=False)
class _Person:
    """An employee met in a batch: the newest thing told in force, else the newest told at all."""

    pk: int
    employer: _Employer
    is_new: bool
    freshness: str = ""
    told: PersonRead | None = None
    told_content: int = 0
    fallback: PersonRead | None = None
    contracts: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)
    is_completed: bool = False
    """A declaration that was partial got this person's part, maybe before another part of theirs."""


class _Landing:
    def __init__(self, act: Act, staged: Staged, routes: Mapping[str, int | None], default: int) -> None:
        self.act = act
        self.at: datetime = act.created_at
        self.staged = staged
        self.routes = routes
        self.default = default
        self.landed = Landed()
        self.employers: dict[tuple[int, str], _Employer] = {}
        self.envois: dict[tuple[int, bytes], int] = {}
        self.real: dict[bytes, bool] = {}
        self.refresh: set[int] = set()
        self.refresh_of_employers: set[int] = set()

    def run(self) -> Landed:
        for batch in self.batches():
            self.add_batch(batch)
        refresh_employees(self.refresh)
        refresh_employers(self.refresh_of_employers)
        for dossier_id in self.landed.dossier_ids:
            dossier = Dossier.objects.get(pk=dossier_id)
            dossier.revision += 1
            dossier.save(update_fields=["revision"])
        return self.landed

    def batches(self) -> Iterator[list[tuple[int, StagedDeclaration]]]:
        batch: list[tuple[int, StagedDeclaration]] = []
        people = 0
        for declaration in self.staged.declarations:
            dossier_id = self.routes.get(declaration.siret, self.default)
            if dossier_id is None:
                self.landed.left_out += 1
                continue
            batch.append((dossier_id, declaration))
            people += declaration.people
            if people >= BATCH_PEOPLE or len(batch) >= BATCH_DECLARATIONS:
                yield batch
                batch, people = [], 0
        if batch:
            yield batch

    def add_batch(self, batch: list[tuple[int, StagedDeclaration]]) -> None:
        self.find_employers(batch)
        targets = self.add_declarations(batch)
        self.add_people(targets)
        self.update_employers(targets)

    # -- employers and declarations -----------------------------------------------------------------------------

    def find_employers(self, batch: list[tuple[int, StagedDeclaration]]) -> None:
        wanted = {(dossier_id, declaration.siret) for dossier_id, declaration in batch} - self.employers.keys()
        if not wanted:
            return
        sirets = sorted({siret for _, siret in wanted})
        for chunk in chunks(sirets):
            rows = Employer.objects.filter(siret__in=chunk, dossier_id__in={dossier for dossier, _ in wanted})
            for row in rows:
                key = (row.dossier_id, row.siret)
                self.employers[key] = _Employer(row.pk, row.dossier_id, row.freshness, row.typed, row.name)
        missing = sorted(wanted - self.employers.keys())
        declared: set[str] = set()
        for chunk in chunks(sorted({siret for _, siret in missing})):
            declared.update(Employer.objects.filter(siret__in=chunk, declaring=True).values_list("siret", flat=True))
        first = next_id(Employer, len(missing))
        rows_to_add = []
        for pk, (dossier_id, siret) in enumerate(missing, first):
            declaring = siret not in declared
            declared.add(siret)
            rows_to_add.append((pk, dossier_id, siret, "", "", "", b"", "", "{}", declaring, "", 0, self.act.pk))
            self.employers[dossier_id, siret] = _Employer(pk, dossier_id, "", {}, "")
            self.landed.dossier_ids.add(dossier_id)
        insert_rows(
            Employer,
            (
                "id", "dossier_id", "siret", "name", "search_key", "town", "lines", "freshness", "typed", "declaring",
                "successor_from", "revision", "act_id",
            ),
            rows_to_add,
        )  # fmt: skip
        self.landed.employers += len(missing)

    def envoi_id(self, dossier_id: int, lines: bytes) -> int:
        digest = hashlib.sha256(lines).digest()
        key = (dossier_id, digest)
        if key not in self.envois:
            read = read_envoi(lines)
            envoi, _ = Envoi.objects.get_or_create(
                dossier_id=dossier_id,
                digest=digest,
                defaults={
                    "lines": lines,
                    "norm": read.norm,
                    "is_real": read.is_real,
                    "depot": read.depot,
                    "sender": read.sender,
                    "sender_name": read.sender_name,
                    "act": self.act,
                },
            )
            self.envois[key] = envoi.pk
        return self.envois[key]

    def is_real(self, lines: bytes) -> bool:
        if lines not in self.real:
            self.real[lines] = read_envoi(lines).is_real
        return self.real[lines]

    def add_declarations(self, batch: list[tuple[int, StagedDeclaration]]) -> list[_Target]:
        held: dict[tuple[int, bool, bytes], tuple[int, bool]] = {}
        slots: set[tuple[Any, ...]] = set()
        taken: set[tuple[Any, ...]] = set()
        employers = sorted({self.employers[dossier_id, one.siret].pk for dossier_id, one in batch})
        months = sorted({one.read.month for _, one in batch})
        for some in chunks(employers, 300):
            for some_months in chunks(months, 300):
                rows = Declaration.objects.filter(employer_id__in=some, month__in=some_months).values_list(
                    "pk", "employer_id", "is_real", "whole_hash", "held", "individus", "nature", "month", "champ",
                    "fraction",
                )  # fmt: skip
                for pk, employer_id, real, whole_hash, count, individus, *slot in rows.iterator(chunk_size=2000):
                    held[employer_id, real, bytes(whole_hash)] = (pk, count < individus)
                    slots.add((employer_id, real, *slot))
                    taken.add((employer_id, *slot[1:]))
        targets: list[_Target] = []
        rows_to_add: list[tuple[Any, ...]] = []
        crowded: set[int] = set()
        new_ids = next_id(Declaration, len(batch))
        for dossier_id, one in batch:
            employer = self.employers[dossier_id, one.siret]
            real = self.is_real(one.envoi)
            key = (employer.pk, real, one.whole_hash)
            if key in held:
                pk, is_partial = held[key]
                self.landed.known_declarations += 1
                if is_partial:
                    positions = set(EmployeeMonth.objects.filter(declaration_id=pk).values_list("position", flat=True))
                    targets.append(_Target(one, employer, pk, real, is_new=False, positions=positions))
                continue
            read = one.read
            pk = new_ids + len(rows_to_add)
            held[key] = (pk, False)
            slot_key = (employer.pk, real, read.nature, read.month, read.champ, read.fraction)
            if read.month and slot_key in slots:
                self.landed.changed += 1
            place = (employer.pk, read.month, read.champ, read.fraction)
            if not read.month or place in taken:
                crowded.add(employer.pk)
            slots.add(slot_key)
            taken.add(place)
            targets.append(_Target(one, employer, pk, real, is_new=True))
            rows_to_add.append(
                (
                    pk, dossier_id, employer.pk, self.envoi_id(dossier_id, one.envoi), real, read.nature, read.type,
                    read.month, read.champ, read.fraction, read.order_number, read.order_rank, read.made_on,
                    read.replaces, one.freshness, one.whole_hash, one.own_content_id, one.digest, one.people,
                    one.people, True, False, self.at, self.act.pk,
                )
            )  # fmt: skip
            self.landed.dossier_ids.add(dossier_id)
        insert_rows(
            Declaration,
            (
                "id", "dossier_id", "employer_id", "envoi_id", "is_real", "nature", "type",
                "month", "champ", "fraction", "order_number", "order_rank", "made_on",
                "replaces", "freshness", "whole_hash", "own_content_id", "digest", "individus",
                "held", "in_force", "set_aside", "imported_at", "act_id",
            ),
            rows_to_add,
        )  # fmt: skip
        self.landed.declarations += len(rows_to_add)
        self.settle(crowded, targets)
        return targets

    def settle(self, employer_ids: set[int], targets: list[_Target]) -> None:
        """Say which versions are in force; people of older ones that no longer are will be read again."""
        flipped = settle(employer_ids)
        if not flipped and all(target.is_new for target in targets):
            return
        ours = {target.pk: target for target in targets}
        for chunk in chunks(list(ours)):
            for pk, in_force in Declaration.objects.filter(pk__in=chunk).values_list("pk", "in_force"):
                ours[pk].in_force = in_force
        self.refresh |= people_of(pk for pk in flipped if pk not in ours)
        for chunk in chunks(flipped):
            rows = Declaration.objects.filter(pk__in=chunk)
            self.refresh_of_employers.update(rows.values_list("employer_id", flat=True))

    def update_employers(self, targets: list[_Target]) -> None:
        """Address and town from the newest declaration in force."""
        touched: dict[int, _Employer] = {}
        for target in targets:
            employer = target.employer
            newest = employer.best.freshness if employer.best else employer.freshness
            if not target.in_force and not employer.freshness:
                self.refresh_of_employers.add(employer.pk)
            if (target.in_force and target.staged.freshness > newest) or (not employer.freshness and not employer.best):
                employer.best = target.staged
                touched[employer.pk] = employer
        rows = []
        for employer in touched.values():
            best = employer.best
            assert best is not None
            for code, value, said in _differences(best.lines, employer.typed, employer.typed.keys()):
                self.landed.employer_differences.append(
                    {"employer": str(employer.pk), "rubrique": code, "typed": value, "dsn": said}
                )
            town = town_of(best.lines, employer.typed)
            key = search_key(employer.name, town)[:255]
            employer.freshness = best.freshness
            rows.append((best.lines, best.freshness, town, key, employer.pk))
        update_rows(Employer, ("lines", "freshness", "town", "search_key"), rows)

    # -- people -------------------------------------------------------------------------------------------------

    def add_people(self, targets: list[_Target]) -> None:
        waiting: list[tuple[_Target, StagedMonth]] = []
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

    def add_months(self, waiting: list[tuple[_Target, StagedMonth]]) -> None:
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

    def note(self, target: _Target, month: StagedMonth, person: _Person) -> None:
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
            for code, value, said in _differences(part[: civil_end(part)], typed, others):
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


def _differences(lines: bytes, typed: dict[str, Any], codes: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(rubrique, typed value, what the lines say) where the lines say something else."""
    told = fields.line_values(lines)
    for code in sorted(codes):
        said = fields.text(told.get(code.encode(), b""))
        if said and said != typed[code]["value"]:
            yield code, typed[code]["value"], said


_NOBODY = PersonRead("", "", "", "", "", "", (), ())


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

    def person(self, employer: _Employer, keys: list[Key]) -> _Person:
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
