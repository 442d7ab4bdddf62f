"""Deletion of an employer or an employee, one at a time, after a page that says what goes (design §2).

What goes is put into a package first: see `packages`, and `restoring` for the way back.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, cast

from django.db import models, transaction

from scarabee.dossiers import registry
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import (
    Act,
    Declaration,
    DeletedPackage,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    Envoi,
    Identifier,
)
from scarabee.dossiers.services import declaring, holds
from scarabee.dossiers.services.declaring import HIDDEN, Takeover
from scarabee.dossiers.services.dossiers import lock_writable, touch
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.packages import keep_days, pack, rows_of
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Copy:
    """Another dossier that holds the same SIRET or person. `dossier_id` None: the actor may not see it."""

    dossier_id: int | None
    dossier_name: str


@dataclass(frozen=True, slots=True)
class DeletionPreview:
    """What a deletion would take, and what it would leave.

    `counts`: {kind of the registry: rows that go}; `months`: distinct months spoken of.
    `only_here`: how many declarations and employee-months stand nowhere else.
    `declares_now`: the employer's dossier declares its SIRET; `heirs`: the copies that could take over, the
    one that does by itself first.
    """

    label: str
    counts: dict[str, int]
    months: int
    elsewhere: list[Copy]
    only_here: dict[str, int]
    keep_days: int
    declares_now: bool = False
    heirs: list[Copy] = field(default_factory=list)

    @property
    def last_copy(self) -> bool:
        """Whether something goes that no other dossier holds."""
        return not self.elsewhere or any(self.only_here.values())

    @property
    def must_choose_heir(self) -> bool:
        return len(self.heirs) > 1


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did. `takeovers` as they are told to who deleted."""

    act: Act
    package: DeletedPackage
    counts: dict[str, int]
    takeovers: list[Takeover]


def deletion_preview(
    *, actor: Actor, employer: Employer | None = None, employee: Employee | None = None
) -> DeletionPreview:
    """What the deletion of one employer, or of one employee, would do. Writes nothing.

    Raises `Refusal` when the actor may not change the dossier or something under way holds the employer, ValueError
    unless exactly one is given.
    """
    if employee is not None and employer is None:
        require_writable(actor, employee.dossier)
        return _preview_employee(actor, employee)
    if employer is None or employee is not None:
        raise ValueError("one employer, or one employee")
    require_writable(actor, employer.dossier)
    holds.require_deletable(holds.Copy(employer.dossier_id, employer.siret))
    return _preview_employer(actor, employer)


@transaction.atomic
def delete_employer(*, actor: Actor, employer: Employer, declaring_next: Dossier | None = None) -> Deleted:
    """Delete an employer, its employees and all its history, after putting them into a package.

    `declaring_next` says who declares the SIRET afterwards where several copies are left; else the oldest.
    Raises `Refusal` when the actor may not change the dossier, something under way holds the employer there, or
    `declaring_next` holds no copy.
    """
    dossier = lock_writable(actor, employer.dossier)
    employer = cast(Employer, _lock(employer, dossier, "Cet employeur n’est plus dans le dossier."))
    holds.require_deletable(holds.Copy(employer.dossier_id, employer.siret))
    counts = _counts(employer)
    act = _open_act(actor, dossier, f"Employeur {_named(employer)}")
    package = pack(act=act, label=act.message, employer=employer)
    envois = list(employer.declarations.order_by().values_list("envoi_id", flat=True).distinct())
    successors = {employer.siret: declaring_next.pk} if declaring_next else {}
    takeovers = declaring.release([employer.pk], successors=successors)
    Employer.objects.filter(successor_of=employer).update(successor_of=None)
    for kind in reversed(registry.kinds()):
        if kind.name != "envois":
            _delete(rows_of(kind, employer=employer))
    for chunk in chunks(envois):
        _delete(Envoi.objects.filter(pk__in=chunk).exclude(pk__in=_used_envois(chunk)))
    return _close(actor, dossier, act, package, counts, takeovers, siret=employer.siret)


@transaction.atomic
def delete_employee(*, actor: Actor, employee: Employee) -> Deleted:
    """Delete an employee after putting them into a package; declarations stay, without this person.

    Raises `Refusal` when the actor may not change the dossier.
    """
    dossier = lock_writable(actor, employee.dossier)
    employee = cast(Employee, _lock(employee, dossier, "Ce salarié n’est plus dans le dossier."))
    employer = employee.employer
    counts = _counts(employer, employee)
    act = _open_act(actor, dossier, f"Salarié {employee!s}, employeur {_named(employer)}")
    package = pack(act=act, label=act.message, employer=employer, employee=employee)
    declarations = take_away(employee)
    recompute(declarations)
    return _close(
        actor, dossier, act, package, counts, [], siret=employer.siret, employee=employee.pk,
        made_partial=len(set(declarations)),
    )  # fmt: skip


def take_away(employee: Employee) -> list[int]:
    """Remove a person's rows, kind by kind; the declarations that lost a part, which the caller recomputes.

    The caller holds the transaction and the lock of the dossier.
    """
    declarations = list(employee.months.values_list("declaration_id", flat=True))
    for kind in reversed(registry.kinds()):
        if kind.is_of_people:
            _delete(rows_of(kind, employer=employee.employer, employee=employee))
    _delete(Employee.objects.filter(pk=employee.pk))
    return declarations


def _lock(row: Employer | Employee, dossier: Dossier, gone: str) -> models.Model:
    locked = (
        type(row)
        ._default_manager.select_for_update(of=("self",), no_key=True)
        .filter(pk=row.pk, dossier=dossier)
        .first()
    )
    if locked is None:
        raise NotVisible(gone, remedy="Revenez à la liste : elle est à jour.")
    return cast(models.Model, locked)


