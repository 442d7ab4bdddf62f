"""Undo of an act that created rows: exactly those go, what it changed comes back (design §3, Undo).

Item by item: an employee, an employer or a declaration under which something changed since is kept whole, with the
reason. Each row carries its act, so that undo needs no list of its own.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F

from scarabee.dossiers import registry
from scarabee.dossiers.bulk import chunks, columns_of, fetch_rows
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import (
    Act,
    Before,
    Declaration,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    Envoi,
    Identifier,
)
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.declaring import ensure_declarants, release
from scarabee.dossiers.services.dossiers import delete_dossier
from scarabee.dossiers.services.holds import Copy, Handover
from scarabee.dossiers.services.identities import keep_told_identifiers, part
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.in_force import people_of, settle
from scarabee.dossiers.services.locking import lock_dossiers, lock_sirets
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers
from scarabee.dossiers.services.undo_reasons import (
    RECORDS,
    SHOWN_REFUSALS,
    Kept,
    Reasons,
    RefusedItem,
    later_act,
)
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

UNDOABLE = (Act.Kind.IMPORT, Act.Kind.TRANSFER)


@dataclass(slots=True)
class UndoReport:
    """What undo removes (or would): COUNTS; what it leaves; how many changed records come back."""

    removed: dict[str, int] = field(default_factory=dict)
    refused: list[RefusedItem] = field(default_factory=list)
    refused_count: int = 0
    restored: int = 0
    removes_dossier: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left of the act."""
        return not self.refused_count


def undo_preview(*, actor: Actor, act: Act) -> UndoReport:
    """What `undo_act` would do now. Raises `Refusal` when the act cannot be undone at all."""
    with transaction.atomic():
        report = _undo(actor, act)
        transaction.set_rollback(True)
    return report


@transaction.atomic
def undo_act(*, actor: Actor, act: Act) -> UndoReport:
    """Take back an import or a transfer, item by item. Raises `Refusal` when it cannot be undone at all."""
    report = _undo(actor, act)
    act.refresh_from_db()
    act.receipt["undo"] = {
        "at": now().isoformat(),
        "removed": report.removed,
        "restored": report.restored,
        "refused": [{"label": one.label, "reason": one.reason} for one in report.refused[:SHOWN_REFUSALS]],
        "refused_count": report.refused_count,
        "removed_dossier": report.removes_dossier,
    }
    if report.is_whole:
        act.state, act.undone_at, act.undone_by = Act.State.UNDONE, now(), actor.name
    act.save()
    journal.record(
        actor, f"{act.kind}.undone", dossier_uuid=act.dossier.uuid if act.dossier else None, act=act.pk,
        refused=report.refused_count, **{f"removed_{kind}": count for kind, count in report.removed.items()},
    )  # fmt: skip
    return report


def _undo(actor: Actor, act: Act) -> UndoReport:
    act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act.pk)
    dossiers = _check(actor, act)
    report = UndoReport()
    touched = _Touched()
    still_joined = _part_people(act, report, touched)
    kept = Kept(act)
    kept.reasons |= still_joined
    restored_sirets = _restore_declaring(act, kept)
    _remove_rows(act, kept, report, touched)
    report.restored += _restore_values(act, kept, touched)
    touched.employees = _existing(Employee, touched.employees)
    touched.employers = _existing(Employer, touched.employers)
    touched.declarations = _existing(Declaration, touched.declarations)
    keep_told_identifiers(touched.identities & touched.employees)
    recompute(touched.declarations)
    touched.employees |= people_of(settle(touched.employers))
    refresh_employees(touched.employees)
    refresh_employers(touched.employers)
    ensure_declarants(restored_sirets | touched.sirets)
    report.refused, report.refused_count = kept.listed(), kept.count
    for dossier in dossiers:
        dossier.revision += 1
        dossier.save(update_fields=["revision"])
    created = next((one for one in dossiers if one.pk == act.dossier_id and act.receipt.get("created_dossier")), None)
    if report.is_whole and created and not created.employers.exists() and not holds.why_not_deletable(created):
        report.removes_dossier = True
        delete_dossier(actor=actor, dossier=created)
    return report


