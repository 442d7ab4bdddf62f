"""What the screens of an import show: where each employer goes, how far it is, what each file brought."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from scarabee.dossiers.models import Act, Dossier, Employee, Employer, ImportFile
from scarabee.dossiers.services.import_runs import UNDER_WAY
from scarabee.dossiers.services.uploads import in_words
from scarabee.dsn.norms import norm
from scarabee.maintenance.journal import Actor

HERE, LEFT_OUT = "ici", "laisser"
FIRST_REMARKS = 2
LAST_LINES_BYTES = 4096
"""The totals that close a file are not counted as read."""
REFUSED, TO_CHECK = "refusé", "à vérifier"
STANDINGS = {
    "nouveau": "nouveaux ici",
    "connu": "déjà connus ici",
    "ailleurs": "déclarés par un autre dossier",
}


@dataclass(slots=True)
class EmployerChoice:
    """An employer of the files: what they hold of it, how it stands to the dossiers, where it goes."""

    siret: str
    name: str = ""
    town: str = ""
    files: int = 0
    declarations: int = 0
    people: int = 0
    months: set[str] = field(default_factory=set)
    known_here: bool = False
    declared_elsewhere: bool = False
    declared_by: str = ""
    declared_by_id: int | None = None
    route: str = HERE
    """`HERE`, `LEFT_OUT` or the id of a dossier."""

    @property
    def first_month(self) -> str:
        return min(self.months, default="")

    @property
    def last_month(self) -> str:
        return max(self.months, default="")

    @property
    def standing(self) -> str:
        """A key of STANDINGS."""
        if self.declared_elsewhere:
            return "ailleurs"
        return "connu" if self.known_here else "nouveau"


def imports(actor: Actor) -> QuerySet[Act]:
    """The imports whose dossier the actor may see, newest first."""
    acts = Act.objects.filter(kind=Act.Kind.IMPORT).select_related("dossier")
    if not actor.is_administrator:
        acts = acts.filter(dossier__in=Dossier.objects.visible_to(actor))
    return acts.order_by("-pk")


def employer_choices(actor: Actor, act: Act) -> list[EmployerChoice]:
    """The employers of all waiting files, by SIRET; a dossier the actor may not see is not named."""
    visible = dict(Dossier.objects.visible_to(actor).values_list("pk", "name"))
    found: dict[str, EmployerChoice] = {}
    rows = act.files.filter(status=ImportFile.Status.WAITING).values_list("survey", "routes")
    for survey, routes in rows:
        if survey.get("errors"):
            continue
        for one in survey.get("employers", []):
            choice = found.setdefault(one["siret"], EmployerChoice(one["siret"]))
            _add(choice, one, visible)
            where = routes.get(one["siret"], act.dossier_id)
            choice.route = LEFT_OUT if where is None else HERE if where == act.dossier_id else str(where)
    return [found[siret] for siret in sorted(found)]


def _add(choice: EmployerChoice, one: dict[str, Any], visible: dict[int, str]) -> None:
    choice.files += 1
    choice.declarations += one["declarations"]
    choice.people = max(choice.people, one["people"])
    choice.months.update(one["months"])
    choice.known_here = choice.known_here or one["known_here"]
    if one.get("named_in") in visible:
        choice.name = choice.name or one["name"]
    choice.town = choice.town or one.get("town", "")
    if one["declared_elsewhere"]:
        choice.declared_elsewhere = True
        if one["declared_by_id"] in visible:
            choice.declared_by_id, choice.declared_by = one["declared_by_id"], visible[one["declared_by_id"]]


def filtered(choices: Iterable[EmployerChoice], text: str, standing: str) -> list[EmployerChoice]:
    """Those whose SIRET or name holds the text, of one standing if it is named."""
    wanted = text.casefold().strip()
    digits = wanted.replace(" ", "").replace("\u00a0", "")
    return [
        one
        for one in choices
        if (not wanted or wanted in one.name.casefold() or (digits.isdigit() and digits in one.siret))
        and (standing not in STANDINGS or one.standing == standing)
    ]


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is. `percent` from 0 to 100; `step` in words; `files_done` out of `files`."""

    percent: int
    step: str
    files_done: int
    files: int
    current: str
    over: bool


