"""Import of DSN files into dossiers: survey, choice of what goes where, then all or nothing per file."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast

from django.db import OperationalError, transaction

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Dossier, Employer, ImportFile
from scarabee.dossiers.services import locking
from scarabee.dossiers.services.landing import land
from scarabee.dossiers.services.landing_rows import Landed
from scarabee.dossiers.services.refresh import town_of
from scarabee.dossiers.services.staging import Staged, stage
from scarabee.dsn import events, fields, reader
from scarabee.dsn.errors import DsnError, Remark, Warnings
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

Progress = Callable[[int], None]
NOTHING_NEW = {"employers": 0, "employees": 0, "declarations": 0, "employee_months": 0}


@dataclass(slots=True)
class SurveyedEmployer:
    """What a file holds of one SIRET. `known_here`, `declared_by` speak of the dossiers the actor may see."""

    siret: str
    declarations: int = 0
    people: int = 0
    """Of the declaration that holds most of them."""
    employee_months: int = 0
    months: list[str] = field(default_factory=list)
    natures: list[str] = field(default_factory=list)
    town: str = ""
    name: str = ""
    named_in: int | None = None
    """The dossier that has this name: those who may not see it are not told the name."""
    known_here: bool = False
    declared_by: str = ""
    declared_by_id: int | None = None
    declared_elsewhere: bool = False


@dataclass(slots=True)
class Survey:
    """What a file holds, before anything is written. `errors` non-empty: it will be refused."""

    employers: list[SurveyedEmployer]
    is_real: bool
    norms: list[str]
    warnings: list[dict[str, Any]]
    warning_count: int
    errors: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def survey(*, actor: Actor, dossier: Dossier | None, stream: BinaryIO, progress: Progress = lambda _: None) -> Survey:
    """List per employer what a DSN file holds: new, known here, or declared elsewhere."""
    warnings, real = Warnings(), False
    found: dict[str, SurveyedEmployer] = {}
    norms: set[str] = set()
    errors: list[dict[str, Any]] = []
    current = SurveyedEmployer("")
    try:
        for event in reader.read(stream, warnings=warnings):
            if isinstance(event, events.EnvoiStart):
                envoi = fields.read_envoi(event.lines)
                norms.add(envoi.norm)
                real = real or envoi.is_real
            elif isinstance(event, events.DeclarationStart):
                current = found.setdefault(event.siret, SurveyedEmployer(event.siret))
                current.town = current.town or town_of(fields.employer_lines(event.head), {})
                read = fields.read_declaration(event.head)
                current.declarations += 1
                for value, seen in ((read.month, current.months), (read.nature, current.natures)):
                    if value and value not in seen:
                        seen.append(value)
            elif isinstance(event, events.DeclarationEnd):
                current.people = max(current.people, event.people)
                current.employee_months += event.people
            elif isinstance(event, events.EnvoiEnd):
                progress(event.offset)
    except DsnError as error:
        errors.append(asdict(error.remark))
    _compare(actor, dossier, found)
    return Survey(
        sorted(found.values(), key=lambda one: one.siret), real, sorted(norms - {""}),
        [asdict(remark) for remark in warnings.kept], warnings.count, errors,
    )  # fmt: skip


def _compare(actor: Actor, dossier: Dossier | None, found: dict[str, SurveyedEmployer]) -> None:
    visible = set(Dossier.objects.visible_to(actor).values_list("pk", flat=True))
    for row in Employer.objects.filter(siret__in=list(found)).select_related("dossier"):
        one = found[row.siret]
        here = dossier is not None and row.dossier_id == dossier.pk
        one.known_here = one.known_here or here
        if row.name and (here or row.dossier_id in visible) and not one.name:
            one.name, one.named_in = row.name, row.dossier_id
        if row.declaring and not here:
            one.declared_elsewhere = True
            if row.dossier_id in visible:
                one.declared_by, one.declared_by_id = row.dossier.name, row.dossier_id


def open_import(*, actor: Actor, dossier: Dossier, state: str = Act.State.RUNNING) -> Act:
    """A new import into a dossier the actor may change. Raises `Refusal` when it is archived or not theirs."""
    require_writable(actor, dossier)
    return Act.objects.create(
        kind=Act.Kind.IMPORT, state=state, dossier=dossier, dossier_name=dossier.name, actor_name=actor.name,
        user_id=actor.user_id, created_at=now(),
    )  # fmt: skip


def require_writable(actor: Actor, dossier: Dossier) -> None:
    """Raise unless the actor may change the dossier now.

    `NotVisible` when they may not even see it, `NotAllowed` when they may only read it, `Refusal` when it is archived.
    """
    if Dossier.objects.writable_by(actor).filter(pk=dossier.pk).exists():
        return
    current = Dossier.objects.visible_to(actor).filter(pk=dossier.pk).first()
    if current is None:
        raise NotVisible(
            "Ce dossier n’existe pas, ou vous n’y avez pas accès.",
            remedy="Choisissez un dossier de la liste.",
        )
    if not Dossier.objects.kept_by(actor).filter(pk=dossier.pk).exists():
        raise NotAllowed(
            f"Vous n’avez pas le droit de modifier le dossier « {dossier.name} ».",
            remedy="Demandez à un Administrateur le rôle Gestionnaire sur ce dossier.",
        )
    raise Refusal(
        f"Le dossier « {dossier.name} » est archivé : il ne se modifie plus.",
        remedy="Désarchivez-le d’abord, ou choisissez un autre dossier.",
    )


def import_file(
    *,
    actor: Actor,
    act: Act,
    stream: BinaryIO,
    name: str,
    routes: Mapping[str, int | None] | None = None,
    allow_foreign: bool = True,
    progress: Progress = lambda _: None,
    row: ImportFile | None = None,
) -> ImportFile:
    """Import one file: all of it, or nothing. Returns its row, with status and report; never raises for a bad file.

    `routes` sends a SIRET to another dossier (id) or leaves it out (None); the others go to the act's dossier.
    With `allow_foreign` false, a SIRET that another dossier declares refuses the file.
    """
    is_new, row = row is None, row or ImportFile(act=act, name=name)
    warnings = Warnings()
    counted = _Counting(stream)
    try:
        with stage(cast(BinaryIO, counted), warnings=warnings, progress=progress) as staged:
            row.size, row.sha256 = counted.size, _fingerprint(staged)
            if not allow_foreign:
                _refuse_foreign(act, staged)

            @transaction.atomic
            def take() -> ImportFile:
                if is_new:  # begun again, it was never written
                    row.pk, row._state.adding = None, True
                if _was_taken(act, row):
                    return ImportFile.objects.get(pk=row.pk)
                landed = _land(actor, act, staged, dict(routes or {}))
                _report(row, landed, warnings)
                row.save()
                journal.record(
                    actor, "import.file", dossier_uuid=_uuid(act), act=act.pk, holds=row.sha256, **landed.counts
                )
                return row

            return locking.in_turn(act.pk, take, meanwhile=partial(progress, counted.size))
    except DsnError as error:
        _refuse(row, warnings, error.remark)
    except DeclaredElsewhere as refusal:
        _refuse(row, warnings, Remark(0, "", str(refusal)), declared_by=refusal.declared_by)
    except Refusal as refusal:
        _refuse(row, warnings, Remark(0, "", str(refusal)))
    except (OSError, OperationalError) as error:
        _refuse(row, warnings, Remark(0, "", what_failed(error)))
    return row


def what_failed(error: Exception) -> str:
    """The machine's trouble in plain French: what happened, what is safe, what to do."""
    said = str(error).lower()
    if "full" in said or "no space" in said or getattr(error, "errno", None) == 28:
        return (
            "Le disque est plein. Rien de ce fichier n’a été gardé, vos données sont intactes. "
            "Libérez de la place, puis recommencez."
        )
    if locking.waited_in_vain(error) or "busy" in said:
        return (
            "La base est occupée par un autre travail depuis trop longtemps. Rien de ce fichier n’a été gardé. "
            "Attendez qu’il se termine, puis recommencez."
        )
    return f"Le fichier n’a pas pu être lu ou enregistré ({error}). Rien n’en a été gardé. Recommencez."


