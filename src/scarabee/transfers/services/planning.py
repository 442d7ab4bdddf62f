"""The plan of a transfer: what would be created, completed, left alone or refused, and why. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scarabee.dossiers.bulk import fetch_rows
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.dossiers import name_key, require_may_create
from scarabee.dossiers.services.importing import require_writable
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import IfExists, Standing
from scarabee.transfers.selection import Mode, Selection
from scarabee.transfers.services.drafts import require_source
from scarabee.transfers.services.maps import maps


@dataclass(slots=True)
class Counts:
    """Rows of the four kinds that every report counts."""

    employers: int = 0
    employees: int = 0
    declarations: int = 0
    employee_months: int = 0

    def as_json(self) -> dict[str, int]:
        return {
            "employers": self.employers,
            "employees": self.employees,
            "declarations": self.declarations,
            "employee_months": self.employee_months,
        }

    @property
    def total(self) -> int:
        return self.employers + self.employees + self.declarations + self.employee_months

    def add(self, other: "Counts") -> None:
        self.employers += other.employers
        self.employees += other.employees
        self.declarations += other.declarations
        self.employee_months += other.employee_months


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that source and destination tell differently."""

    label: str
    source: str
    destination: str


@dataclass(slots=True)
class PlannedEmployer:
    """One selected employer and what the transfer does with it. `employees`: how many are taken."""

    id: int
    siret: str
    name: str
    town: str
    whole: bool
    record_only: bool
    copy_id: int | None
    choice: IfExists
    standing: Standing = Standing.NEW
    employees: int = 0
    partial_declarations: int = 0
    look_alikes: int = 0
    created: Counts = field(default_factory=Counts)
    completed: Counts = field(default_factory=Counts)
    left: Counts = field(default_factory=Counts)
    differences: list[Difference] = field(default_factory=list)
    declares: str = ""
    """Where the SIRET is declared now: source, destination, other, none."""
    held: holds.Hold | None = None
    """What keeps the SIRET from being declared by the destination instead."""


@dataclass(slots=True)
class Plan:
    """The whole plan. `expected`: records, declarations and months that must stand at the destination afterwards."""

    source: Dossier
    destination: Dossier | None
    destination_name: str
    employers: list[PlannedEmployer] = field(default_factory=list)
    created: Counts = field(default_factory=Counts)
    completed: Counts = field(default_factory=Counts)
    left: Counts = field(default_factory=Counts)
    expected: int = 0
    ignored: int = 0
    notes: list[str] = field(default_factory=list)
    source_revision: int = 0
    destination_revision: int = 0

    @property
    def creates_destination(self) -> bool:
        return self.destination is None


def make_plan(
    *,
    actor: Actor,
    source: Dossier,
    destination: Dossier | None,
    destination_name: str = "",
    selection: Selection,
    if_exists: IfExists = IfExists.COMPLETE,
    choices: Mapping[str, IfExists] | None = None,
) -> Plan:
    """What the transfer would do. Raises `Refusal` when it cannot be done at all."""
    check(
        actor=actor,
        source=source,
        destination=destination,
        destination_name=destination_name,
        selection=selection,
    )
    with maps(
        source=source,
        destination=destination,
        selection=selection,
        if_exists=if_exists,
        choices=choices or {},
    ):
        plan = plan_from_maps(source=source, destination=destination, selection=selection)
    plan.destination_name = destination.name if destination else destination_name.strip()
    return plan


def check(
    *, actor: Actor, source: Dossier, destination: Dossier | None, destination_name: str, selection: Selection
) -> None:
    """Raise for what makes a transfer impossible, the reasons why *Transférer* stays inactive: rights, then states."""
    require_source(actor, source)
    if not selection:
        raise Refusal("Rien n’est coché.", remedy="Cochez au moins un employeur ou un salarié.")
    if destination is None:
        _check_new_name(actor, destination_name)
    elif destination.pk == source.pk:
        raise Refusal(
            "Le dossier de destination est le dossier d’origine.",
            remedy="Choisissez un autre dossier de destination.",
        )
    else:
        require_writable(actor, destination)