def _check(actor: Actor, act: Act) -> list[Dossier]:
    """The dossiers the act wrote into, locked; raises when undo makes no sense or is not allowed."""
    dossiers = _written(act)
    for dossier in dossiers:
        if not Dossier.objects.visible_to(actor).filter(pk=dossier.pk).exists():
            raise NotVisible(f"{act} n’existe pas ou ne vous est pas ouvert.")
        require_writable(actor, dossier)
    _require_former_declarants(actor, act)
    if act.kind not in UNDOABLE and not act.receipt.get("created_dossier"):
        raise Refusal(f"Un acte « {act.get_kind_display()} » ne s’annule pas ainsi.")
    if act.state == Act.State.UNDONE:
        raise Refusal(f"{act} est déjà annulé.", remedy="Il n’y a rien à faire.")
    if act.state != Act.State.DONE:
        raise Refusal(f"{act} n’est pas terminé : il n’y a rien à annuler.", remedy="Attendez sa fin.")
    if not dossiers:
        raise Refusal(f"{act} : le dossier de destination n’existe plus.", remedy="Il n’y a rien à annuler.")
    return dossiers


def _written(act: Act) -> list[Dossier]:
    """The dossiers the act wrote into, locked with those that would declare again and the SIRETs in question."""
    ids = set(Declaration.objects.filter(act=act).values_list("dossier_id", flat=True).distinct())
    ids |= set(Employer.objects.filter(act=act).values_list("dossier_id", flat=True).distinct())
    ids |= {pk for routes in act.files.values_list("routes", flat=True) for pk in routes.values() if pk}
    ids |= {act.dossier_id} if act.dossier_id else set()
    locked = lock_dossiers(ids | _former_declarants(act))
    lock_sirets(Employer.objects.filter(act=act).values_list("siret", flat=True))
    return [dossier for pk, dossier in locked.items() if pk in ids]


def _former_declarants(act: Act) -> set[int]:
    """The dossiers that declared what the act made another declare."""
    former = Before.objects.filter(act=act, kind="declaring").values_list("values__former", flat=True)
    found: set[int] = set()
    for some in chunks(sorted({pk for pk in former if pk})):
        found |= set(Employer.objects.filter(pk__in=some).values_list("dossier_id", flat=True))
    return found


def _require_former_declarants(actor: Actor, act: Act) -> None:
    """Raise `NotAllowed` unless the actor is Gestionnaire of the dossiers that would declare again."""
    givers = _former_declarants(act)
    if len(givers) > Dossier.objects.kept_by(actor).filter(pk__in=givers).count():
        raise NotAllowed(
            f"{act} a changé le dossier qui déclare : l’annuler rendrait la déclaration à un dossier "
            "que vous ne pouvez pas modifier.",
            remedy="Demandez à un Administrateur de l’annuler, ou le rôle Gestionnaire sur ce dossier.",
        )


class _Touched:
    """What lost something and must be worked out again."""

    def __init__(self) -> None:
        self.employers: set[int] = set()
        self.employees: set[int] = set()
        self.identities: set[int] = set()
        """People who lost an identifier."""
        self.declarations: set[int] = set()
        self.sirets: set[str] = set()


