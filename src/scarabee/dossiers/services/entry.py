"""Employers and employees created or corrected by hand (a new association has no DSN yet).

What a person types lies beside what a DSN says, never in its place: shown = typed, else the DSN's. An emptied field
goes back to the DSN's value. Later imports fill what nobody typed, and report where they say otherwise.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from django.db import transaction
from django.db.models import OuterRef, Subquery

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Dossier, Employee, EmployeeMonth, Employer, Identifier
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.declaring import ensure_declarants
from scarabee.dossiers.services.dossiers import lock_writable, touch
from scarabee.dossiers.services.entry_fields import (
    EMPLOYEE_FIELDS,
    EMPLOYER_FIELDS,
    FAMILY_NAME,
    EntryField,
    clean_text,
    clean_value,
    is_same,
)
from scarabee.dossiers.services.identities import Key, keys_of
from scarabee.dossiers.services.refresh import (
    SHOWN,
    civil_end,
    read_content,
    refresh_employees,
    refresh_employers,
)
from scarabee.dsn import fields as dsn
from scarabee.dsn.fields import PersonRead
from scarabee.dsn.identifiers import siret_is_valid
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

NAME_LENGTH = 200
_NUMBERS = {"nir": "NIR", "ntt": "NTT", "civil": "nom, ces prénoms, cette date de naissance et ce matricule"}


@transaction.atomic
def create_employer(
    *, actor: Actor, dossier: Dossier, siret: str, name: str = "", fields: Mapping[str, str] | None = None
) -> Employer:
    """A new employer, from its SIRET; it declares its SIRET when no other dossier does.

    `fields`: {rubrique of EMPLOYER_FIELDS: value as typed}. Raises `Refusal` when a value will not do, the SIRET is
    there already, or the actor may not change the dossier; ValueError for a rubrique that is not in the list.
    """
    dossier = lock_writable(actor, dossier)
    siret = "".join(siret.split())
    if not siret_is_valid(siret):
        raise Refusal(
            f"Le SIRET « {siret[:20]} » n’existe pas : il compte 14 chiffres, dont le dernier dépend des autres.",
            safe="Rien n’a été enregistré.",
            remedy="Vérifiez-le, chiffre par chiffre.",
        )
    held = Employer.objects.filter(dossier=dossier, siret=siret).first()
    if held is not None:
        raise Refusal(
            f"L’employeur {siret} est déjà dans ce dossier{f' sous le nom {held.name}' if held.name else ''}.",
            remedy="Ouvrez sa fiche pour la corriger.",
        )
    name = clean_employer_name(name)
    typed = _retyped(actor, EMPLOYER_FIELDS, {}, {}, fields or {})
    employer = Employer.objects.create(
        dossier=dossier, siret=siret, name=name, typed=typed, act=entry_act(actor, dossier, f"Employeur {siret}")
    )
    refresh_employers([employer.pk])
    ensure_declarants([siret])
    touch(dossier)
    journal.record(actor, "employer.created", dossier_uuid=dossier.uuid, siret=siret, rubriques=sorted(typed))
    employer.refresh_from_db()
    return employer


@transaction.atomic
def correct_employer(
    *,
    actor: Actor,
    employer: Employer,
    name: str | None = None,
    fields: Mapping[str, str] | None = None,
    revision: int | None = None,
) -> Employer:
    """Correct the name (None: as it is) and some fields of an employer; fields not given stay as they are.

    Raises `Refusal` as `create_employer` does, and when `revision` says that the row changed meanwhile.
    """
    dossier, employer = lock_employer(actor, employer, revision)
    typed = _retyped(actor, EMPLOYER_FIELDS, employer_values(employer), employer.typed, fields or {})
    new_name = employer.name if name is None else clean_employer_name(name)
    changed = _changed(employer.typed, typed)
    if not changed and new_name == employer.name:
        return employer
    renamed = new_name != employer.name
    employer.typed, employer.name = typed, new_name
    employer.revision += 1
    employer.save(update_fields=["typed", "name", "revision"])
    refresh_employers([employer.pk])
    touch(dossier)
    journal.record(
        actor, "employer.corrected", dossier_uuid=dossier.uuid, siret=employer.siret, rubriques=changed,
        renamed=renamed,
    )  # fmt: skip
    employer.refresh_from_db()
    return employer


@transaction.atomic
def create_employee(*, actor: Actor, employer: Employer, fields: Mapping[str, str]) -> Employee:
    """A new person under an employer. `fields`: {rubrique of EMPLOYEE_FIELDS: value as typed}, a family name at least.

    Raises `Refusal` when a value will not do, the NIR or NTT is somebody's already under this employer, or the actor
    may not change the dossier; ValueError for a rubrique that is not in the list.
    """
    dossier, employer = lock_employer(actor, employer, None)
    typed = _retyped(actor, EMPLOYEE_FIELDS, {}, {}, fields, siren=employer.siren)
    if FAMILY_NAME not in typed:
        raise Refusal(
            "Le nom de famille manque.", safe="Rien n’a été enregistré.", remedy="Donnez-le, puis recommencez."
        )
    keys = _typed_keys(employer.pk, typed)
    _refuse_taken(keys, besides=None)
    employee = Employee.objects.create(
        dossier=dossier, employer=employer, typed=typed, act=entry_act(actor, dossier, f"Salarié de {employer.siret}")
    )
    _add_identifiers(employee, keys, employee.act)
    refresh_employees([employee.pk])
    holds.tell_peopled([employer.siret])
    touch(dossier)
    journal.record(
        actor, "employee.created", dossier_uuid=dossier.uuid, siret=employer.siret, employee=employee.pk,
        rubriques=sorted(typed),
    )  # fmt: skip
    employee.refresh_from_db()
    return employee


@transaction.atomic
def correct_employee(
    *, actor: Actor, employee: Employee, fields: Mapping[str, str], revision: int | None = None
) -> Employee:
    """Correct some fields of a person; those not given stay as they are, an emptied one goes back to the DSN's.

    Raises `Refusal` as `create_employee` does, and when `revision` says that the row changed meanwhile.
    """
    dossier = lock_writable(actor, employee.dossier)
    locked = (
        Employee.objects.select_for_update(of=("self",), no_key=True).filter(pk=employee.pk, dossier=dossier).first()
    )
    employee = cast(Employee, _current(locked, revision, "Ce salarié n’est plus dans le dossier."))
    employer, before = employee.employer, employee.typed
    typed = _retyped(actor, EMPLOYEE_FIELDS, employee_values(employee), before, fields, siren=employer.siren)
    changed = _changed(before, typed)
    if not changed:
        return employee
    if not typed.get(FAMILY_NAME) and not employee.months.exists():
        raise Refusal("Le nom de famille manque.", safe="Rien n’a été enregistré.", remedy="Donnez-le.")
    for rubrique in before.keys() - typed.keys():
        if rubrique in SHOWN:
            setattr(employee, SHOWN[rubrique], "")  # until `refresh_employees` finds what a DSN says, if any does
    employee.typed = typed
    employee.revision += 1
    employee.save(update_fields=["typed", "revision", *SHOWN.values()])
    _follow_identifiers(actor, dossier, employee, before)
    refresh_employees([employee.pk])
    touch(dossier)
    journal.record(
        actor, "employee.corrected", dossier_uuid=dossier.uuid, siret=employer.siret, employee=employee.pk,
        rubriques=changed,
    )  # fmt: skip
    employee.refresh_from_db()
    return employee


def employer_values(employer: Employer) -> dict[str, str]:
    """{rubrique of EMPLOYER_FIELDS: what the newest DSN says}, nothing where it is silent."""
    return _told(bytes(employer.lines), EMPLOYER_FIELDS)


def employee_values(employee: Employee) -> dict[str, str]:
    """{rubrique of EMPLOYEE_FIELDS: what the newest DSN says}, nothing where it is silent."""
    return values_by_employee([employee.pk]).get(employee.pk, {})


def values_by_employee(ids: Collection[int]) -> dict[int, dict[str, str]]:
    """{employee: as `employee_values` tells}; two queries for each 900."""
    months = EmployeeMonth.objects.filter(employee=OuterRef("pk"))
    months = months.order_by("-declaration__in_force", "-declaration__freshness", "position")
    found: dict[int, int | None] = {}
    for some in chunks(sorted(ids)):
        rows = Employee.objects.filter(pk__in=some).order_by().annotate(newest=Subquery(months.values("content")[:1]))
        found |= rows.values_list("pk", "newest")
    parts = contents.load(newest for newest in found.values() if newest is not None)
    return {pk: _civil(parts[newest]) if newest is not None else {} for pk, newest in found.items()}


def _civil(part: bytes) -> dict[str, str]:
    return _told(part[: civil_end(part)], EMPLOYEE_FIELDS)


def clean_employer_name(name: str) -> str:
    """The name as it is kept. Raises `Refusal` when it is too long or holds an invisible character."""
    name = clean_text("Nom de l’employeur", name)
    if len(name) > NAME_LENGTH:
        raise Refusal(f"Le nom de l’employeur est trop long : {NAME_LENGTH} caractères au plus.", remedy="Abrégez-le.")
    return name


def lock_employer(actor: Actor, employer: Employer, revision: int | None) -> tuple[Dossier, Employer]:
    """The dossier and the employer as they are now, locked. Raises `Refusal` as services do.

    `revision`: the one that the person saw, None when that does not matter.
    """
    dossier = lock_writable(actor, employer.dossier)
    locked = (
        Employer.objects.select_for_update(of=("self",), no_key=True).filter(pk=employer.pk, dossier=dossier).first()
    )
    return dossier, cast(Employer, _current(locked, revision, "Cet employeur n’est plus dans le dossier."))


def entry_act(actor: Actor, dossier: Dossier, label: str) -> Act:
    """The act under which rows made by hand stand."""
    return Act.objects.create(
        kind=Act.Kind.ENTRY, state=Act.State.DONE, dossier=dossier, dossier_name=dossier.name,
        actor_name=actor.name, user_id=actor.user_id, created_at=now(), finished_at=now(), message=label,
    )  # fmt: skip


def _current(row: Any, revision: int | None, gone: str) -> Any:
    if row is None:
        raise NotVisible(gone, remedy="Revenez à la liste : elle est à jour.")
    if revision is not None and revision != row.revision:
        raise Refusal(
            "Quelqu’un d’autre a modifié cette fiche pendant que vous la corrigiez.",
            safe="Sa correction est gardée, la vôtre n’a pas été enregistrée.",
            remedy="Rouvrez la fiche, regardez ce qui a changé, puis corrigez de nouveau.",
        )
    return row


def _told(lines: bytes, listed: Mapping[str, EntryField]) -> dict[str, str]:
    values = ((code.decode("latin-1"), dsn.text(value)) for code, value in dsn.line_values(lines).items())
    return {code: value for code, value in values if code in listed and value}


def _retyped(
    actor: Actor,
    listed: Mapping[str, EntryField],
    told: Mapping[str, str],
    typed: Mapping[str, Any],
    fields: Mapping[str, str],
    siren: str = "",
) -> dict[str, Any]:
    """What is typed after a form with `fields` was sent: a value that is shown already says nothing new."""
    if unknown := fields.keys() - listed.keys():
        raise ValueError(f"these rubriques cannot be typed: {sorted(unknown)}")
    after = dict(typed)
    for rubrique, raw in fields.items():
        shown = typed[rubrique]["value"] if rubrique in typed else told.get(rubrique, "")
        if is_same(listed[rubrique], raw, shown):
            continue
        value = clean_value(listed[rubrique], raw, siren=siren)
        if value == shown:
            continue
        after.pop(rubrique, None)
        if value and value != told.get(rubrique):
            after[rubrique] = {"value": value, "by": actor.name, "at": now().isoformat(timespec="seconds")}
    return after


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(code for code in before.keys() | after.keys() if before.get(code) != after.get(code))


# -- identifiers ------------------------------------------------------------------------------------------------


def _typed_keys(employer_id: int, typed: Mapping[str, Any]) -> set[Key]:
    """The identifiers that typed fields give: the civil status where there is neither NIR nor NTT."""
    said = {column: typed[code]["value"] if code in typed else "" for code, column in SHOWN.items()}
    return set(keys_of(employer_id, PersonRead(**said, former_nirs=(), contracts=())))


def _follow_identifiers(actor: Actor, dossier: Dossier, employee: Employee, before: Mapping[str, Any]) -> None:
    """Identifiers follow what is typed; those that a DSN told stay whatever is typed."""
    months = contents.load(employee.months.values_list("content_id", flat=True))
    told = {key for part in months.values() for key in keys_of(employee.employer_id, read_content(part))}
    former = _typed_keys(employee.employer_id, before)
    rows = {
        Key(row.employer_id, row.kind, row.value): row
        for row in Identifier.objects.filter(employee=employee, employer_id=employee.employer_id)
    }
    wanted = _typed_keys(employee.employer_id, employee.typed)
    stay = {key for key in rows if key in told or key not in former}
    if stay:
        wanted = {key for key in wanted if key.kind != Identifier.Kind.CIVIL}
    missing = wanted - rows.keys()
    _refuse_taken(missing, besides=employee)
    gone = [row.pk for key, row in rows.items() if key not in stay and key not in wanted]
    Identifier.objects.filter(pk__in=gone).delete()
    if missing:
        act = entry_act(actor, dossier, f"Identifiants d’un salarié de {employee.employer.siret}")
        _add_identifiers(employee, missing, act)


def _add_identifiers(employee: Employee, keys: Iterable[Key], act: Act) -> None:
    for key in sorted(keys):
        Identifier.objects.create(
            dossier_id=employee.dossier_id, employer_id=key.employer_id, employee=employee, kind=key.kind,
            value=key.value, act=act,
        )  # fmt: skip


def _refuse_taken(keys: Iterable[Key], besides: Employee | None) -> None:
    for key in sorted(keys):
        rows = Identifier.objects.filter(employer_id=key.employer_id, kind=key.kind, value=key.value)
        held = (rows.exclude(employee=besides) if besides else rows).select_related("employee").first()
        if held is not None:
            matricule = f" (matricule {held.employee.matricule})" if held.employee.matricule else ""
            raise Refusal(
                f"Ce {_NUMBERS[key.kind]} est déjà celui de {held.employee}{matricule} chez cet employeur.",
                safe="Rien n’a été enregistré.",
                remedy="Ouvrez la fiche de cette personne, ou réunissez les deux fiches si c’est la même.",
            )