def _check_new_name(actor: Actor, name: str) -> None:
    require_may_create(actor)
    if not name.strip():
        raise Refusal(
            "Aucun dossier de destination n’est choisi.",
            remedy="Choisissez-en un, ou donnez un nom au nouveau dossier.",
        )
    if Dossier.objects.filter(name_key=name_key(name)).exists():
        raise Refusal(
            f"Un dossier « {name.strip()} » existe déjà.",
            remedy="Choisissez-le dans la liste, ou un autre nom.",
        )


def plan_from_maps(*, source: Dossier, destination: Dossier | None, selection: Selection) -> Plan:
    """Count with the maps, before anything is inserted through them."""
    plan = Plan(source, destination, destination.name if destination else "")
    plan.source_revision = source.revision
    plan.destination_revision = destination.revision if destination else 0
    by_id = _employers(selection)
    _count_employees(by_id)
    _count_declarations(by_id)
    _count_months(by_id)
    taken = list(by_id.values())
    for one in taken:
        _conclude(one)
        plan.created.add(one.created)
        plan.completed.add(one.completed)
        plan.left.add(one.left)
    plan.employers = sorted(taken, key=lambda one: (search_key(one.name, one.town), one.siret))
    plan.expected = plan.created.total + plan.completed.total + plan.left.total
    plan.ignored = len(selection.employers) - len(taken)
    plan.notes = _notes(plan)
    return plan


def _employers(selection: Selection) -> dict[int, PlannedEmployer]:
    declares: dict[int, str] = {}
    givers: dict[int, holds.Copy] = {}
    for src, dst, declarer, dossier, siret in fetch_rows(
        "SELECT t.src, t.dst, o.id, o.dossier_id, s.siret FROM tr_employer t JOIN dossiers_employer s ON s.id = t.src "
        "LEFT JOIN dossiers_employer o ON o.siret = s.siret AND o.declaring"
    ):
        place = {None: "none", src: "source"}.get(declarer, "destination" if declarer == dst else "other")
        declares[src] = place
        if place in ("source", "other"):
            givers[src] = holds.Copy(dossier, siret)
    held = holds.under_way(list(givers.values()))
    planned: dict[int, PlannedEmployer] = {}
    for src, dst, choice, siret, name, town, copy_name, copy_town in fetch_rows(
        "SELECT t.src, t.dst, t.choice, s.siret, s.name, s.town, d.name, d.town FROM tr_employer t "
        "JOIN dossiers_employer s ON s.id = t.src LEFT JOIN dossiers_employer d ON d.id = t.dst"
    ):
        ticked = selection.employers[src]
        one = planned[src] = PlannedEmployer(
            id=src, siret=siret, name=name, town=town, whole=ticked.mode is Mode.WHOLE,
            record_only=ticked.is_record_only, copy_id=dst, choice=IfExists(choice), declares=declares[src],
            held=held.get(givers[src]) if src in givers else None,
        )  # fmt: skip
        if dst is not None:
            pairs = (("Nom", name, copy_name), ("Localité", town, copy_town))
            one.differences = [Difference(*pair) for pair in pairs if pair[1] != pair[2] and pair[1]]
    return planned


def _count_employees(by_id: dict[int, PlannedEmployer]) -> None:
    for employer, created, count in fetch_rows(
        "SELECT s.employer_id, t.created, COUNT(*) FROM tr_employee t JOIN dossiers_employee s ON s.id = t.src "
        "GROUP BY s.employer_id, t.created"
    ):
        one = by_id[employer]
        one.employees += count
        if created:
            one.created.employees = count
        else:
            one.left.employees = count
    for employer, count in fetch_rows(
        "SELECT r.src, COUNT(DISTINCT t.src) FROM tr_employer r JOIN dossiers_employee s ON s.employer_id = r.src "
        "JOIN tr_employee t ON t.src = s.id AND t.created = 1 JOIN dossiers_employee d ON d.employer_id = r.dst "
        "AND d.search_key = s.search_key AND d.birth_date = s.birth_date WHERE r.created = 0 GROUP BY r.src"
    ):
        by_id[employer].look_alikes = count


def _count_declarations(by_id: dict[int, PlannedEmployer]) -> None:
    for employer, created, count in fetch_rows(
        "SELECT s.employer_id, t.created, COUNT(*) FROM tr_declaration t JOIN dossiers_declaration s ON s.id = t.src "
        "GROUP BY s.employer_id, t.created"
    ):
        counts = by_id[employer].created if created else by_id[employer].left
        counts.declarations = count