def _remove_rows(act: Act, kept: Kept, report: UndoReport, touched: _Touched) -> None:
    employees, employers = kept.ids("employee"), kept.ids("employer")
    declarations = kept.ids("declaration")
    months = 0
    with _table("undo_kept", sorted(employees)), connection.cursor() as cursor:
        _remove_arrived(act, employers)
        free = "employee_id NOT IN (SELECT id FROM undo_kept)"
        for declaration, employee in fetch_rows(
            f"SELECT DISTINCT declaration_id, employee_id FROM dossiers_employeemonth WHERE act_id = %s AND {free}",
            (act.pk,),
        ):
            touched.declarations.add(declaration)
            touched.employees.add(employee)
        for kind in reversed(registry.kinds()):
            if "employee_id" not in columns_of(kind.model) or kind.arrives:
                continue
            table = kind.model._meta.db_table
            if kind.model is not EmployeeMonth:
                losing = {
                    pk
                    for (pk,) in fetch_rows(
                        f"SELECT DISTINCT employee_id FROM {table} WHERE act_id = %s AND {free}", (act.pk,)
                    )
                }
                touched.employees |= losing
                if kind.model is Identifier:
                    touched.identities |= losing
            cursor.execute(f"DELETE FROM {table} WHERE act_id = %s AND {free}", [act.pk])
            if kind.model is EmployeeMonth:
                months = cursor.rowcount
        report.removed["employee_months"] = months
        report.removed["declarations"] = _remove_declarations(act, declarations, employers, touched)
        touched.employers.update(
            pk
            for (pk,) in fetch_rows("SELECT DISTINCT employer_id FROM dossiers_employee WHERE act_id = %s", (act.pk,))
        )
        cursor.execute(
            "DELETE FROM dossiers_employee WHERE act_id = %s AND id NOT IN (SELECT id FROM undo_kept)",
            [act.pk],
        )
        report.removed["employees"] = cursor.rowcount
    report.removed["employers"] = _remove_employers(act, employers, touched)
    Envoi.objects.filter(act=act).alias(used=Count("declarations")).filter(used=0).delete()


def _remove_arrived(act: Act, kept_employers: set[int]) -> None:
    """Rows that come by themselves: those the act copied, and those of the people who go with it."""
    people = "(SELECT id FROM undo_kept)"
    going = f"(SELECT id FROM dossiers_employee WHERE act_id = %s AND id NOT IN {people})"
    for kind in (kind for kind in reversed(registry.kinds()) if kind.arrives):
        table = kind.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE act_id = %s AND employee_id NOT IN {people}", [act.pk])
            cursor.execute(f"DELETE FROM {table} WHERE employee_id IN {going}", [act.pk])
        alone = kind.model._default_manager.filter(act=act, employee=None).order_by()
        gone = [pk for pk, employer in alone.values_list("pk", "employer_id") if employer not in kept_employers]
        for some in chunks(gone):
            kind.model._default_manager.filter(pk__in=some)._raw_delete("default")


def _remove_declarations(act: Act, kept: set[int], kept_employers: set[int], touched: _Touched) -> int:
    """Declarations the act created that nobody's part is left of."""
    gone: list[int] = []
    for pk, employer, left in fetch_rows(
        "SELECT d.id, d.employer_id, COUNT(m.id) FROM dossiers_declaration d "
        "LEFT JOIN dossiers_employeemonth m ON m.declaration_id = d.id WHERE d.act_id = %s "
        "GROUP BY d.id, d.employer_id",
        (act.pk,),
    ):
        touched.employers.add(employer)
        if not left and pk not in kept:
            gone.append(pk)
    for some in chunks(gone):
        Employer.objects.filter(declarations__in=some, freshness=F("declarations__freshness")).update(freshness="")
        Declaration.objects.filter(pk__in=some)._raw_delete("default")
    return len(gone)


def _remove_employers(act: Act, kept: set[int], touched: _Touched) -> int:
    gone = [
        pk
        for (pk,) in fetch_rows(
            "SELECT e.id FROM dossiers_employer e WHERE e.act_id = %s "
            "AND NOT EXISTS (SELECT 1 FROM dossiers_employee p WHERE p.employer_id = e.id) "
            "AND NOT EXISTS (SELECT 1 FROM dossiers_declaration d WHERE d.employer_id = e.id)",
            (act.pk,),
        )
        if pk not in kept
    ]
    release(gone)
    for some in chunks(gone):
        touched.sirets.update(Employer.objects.filter(pk__in=some).values_list("siret", flat=True))
        Employer.objects.filter(successor_of__in=some).update(successor_of=None)
        for kind in (kind for kind in reversed(registry.kinds()) if kind.arrives):
            kind.model._default_manager.filter(employer_id__in=some)._raw_delete("default")
        Employer.objects.filter(pk__in=some)._raw_delete("default")
    return len(gone)


