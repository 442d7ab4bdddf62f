"""Second half of an import: one transaction adds everything that points at the contents of a file.

Works by batches of people whatever the number of declarations, so that a file of many small employers costs what a
file of one large employer costs.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scarabee.dossiers.bulk import chunks, insert_rows, next_id, update_rows
from scarabee.dossiers.models import Act, Declaration, Dossier, EmployeeMonth, Employer, Envoi
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.in_force import Version, known_refused, people_of, settle
from scarabee.dossiers.services.landing_people import BATCH_PEOPLE, LandingPeople
from scarabee.dossiers.services.landing_rows import Landed, LandingEmployer, Target, differences
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers, town_of
from scarabee.dossiers.services.staging import Staged, StagedDeclaration
from scarabee.dsn.fields import read_envoi

BATCH_DECLARATIONS = 600


def land(*, act: Act, staged: Staged, routes: Mapping[str, int | None], default: int) -> Landed:
    """Add a staged file to the dossiers that `routes` names per SIRET (`default` where it is silent, None: left out).

    The caller holds the transaction. Adding what is already there changes nothing.
    """
    return _Landing(act, staged, routes, default).run()


class _Landing:
    def __init__(self, act: Act, staged: Staged, routes: Mapping[str, int | None], default: int) -> None:
        self.act = act
        self.at: datetime = act.created_at
        self.staged = staged
        self.routes = routes
        self.default = default
        self.landed = Landed()
        self.employers: dict[tuple[int, str], LandingEmployer] = {}
        self.declared: set[str] = set()
        self.envois: dict[tuple[int, bytes], int] = {}
        self.real: dict[bytes, bool] = {}
        self.refresh: set[int] = set()
        self.people = LandingPeople(act, staged, self.landed, self.refresh)
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
        holds.tell_declared(self.declared)
        if self.landed.employee_months:
            holds.tell_peopled({siret for _, siret in self.employers} - self.declared)
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
        self.people.add(targets)
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
                self.employers[key] = LandingEmployer(row.pk, row.dossier_id, row.freshness, row.typed, row.name)
        missing = sorted(wanted - self.employers.keys())
        declared: set[str] = set()
        for chunk in chunks(sorted({siret for _, siret in missing})):
            declared.update(Employer.objects.filter(siret__in=chunk, declaring=True).values_list("siret", flat=True))
        first = next_id(Employer, len(missing))
        rows_to_add = []
        for pk, (dossier_id, siret) in enumerate(missing, first):
            declaring = siret not in declared
            if declaring:
                declared.add(siret)
                self.declared.add(siret)
            rows_to_add.append((pk, dossier_id, siret, "", "", "", b"", "", "{}", declaring, "", 0, self.act.pk))
            self.employers[dossier_id, siret] = LandingEmployer(pk, dossier_id, "", {}, "")
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

    def add_declarations(self, batch: list[tuple[int, StagedDeclaration]]) -> list[Target]:
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
        refused = known_refused({one.siret for _, one in batch}, months)
        targets: list[Target] = []
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
                    targets.append(Target(one, employer, pk, real, is_new=False, positions=positions))
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
            targets.append(Target(one, employer, pk, real, is_new=True))
            rows_to_add.append(
                (
                    pk, dossier_id, employer.pk, self.envoi_id(dossier_id, one.envoi), real, read.nature, read.type,
                    read.month, read.champ, read.fraction, read.order_number, read.order_rank, read.made_on,
                    read.replaces, one.freshness, one.whole_hash, one.own_content_id, one.digest, one.people,
                    one.people, True, False, Version(one.siret, real, one.whole_hash) in refused, self.at, self.act.pk,
                )
            )  # fmt: skip
            self.landed.dossier_ids.add(dossier_id)
        insert_rows(
            Declaration,
            (
                "id", "dossier_id", "employer_id", "envoi_id", "is_real", "nature", "type",
                "month", "champ", "fraction", "order_number", "order_rank", "made_on",
                "replaces", "freshness", "whole_hash", "own_content_id", "digest", "individus",
                "held", "in_force", "set_aside", "refused", "imported_at", "act_id",
            ),
            rows_to_add,
        )  # fmt: skip
        self.landed.declarations += len(rows_to_add)
        self.settle(crowded, targets)
        return targets

    def settle(self, employer_ids: set[int], targets: list[Target]) -> None:
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

    def update_employers(self, targets: list[Target]) -> None:
        """Address and town from the newest declaration in force."""
        touched: dict[int, LandingEmployer] = {}
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
            for code, value, said in differences(best.lines, employer.typed, employer.typed.keys()):
                self.landed.employer_differences.append(
                    {"employer": str(employer.pk), "rubrique": code, "typed": value, "dsn": said}
                )
            town = town_of(best.lines, employer.typed)
            key = search_key(employer.name, town)[:255]
            employer.freshness = best.freshness
            rows.append((best.lines, best.freshness, town, key, employer.pk))
        update_rows(Employer, ("lines", "freshness", "town", "search_key"), rows)