def _open_act(actor: Actor, dossier: Dossier, label: str) -> Act:
    return Act.objects.create(
        kind=Act.Kind.DELETION, state=Act.State.DONE, dossier=dossier,
        dossier_name=dossier.name, actor_name=actor.name, user_id=actor.user_id, created_at=now(),
        finished_at=now(), message=label[:255],
    )  # fmt: skip


def _close(
    actor: Actor, dossier: Dossier, act: Act, package: DeletedPackage, counts: dict[str, int],
    takeovers: list[Takeover], **facts: Any,
) -> Deleted:  # fmt: skip
    act.receipt = {"counts": counts, "takeovers": [asdict(one) for one in takeovers], **facts}
    act.save(update_fields=["receipt"])
    touch(dossier)
    journal.record(
        actor, "employee.deleted" if "employee" in facts else "employer.deleted", dossier_uuid=dossier.uuid,
        act=act.pk, counts=counts, declared_by=[one.dossier_id for one in takeovers], **facts,
    )  # fmt: skip
    return Deleted(act, package, counts, declaring.told_to(actor, takeovers))


def _delete(rows: models.QuerySet[Any]) -> None:
    """Delete rows with one statement: what hangs on them was deleted before, as the registry says."""
    rows.order_by()._raw_delete(rows.db)


def _used_envois(ids: Any) -> models.QuerySet[Any, Any]:
    return Declaration.objects.filter(envoi_id__in=ids).order_by().values("envoi_id")


def _counts(employer: Employer, employee: Employee | None = None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in registry.kinds():
        goes_with_a_person = kind.is_of_people or kind.name == "employees"
        if kind.name != "envois" and (employee is None or goes_with_a_person):
            counts[kind.name] = rows_of(kind, employer=employer, employee=employee).count()
    return counts


def _preview_employer(actor: Actor, employer: Employer) -> DeletionPreview:
    others = list(Employer.objects.filter(siret=employer.siret).exclude(pk=employer.pk).select_related("dossier"))
    heirs = declaring.heirs([employer.pk]).get(employer.siret, [])
    return DeletionPreview(
        label=_named(employer),
        counts=_counts(employer),
        months=_months(Declaration.objects.filter(employer=employer)),
        elsewhere=_copies(actor, others),
        only_here=_only_here(employer),
        keep_days=keep_days(),
        declares_now=employer.declaring,
        heirs=_copies(actor, heirs),
    )


def _preview_employee(actor: Actor, employee: Employee) -> DeletionPreview:
    employer = employee.employer
    twins = _same_person(employee)
    declarations = employee.months.order_by().values("declaration_id")
    return DeletionPreview(
        label=f"{employee}, {_named(employer)}",
        counts=_counts(employer, employee),
        months=_months(Declaration.objects.filter(pk__in=declarations)),
        elsewhere=_copies(actor, twins),
        only_here=_only_here(employer, employee),
        keep_days=keep_days(),
    )


def _same_person(employee: Employee) -> list[Employee]:
    """The same person, by any identifier, under the same SIRET in other dossiers."""
    found: set[int] = set()
    for kind, value in employee.identifiers.values_list("kind", "value"):
        rows = Identifier.objects.filter(value=value, kind=kind, employer__siret=employee.employer.siret)
        found.update(rows.exclude(employer_id=employee.employer_id).values_list("employee_id", flat=True))
    return list(Employee.objects.filter(pk__in=found).select_related("dossier"))


def _copies(actor: Actor, rows: list[Any]) -> list[Copy]:
    visible = set(
        Dossier.objects.visible_to(actor).filter(pk__in=[row.dossier_id for row in rows]).values_list("pk", flat=True)
    )
    seen = [Copy(row.dossier_id, row.dossier.name) for row in rows if row.dossier_id in visible]
    hidden = [Copy(None, HIDDEN) for row in rows if row.dossier_id not in visible]
    return list(dict.fromkeys(seen)) + hidden


def _months(declarations: models.QuerySet[Any]) -> int:
    return declarations.exclude(month="").order_by().values("month").distinct().count()


def _only_here(employer: Employer, employee: Employee | None = None) -> dict[str, int]:
    """How many declarations and employee-months that would go stand nowhere else, by their hashes."""
    wholes: set[tuple[bool, bytes]] = set()
    partials: dict[tuple[bool, bytes], list[int]] = {}
    elsewhere = Declaration.objects.filter(employer__siret=employer.siret).exclude(employer=employer)
    for pk, real, digest, individus, held in elsewhere.values_list(*_VERSION).iterator(chunk_size=4000):
        key = (real, bytes(digest))
        partials.setdefault(key, []).append(pk)
        if held >= individus:
            wholes.add(key)
    here = Declaration.objects.filter(employer=employer)
    if employee:
        here = here.filter(pk__in=employee.months.order_by().values("declaration_id"))
    declarations = months = 0
    for pk, real, digest, _, held in here.values_list(*_VERSION).iterator(chunk_size=4000):
        key = (real, bytes(digest))
        declarations += key not in partials
        if key in wholes:
            continue
        if key not in partials and not employee:
            months += held
            continue
        rows = EmployeeMonth.objects.filter(declaration_id=pk)
        positions = set((rows.filter(employee=employee) if employee else rows).values_list("position", flat=True))
        for chunk in chunks(partials.get(key, [])):
            there = EmployeeMonth.objects.filter(declaration_id__in=chunk)
            positions.difference_update(there.values_list("position", flat=True))
        months += len(positions)
    return {"employee_months": months} if employee else {"declarations": declarations, "employee_months": months}


_VERSION = ("pk", "is_real", "whole_hash", "individus", "held")


def _named(employer: Employer) -> str:
    return f"{employer.name} ({employer.siret})" if employer.name else employer.siret
