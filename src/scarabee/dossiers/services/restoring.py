"""Bringing back what a deletion took: the rows of its package, beside whatever was made again meanwhile.

A row that stands there already, by the key of its kind (people: any identifier), is left alone; what it lacks
is added below it. Rows come back under their own numbers and under the act that first made them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from scarabee.dossiers.bulk import chunks, insert_rows, next_id, update_rows
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Act, DeletedPackage, Dossier, Employee, Employer, Identifier
from scarabee.dossiers.registry import RowKind
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.declaring import Takeover, ensure_declarants, told_to
from scarabee.dossiers.services.dossiers import lock_writable, touch
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.in_force import people_of, recall_answers, settle
from scarabee.dossiers.services.packages import Head, unpack
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: rows added and rows that stood there already, per kind of the registry.

    `takeovers` as they are told to who brought it back.
    """

    act: Act
    employer_id: int
    employee_id: int | None
    added: dict[str, int]
    left: dict[str, int]
    takeovers: list[Takeover]


def packages(*, actor: Actor, dossier: Dossier | None) -> models.QuerySet[DeletedPackage]:
    """The packages of a dossier that can still be used, newest first; None: of dossiers since deleted.

    Raises `NotVisible` when the actor may not see them.
    """
    kept = DeletedPackage.objects.filter(restored_at=None, keep_until__gt=now()).select_related("act")
    if dossier is None:
        return (kept.filter(dossier=None) if actor.is_administrator else kept.none()).order_by("-pk")
    if not Dossier.objects.visible_to(actor).filter(pk=dossier.pk).exists():
        raise NotVisible("Ce dossier n’existe pas, ou vous n’y avez pas accès.")
    return kept.filter(dossier=dossier).order_by("-pk")


@transaction.atomic
def restore_package(*, actor: Actor, package: DeletedPackage, dossier: Dossier | None = None) -> Restored:
    """Bring back what a deletion took away; into `dossier` when the dossier itself is gone.

    Raises `Refusal` when the package was used or is out of date, or the actor may not change the dossier.
    """
    package = _lock(actor, package)
    destination = package.dossier or dossier
    if destination is None:
        raise Refusal(
            "Le dossier de cette suppression n’existe plus.",
            safe="Ce qui a été supprimé est toujours gardé.",
            remedy="Choisissez le dossier où le reprendre.",
        )
    destination = lock_writable(actor, destination)
    act = Act.objects.create(
        kind=Act.Kind.RESTORATION, state=Act.State.DONE, dossier=destination,
        dossier_name=destination.name, actor_name=actor.name, user_id=actor.user_id, created_at=now(),
        finished_at=now(), message=package.label,
    )  # fmt: skip
    restored = _Restoring(act, package, destination).run()
    act.receipt = {
        "package": package.pk, "added": restored.added, "left": restored.left,
        "takeovers": [asdict(one) for one in restored.takeovers],
    }  # fmt: skip
    act.save(update_fields=["receipt"])
    package.restored_at, package.rows, package.contents = now(), b"", b""
    package.save(update_fields=["restored_at", "rows", "contents"])
    touch(destination)
    journal.record(
        actor, "deletion.restored", dossier_uuid=destination.uuid, act=act.pk, deletion=package.act_id,
        added=restored.added,
    )  # fmt: skip
    return replace(restored, takeovers=told_to(actor, restored.takeovers))


def _lock(actor: Actor, package: DeletedPackage) -> DeletedPackage:
    locked = DeletedPackage.objects.select_for_update(of=("self",), no_key=True).filter(pk=package.pk).first()
    if locked is not None and locked.dossier is None and not actor.is_administrator:
        raise NotVisible("Cette suppression n’existe pas, ou vous n’y avez pas accès.")
    if locked is not None and locked.dossier is not None:
        require_writable(actor, locked.dossier)
    if locked is None or locked.keep_until <= now():
        raise Refusal(
            "Le délai pour revenir sur cette suppression est passé.",
            remedy="Importez de nouveau les fichiers DSN, ou reprenez une sauvegarde.",
        )
    if locked.restored_at is not None:
        raise Refusal("Cette suppression a déjà été reprise : tout est revenu dans le dossier.")
    return locked


@dataclass(slots=True)
class _Kind:
    """Where rows of one kind went: {number in the package: number here}, and which stood here before."""

    ids: dict[int, int] = field(default_factory=dict)
    stood: set[int] = field(default_factory=set)