def _count_months(by_id: dict[int, PlannedEmployer]) -> None:
    """Months new or already there; and the existing people and declarations that the new ones complete."""
    for employer, count in fetch_rows(
        "SELECT s.employer_id, SUM(s.held) FROM tr_declaration d JOIN dossiers_declaration s ON s.id = d.src "
        "WHERE d.whole = 1 AND d.created = 1 GROUP BY s.employer_id"
    ):
        by_id[employer].created.employee_months += count
    if fetch_rows("SELECT 1 FROM tr_declaration WHERE whole = 0 LIMIT 1"):
        _count_chosen_months(by_id)
    if fetch_rows("SELECT 1 FROM tr_employer WHERE created = 0 LIMIT 1"):
        _count_known_months(by_id)


def _count_chosen_months(by_id: dict[int, PlannedEmployer]) -> None:
    """Of new declarations of which only some people come: the months that come, and those left behind."""
    for employer, individus, held in fetch_rows(
        "SELECT s.employer_id, s.individus, COUNT(e.src) FROM tr_declaration d "
        "JOIN dossiers_declaration s ON s.id = d.src "
        "LEFT JOIN dossiers_employeemonth m ON m.declaration_id = d.src "
        "LEFT JOIN tr_employee e ON e.src = m.employee_id "
        "WHERE d.whole = 0 AND d.created = 1 GROUP BY s.id, s.employer_id, s.individus"
    ):
        by_id[employer].created.employee_months += held
        by_id[employer].partial_declarations += held < individus


def _count_known_months(by_id: dict[int, PlannedEmployer]) -> None:
    """Of declarations that the destination knows, and of people that it knows."""
    months = (
        "FROM tr_employer r CROSS JOIN dossiers_declaration s CROSS JOIN tr_declaration d "
        "CROSS JOIN dossiers_employeemonth m JOIN tr_employee e ON e.src = m.employee_id "
        "LEFT JOIN dossiers_employeemonth x ON x.declaration_id = d.dst AND x.position = m.position "
        "WHERE r.created = 0 AND s.employer_id = r.src AND d.src = s.id AND m.declaration_id = d.src "
    )
    for employer, known, count in fetch_rows(
        f"SELECT r.src, x.id IS NOT NULL, COUNT(*) {months} AND d.created = 0 GROUP BY r.src, x.id IS NOT NULL"
    ):
        counts = by_id[employer].left if known else by_id[employer].created
        counts.employee_months += count
    for column, kind in (("e", "employees"), ("d", "declarations")):
        for employer, count in fetch_rows(
            f"SELECT r.src, COUNT(DISTINCT {column}.src) {months} AND {column}.created = 0 AND x.id IS NULL "
            "GROUP BY r.src"
        ):
            one = by_id[employer]
            setattr(one.completed, kind, count)
            setattr(one.left, kind, getattr(one.left, kind) - count)


def _conclude(one: PlannedEmployer) -> None:
    if one.copy_id is None:
        one.created.employers, one.standing = 1, Standing.NEW
        return
    added = one.created.total + one.completed.total
    if added:
        one.completed.employers, one.standing = 1, Standing.INCOMPLETE
    else:
        one.left.employers = 1
        one.standing = Standing.DIFFERENT if one.differences else Standing.IDENTICAL


def _notes(plan: Plan) -> list[str]:
    notes = []
    partial = sum(one.partial_declarations for one in plan.employers)
    if partial:
        notes.append(
            f"{partial} {'déclarations partielles' if partial > 1 else 'déclaration partielle'} à destination : "
            "seuls les salariés choisis y figurent. Une déclaration partielle s’exporte comme archive et ne se "
            "dépose pas."
        )
    look_alikes = sum(one.look_alikes for one in plan.employers)
    if look_alikes:
        notes.append(
            f"{look_alikes} {'salariés ressemblent' if look_alikes > 1 else 'salarié ressemble'} à quelqu’un de la "
            "destination (même nom, même date de naissance) sans numéro commun : une fiche à part, rien n’est réuni."
        )
    if plan.ignored:
        left = "employeurs déjà présents laissés" if plan.ignored > 1 else "employeur déjà présent laissé"
        notes.append(f"{plan.ignored} {left} en l’état, comme demandé.")
    return notes