def _was_taken(act: Act, row: ImportFile) -> bool:
    """Whether another run of the same import settled this file meanwhile; locks the import."""
    Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act.pk)
    stored = ImportFile.objects.filter(pk=row.pk)
    return not row._state.adding and not stored.filter(status=ImportFile.Status.WAITING).exists()


def _land(actor: Actor, act: Act, staged: Staged, routes: dict[str, int | None]) -> Landed:
    act = Act.objects.select_for_update(no_key=True).get(pk=act.pk)
    targets = {act.dossier_id, *(pk for pk in routes.values() if pk is not None)}
    wanted = {pk for pk in targets if pk is not None}
    dossiers = locking.lock_dossiers(wanted, seconds=locking.LOOK_SECONDS, act=act.pk)
    if act.dossier_id is None or len(dossiers) < len(targets):
        raise Refusal("Le dossier de destination n’existe plus.", remedy="Choisissez-en un autre.")
    for dossier in dossiers.values():
        _require_target(actor, dossier, act)
    locking.lock_sirets(_new_sirets(staged, routes, act.dossier_id))
    return land(act=act, staged=staged, routes=routes, default=act.dossier_id)


def _new_sirets(staged: Staged, routes: Mapping[str, int | None], default: int) -> set[str]:
    """The SIRETs that the dossiers a file goes to do not hold yet."""
    wanted = {one.siret: routes.get(one.siret, default) for one in staged.declarations}
    held: set[tuple[str, int]] = set()
    for some in chunks(sorted(wanted)):
        held.update(Employer.objects.filter(siret__in=some).values_list("siret", "dossier_id"))
    return {siret for siret, dossier in wanted.items() if dossier is not None and (siret, dossier) not in held}