class _Restoring:
    def __init__(self, act: Act, package: DeletedPackage, dossier: Dossier) -> None:
        self.act = act
        self.package = package
        self.dossier = dossier
        self.maps: dict[str, _Kind] = {}
        self.acts: dict[int, int] = {}
        self.typed: dict[str, dict[int, dict[str, Any]]] = {"employers": {}, "employees": {}}
        self.added: dict[str, int] = {}

    def run(self) -> Restored:
        head, batches = unpack(self.package)
        for batch in batches:
            self.add(batch.kind, batch.rows)
        self.keep_what_was_typed()
        employer_id = self.maps["employers"].ids[head.employer_id]
        self.set_right(head, employer_id)
        employee_id = self.maps["employees"].ids[head.employee_id] if head.employee_id else None
        left = {name: len(kind.stood) for name, kind in self.maps.items()}
        takeovers = ensure_declarants([head.siret])
        holds.tell_peopled([head.siret])
        return Restored(self.act, employer_id, employee_id, self.added, left, takeovers)

    def add(self, kind: RowKind, rows: list[dict[str, Any]]) -> None:
        """Add the rows that do not stand here yet, and remember the number each one has."""
        place = self.maps.setdefault(kind.name, _Kind())
        self.settle_acts(row["act_id"] for row in rows)
        for row in rows:
            row["dossier_id"] = self.dossier.pk
            row["act_id"] = self.acts[row["act_id"]]
            for column, parent in kind.parents.items():
                if row[column] is not None:
                    row[column] = self.maps[parent].ids[row[column]]
        standing = self.standing_people(rows) if kind.name == "employees" else self.standing(kind, rows)
        new: dict[tuple[Any, ...], dict[str, Any]] = {}
        twins: list[tuple[int, tuple[Any, ...]]] = []
        for row in rows:
            here = standing.get(row["id"])
            if here is None:
                key = _comparable(row[column] for column in kind.key)
                if new.setdefault(key, row) is not row:
                    twins.append((row["id"], key))
                continue
            place.ids[row["id"]] = here
            place.stood.add(here)
            if row.get("typed") or (kind.name == "employers" and row["name"]):
                self.typed[kind.name][here] = row
        if kind.name == "employers":
            self.prepare_employers(new.values())
        self.number(kind, place, list(new.values()))
        place.ids.update({old: new[key]["id"] for old, key in twins})
        self.insert(kind, list(new.values()))
        self.added[kind.name] = self.added.get(kind.name, 0) + len(new)

    def insert(self, kind: RowKind, new: list[dict[str, Any]]) -> None:
        if not new:
            return
        _leave_out_gone(kind, new)
        columns = list(kind.model._meta.concrete_fields)
        missing = {column.attname: column.get_default() for column in columns if column.attname not in new[0]}
        rows = ({**missing, **row} for row in new)
        insert_rows(
            kind.model,
            [str(column.column) for column in columns],
            [[_for_database(column, row[column.attname]) for column in columns] for row in rows],
        )

    def settle_acts(self, ids: Iterable[int]) -> None:
        """Rows keep the act that made them, unless it is gone or was undone meanwhile."""
        unknown = set(ids) - self.acts.keys()
        if unknown:
            alive = Act.objects.filter(pk__in=unknown).exclude(state=Act.State.UNDONE)
            self.acts.update(dict.fromkeys(unknown, self.act.pk))
            self.acts.update({pk: pk for pk in alive.values_list("pk", flat=True)})

    def number(self, kind: RowKind, place: _Kind, new: list[dict[str, Any]]) -> None:
        """Rows come back under their own numbers, or new ones where another row has taken them."""
        taken: set[int] = set()
        for chunk in chunks([row["id"] for row in new]):
            taken.update(kind.model._default_manager.filter(pk__in=chunk).values_list("pk", flat=True))
        fresh = next_id(kind.model, len(taken)) if taken else 0
        for row in new:
            old = row["id"]
            if old in taken:
                row["id"], fresh = fresh, fresh + 1
            place.ids[old] = row["id"]

    def standing(self, kind: RowKind, rows: list[dict[str, Any]]) -> dict[int, int]:
        """{number in the package: number here} of the rows whose key stands here; none below a new parent."""
        anchor = kind.key[0]
        parent = kind.parents.get(anchor)
        below = {row[anchor] for row in rows}
        if parent is not None:
            below &= self.maps[parent].stood
        held: dict[tuple[Any, ...], int] = {}
        for chunk in chunks(sorted(below)):
            found = kind.model._default_manager.filter(**{f"{anchor}__in": chunk}).order_by()
            for pk, *key in found.values_list("pk", *kind.key).iterator(chunk_size=4000):
                held[_comparable(key)] = pk
        standing = {row["id"]: held.get(_comparable(row[column] for column in kind.key)) for row in rows}
        return {old: here for old, here in standing.items() if here is not None}

    def standing_people(self, rows: list[dict[str, Any]]) -> dict[int, int]:
        """People made again meanwhile, by any identifier: the identifiers are further on in the package."""
        stood = {row["employer_id"] for row in rows} & self.maps["employers"].stood
        if not stood:
            return {}
        told: dict[tuple[str, str], int] = {}
        ours = {row["id"] for row in rows}
        _, batches = unpack(self.package)
        for batch in batches:
            if batch.kind.model is Identifier:
                of_ours = [row for row in batch.rows if row["employee_id"] in ours]
                told.update({(row["kind"], row["value"]): row["employee_id"] for row in of_ours})
        standing: dict[int, int] = {}
        held = Identifier.objects.filter(employer_id__in=stood).order_by("-employee_id")
        for kind, value, employee_id in held.values_list("kind", "value", "employee_id").iterator(chunk_size=4000):
            old = told.get((kind, value))
            if old is not None:
                standing[old] = employee_id
        return standing

    def prepare_employers(self, new: Iterable[dict[str, Any]]) -> None:
        for row in new:
            row["declaring"] = False
            former = Employer.objects.filter(pk=row["successor_of_id"], dossier=self.dossier)
            row["successor_of_id"] = former.values_list("pk", flat=True).first()

    def keep_what_was_typed(self) -> None:
        """What a person had typed comes back where nobody typed anything else meanwhile."""
        for model, kind in ((Employer, "employers"), (Employee, "employees")):
            updates = []
            rows = self.typed[kind]
            for chunk in chunks(list(rows)):
                for pk, typed in model._default_manager.filter(pk__in=chunk).values_list("pk", "typed"):
                    updates.append((_json({**rows[pk]["typed"], **typed}), pk))
            update_rows(model, ("typed",), updates)
        for pk, row in self.typed["employers"].items():
            Employer.objects.filter(pk=pk, name="").update(name=row["name"])

    def set_right(self, head: Head, employer_id: int) -> None:
        """What is in force, counted, digested and shown, after the rows are back."""
        Employer.objects.filter(pk__in=head.successors, dossier=self.dossier, successor_of=None).update(
            successor_of=employer_id
        )
        declarations = self.maps.get("declarations", _Kind())
        people = self.maps.get("employees", _Kind())
        all_of_them = head.employee_id or head.lacks_people
        recompute(declarations.ids.values() if all_of_them else declarations.stood)
        recall_answers(employer_id)
        flipped = settle([employer_id])
        again = set(people.ids.values()) if head.employee_id or self.maps["employers"].stood else set()
        refresh_employees(again | people_of(flipped))
        refresh_employers([employer_id])


def _leave_out_gone(kind: RowKind, rows: list[dict[str, Any]]) -> None:
    """What a row may lack, the user in charge of it for one, it lacks when that was deleted meanwhile."""
    for column in kind.model._meta.concrete_fields:
        if not isinstance(column, models.ForeignKey) or column.remote_field.on_delete is not models.SET_NULL:
            continue
        wanted = {row[column.attname] for row in rows if row.get(column.attname) is not None}
        alive: set[Any] = set()
        for some in chunks(sorted(wanted)):
            alive.update(column.related_model._default_manager.filter(pk__in=some).values_list("pk", flat=True))
        if gone := wanted - alive:
            for row in rows:
                if row.get(column.attname) in gone:
                    row[column.attname] = None


def _comparable(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in values)


def _for_database(column: models.Field[Any, Any], value: Any) -> Any:
    return _json(value) if isinstance(column, models.JSONField) and value is not None else value


def _json(value: Any) -> str:
    return DjangoJSONEncoder().encode(value)