def progress_of(act: Act) -> ImportProgress:
    """Where the survey or the import of an act stands now."""
    percent = min(100, 100 * act.progress // max(1, act.progress_total))
    files = act.files.count()
    waiting = act.files.filter(status=ImportFile.Status.WAITING)
    if act.state == Act.State.PREPARED:
        unread = list(waiting.filter(survey={}).values_list("name", flat=True))
        return _progress(percent, "Lecture", files, unread, over=not unread)
    left = list(waiting.values_list("name", "size"))
    names, over = [name for name, _ in left], act.state not in UNDER_WAY
    if act.state == Act.State.QUEUED:
        return replace(
            _progress(percent, "L’import commence dès que son tour vient", files, names, over=over), current=""
        )
    before = act.progress_total - sum(size for _, size in left)
    read_whole = bool(left) and act.progress + LAST_LINES_BYTES >= before + left[0][1]
    return _progress(percent, "Enregistrement" if read_whole else "Lecture", files, names, over=over)


def _progress(percent: int, step: str, files: int, left: list[str], *, over: bool) -> ImportProgress:
    return ImportProgress(percent, step, files - len(left), files, left[0] if left else "", over)


def files_of(act: Act) -> QuerySet[ImportFile]:
    """The files of an import in the order they came, refused ones first."""
    refused = Q(status=ImportFile.Status.REFUSED) | Q(status=ImportFile.Status.WAITING, survey__errors__0__isnull=False)
    return act.files.order_by(Case(When(refused, then=Value(0)), default=Value(1)), "pk")


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A warning or an error of a file, ready to be read."""

    level: str
    line: int
    rubrique: str
    label: str
    message: str


def remarks_of(row: ImportFile) -> list[RemarkLine]:
    """What is to say about a file, errors first: from its report, or its survey while it waits."""
    told = row.report or row.survey
    found = [(REFUSED, one) for one in told.get("errors", [])]
    found += [(TO_CHECK, one) for one in told.get("warnings", [])]
    return [
        RemarkLine(level, one["line"], one["rubrique"], _label(one["rubrique"]), one["message"]) for level, one in found
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a file says otherwise than what a person typed; what was typed is kept and shown."""

    employee_id: int
    employee: str
    rubrique: str
    label: str
    typed: str
    dsn: str


def differences_of(actor: Actor, row: ImportFile) -> list[Difference]:
    """The differences a file brought, with the names of the people as they are shown now.

    Those of people whom the file brought to a dossier that the actor may not see are left out.
    """
    differences = row.report.get("differences", [])
    told = [int(one["employee"]) for one in differences]
    people = Employee.objects.select_related("dossier").in_bulk(told)
    seen = Dossier.objects.visible_to(actor).filter(pk__in={one.dossier_id for one in people.values()})
    visible = set(seen.values_list("pk", flat=True))
    hidden = {pk for pk, one in people.items() if one.dossier_id not in visible}
    if row.routes and not actor.is_administrator:  # of somebody who is gone, nobody can say where they were
        hidden |= set(told) - people.keys()
    return [
        Difference(
            int(one["employee"]),
            str(people.get(int(one["employee"]), "salarié retiré depuis")),
            one["rubrique"],
            _label(one["rubrique"]) or one["rubrique"],
            one["typed"],
            one["dsn"],
        )
        for one in differences
        if int(one["employee"]) not in hidden
    ]


def _label(rubrique: str) -> str:
    known = norm("").rubriques.get(rubrique)
    return known.label if known else ""


def unnamed_employers(act: Act) -> int:
    """How many employers of the import's dossier have no name yet."""
    if act.dossier_id is None:
        return 0
    return Employer.objects.filter(dossier_id=act.dossier_id, name="").count()


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in the list: its act, how many files, the name of the first, and how they ended."""

    act: Act
    files: int
    first: str
    refused: int


def with_files(acts: Iterable[Act]) -> list[ImportLine]:
    """The acts of one page with what their files say, in one query."""
    listed = list(acts)
    seen: dict[int, list[tuple[str, str]]] = {}
    rows = ImportFile.objects.filter(act__in=listed).order_by("pk").values_list("act_id", "name", "status")
    for act_id, name, status in rows:
        seen.setdefault(act_id, []).append((name, status))
    refused = ImportFile.Status.REFUSED
    return [
        ImportLine(act, len(files), files[0][0] if files else "", sum(status == refused for _, status in files))
        for act in listed
        for files in [seen.get(act.pk, [])]
    ]


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """A file before its import: what it is, and what to say about it."""

    row: ImportFile
    size: str
    norms: str
    is_real: bool
    employers: int
    warnings: int
    errors: list[RemarkLine]


def surveyed(rows: Iterable[ImportFile]) -> list[SurveyedFile]:
    """Files as the preview shows them."""
    return [
        SurveyedFile(
            row,
            in_words(row.size),
            ", ".join(row.survey.get("norms", [])),
            bool(row.survey.get("is_real")),
            len(row.survey.get("employers", [])),
            row.survey.get("warning_count", 0),
            [remark for remark in remarks_of(row) if remark.level == REFUSED],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ReportedFile:
    """A file after its import: how it ended, what was new, what to look at."""

    row: ImportFile
    size: str
    counts: dict[str, int]
    changed: int
    known: int
    left_out: int
    joined: int
    differences: int
    warnings: int
    first_remarks: list[RemarkLine]


def reported(row: ImportFile) -> ReportedFile:
    """A file as the report shows it, with its errors, else its first warnings."""
    told = row.report
    remarks = remarks_of(row)
    return ReportedFile(
        row,
        in_words(row.size),
        told.get("counts", {}),
        told.get("changed", 0),
        told.get("known_declarations", 0),
        told.get("left_out", 0),
        told.get("joined", 0),
        len(told.get("differences", [])),
        told.get("warning_count", 0),
        [one for one in remarks if one.level == REFUSED] or remarks[:FIRST_REMARKS],
    )


def remark_count(row: ImportFile) -> int:
    """How many remarks a file earned: only the first are kept in full."""
    told = row.report or row.survey
    return int(told.get("warning_count", 0)) + len(told.get("errors", []))