def _require_target(actor: Actor, dossier: Dossier, act: Act) -> None:
    """As `require_writable`; the report of an import names no other dossier than its own to those who read it."""
    try:
        require_writable(actor, dossier)
    except Refusal as refusal:
        if dossier.pk == act.dossier_id:
            raise
        raise Refusal(
            "Un des dossiers choisis pour les employeurs de ce fichier est archivé, ou n’est plus ouvert à "
            f"{act.actor_name}.",
            safe="Rien de ce fichier n’a été importé.",
            remedy="Recommencez l’import en choisissant d’autres dossiers.",
        ) from refusal


class DeclaredElsewhere(Refusal):
    """Another dossier declares some SIRETs. `declared_by`: {siret: dossier id}, told to those who may see it only."""

    def __init__(self, declared_by: dict[str, int]) -> None:
        super().__init__(
            f"Un autre dossier déclare déjà : {_listed(declared_by, {})}.",
            safe="Rien de ce fichier n’a été importé.",
            remedy="Importez-le dans ce dossier-là, ou ajoutez --malgre-autre-dossier pour garder une copie ici.",
        )
        self.declared_by = declared_by


def _refuse_foreign(act: Act, staged: Staged) -> None:
    sirets = {declaration.siret for declaration in staged.declarations}
    foreign = Employer.objects.filter(siret__in=sirets, declaring=True).exclude(dossier_id=act.dossier_id)
    known = set(Employer.objects.filter(siret__in=sirets, dossier=act.dossier).values_list("siret", flat=True))
    others = sorted((row.siret, row.dossier_id) for row in foreign if row.siret not in known)
    if others:
        raise DeclaredElsewhere(dict(others))


def errors_told_to(actor: Actor, report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The errors of the report of a file, naming the declaring dossiers that the actor may see."""
    declared_by: dict[str, int] = report.get("declared_by", {})
    if not declared_by:
        return list(report["errors"])
    seen = Dossier.objects.visible_to(actor).filter(pk__in=declared_by.values())
    named = _listed(declared_by, dict(seen.values_list("pk", "name")))
    return [
        {**error, "message": error["message"].replace(_listed(declared_by, {}), named)} for error in report["errors"]
    ]


def _listed(declared_by: Mapping[str, int], names: Mapping[int, str]) -> str:
    """SIRETs, with the dossier that declares each where its name is given; the first five of them."""
    listed = [f"{siret} (dossier « {names[pk]} »)" if pk in names else siret for siret, pk in declared_by.items()]
    more = f" et {len(listed) - 5} autres" if len(listed) > 5 else ""
    return ", ".join(listed[:5]) + more


def _report(row: ImportFile, landed: Landed, warnings: Warnings) -> None:
    for remark in landed.remarks:
        warnings.add(0, "", remark)
    if landed.changed:
        row.status = ImportFile.Status.CHANGED
    elif landed.declarations or landed.employee_months or landed.employers:
        row.status = ImportFile.Status.IMPORTED
    else:
        row.status = ImportFile.Status.KNOWN
    row.report = {
        "counts": landed.counts,
        "known_declarations": landed.known_declarations,
        "changed": landed.changed,
        "joined": landed.joined,
        "left_out": landed.left_out,
        "differences": landed.differences[:200],
        "employer_differences": landed.employer_differences[:200],
        "warnings": [asdict(remark) for remark in warnings.kept],
        "warning_count": warnings.count,
        "errors": [],
    }


def _refuse(row: ImportFile, warnings: Warnings, remark: Remark, **more: Any) -> None:
    row.status = ImportFile.Status.REFUSED
    row.report = {
        "counts": NOTHING_NEW,
        "warnings": [asdict(kept) for kept in warnings.kept],
        "warning_count": warnings.count,
        "errors": [asdict(remark)],
        **more,
    }
    with transaction.atomic():
        if not _was_taken(row.act, row):
            row.save()


def _uuid(act: Act) -> Any:
    return act.dossier.uuid if act.dossier else None


class _Counting:
    """A stream that counts what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = 0

    def read(self, count: int = -1) -> bytes:
        block = self.stream.read(count)
        self.size += len(block)
        return block


def _fingerprint(staged: Staged) -> str:
    """Names what a file holds, from the hashes that were made of all its parts."""
    digest = hashlib.sha256()
    for declaration in staged.declarations:
        digest.update(hashlib.sha256(declaration.envoi).digest() + declaration.whole_hash)
    return digest.hexdigest()