def _restore_declaring(act: Act, kept: Kept) -> set[str]:
    """Take back a handover: the former declarant declares again, if it still is there and nothing is under way."""
    handovers: list[Handover] = []
    for before in Before.objects.filter(act=act, kind="declaring"):
        if later_act(before) is not None:
            continue
        copy = Employer.objects.filter(pk=before.object_id).first()
        former = Employer.objects.filter(pk=before.values["former"]).first() if before.values["former"] else None
        if copy is not None and copy.declaring and former is not None and former.siret == copy.siret:
            place = Copy(copy.dossier_id, copy.siret)
            if hold := holds.under_way([place]).get(place):
                kept.reasons.setdefault(("employer", copy.pk), f"déclaré d’ici, et {hold.reason}")
                continue
            Employer.objects.filter(pk=copy.pk).update(declaring=False)
            Employer.objects.filter(pk=former.pk).update(declaring=True)
            handovers.append(Handover(copy.siret, copy.dossier_id, former.dossier_id))
        before.delete()
    holds.follow(handovers)
    sirets = {one.siret for one in handovers}
    holds.tell_declared(sirets)
    return sirets


def _part_people(act: Act, report: UndoReport, touched: _Touched) -> Reasons:
    """Part the people that the act joined, newest first. Returns those that cannot be, and why."""
    stay: Reasons = {}
    for before in Before.objects.filter(act=act, kind="joined").order_by("-pk"):
        try:
            parted = part(before)
        except ValueError:
            stay["joined", before.pk] = "réuni depuis avec une troisième fiche"
            continue
        touched.employees |= set(parted or ())
        report.restored += parted is not None
        before.delete()
    return stay


def _restore_values(act: Act, kept: Kept, touched: _Touched) -> int:
    """Put back what the act changed in rows it did not create, newest change first; each is put back once."""
    restored = 0
    for before in Before.objects.filter(act=act).exclude(kind__in=("declaring", "joined")).order_by("-pk"):
        if before.kind == "set_aside":
            found = Declaration.objects.filter(pk=before.object_id)
            touched.employers |= set(found.values_list("employer_id", flat=True))
            restored += found.update(set_aside=before.values.get("set_aside", False))
        elif (before.kind, before.object_id) in kept.reasons:
            continue
        elif before.kind == "record":
            if later_act(before) is None:
                Employer.objects.filter(pk=before.object_id).update(**_from_json(before.values))
                touched.employers.add(before.object_id)
        else:
            values = _from_json(before.values)
            restored += RECORDS[before.kind].objects.filter(pk=before.object_id).update(**values)
            (touched.employers if before.kind == "employer" else touched.employees).add(before.object_id)
        before.delete()
    return restored


def _from_json(values: dict[str, Any]) -> dict[str, Any]:
    """Values of a `Before` as the columns take them: an employer's lines are bytes."""
    return {**values, "lines": values["lines"].encode("latin-1")} if "lines" in values else values


def _existing(model: Any, ids: set[int]) -> set[int]:
    return {pk for some in chunks(sorted(ids)) for pk in model.objects.filter(pk__in=some).values_list("pk", flat=True)}


class _table:
    """A temporary table of ids, for conditions that would be too long as a list."""

    def __init__(self, name: str, ids: list[int]) -> None:
        self.name, self.ids = name, ids

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {self.name} (id bigint PRIMARY KEY)")
            cursor.executemany(f"INSERT INTO {self.name} VALUES (%s)", [(pk,) for pk in self.ids])

    def __exit__(self, *_: object) -> None:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {self.name}")
