"""Declarations: the months of an employer, one declaration with its people and versions, its raw lines."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator

from scarabee.dossiers import contents
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth, Employer
from scarabee.dossiers.selectors.wording import day, fraction_text, words
from scarabee.dsn.figures import Figures, person_figures
from scarabee.dsn.norms import norm
from scarabee.dsn.tree import BlocNode, parse_tree
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

MONTHS_PER_PAGE = 24
PEOPLE_PER_PAGE = 50
NOTICES_SHOWN = 50
TOTALS_UP_TO = 500
RAW_BYTES_SHOWN = 1 << 19


@dataclass(frozen=True, slots=True)
class Version:
    """A declaration in words. `tie`: another version of the same rank stands beside it."""

    declaration: Declaration
    tie: bool = False

    @property
    def fraction(self) -> str:
        return fraction_text(self.declaration.fraction)

    @property
    def nature(self) -> str:
        return words("S20.G00.05.001", self.declaration.nature)

    @property
    def type(self) -> str:
        return words("S20.G00.05.002", self.declaration.type)

    @property
    def champ(self) -> str:
        return words("S20.G00.05.008", self.declaration.champ)

    @property
    def made_on(self) -> str:
        return day(self.declaration.made_on)

    @property
    def event_on(self) -> str:
        """What a signalement speaks of: the date that its freshness starts with."""
        return day(self.declaration.freshness[:8])

    @property
    def state(self) -> str:
        """Why this version counts, or does not, in words."""
        if not self.declaration.in_force:
            if self.declaration.refused:
                return "refusée par le portail"
            return "mise de côté" if self.declaration.set_aside else "remplacée"
        if self.declaration.refused:
            return "en vigueur, faute de mieux"
        return "en vigueur, à égalité avec une autre" if self.tie else "en vigueur"


@dataclass(slots=True)
class MonthRow:
    """A month of an employer: all its fractions together."""

    month: str
    current: list[Version] = field(default_factory=list)
    older: int = 0

    @property
    def missing(self) -> str:
        """« 1 sur 2 fractions reçues » when some are missing; empty when the month is complete."""
        told = []
        champs = {version.declaration.champ for version in self.current}
        for champ in sorted(champs):
            fractions = {v.declaration.fraction for v in self.current if v.declaration.champ == champ}
            for total in sorted({f[1] for f in fractions if len(f) == 2 and f.isdigit()}):
                got = {f[0] for f in fractions if f[1:] == total}
                if len(got) < int(total):
                    received = "fraction reçue" if len(got) == 1 else "fractions reçues"
                    told.append(f"{len(got)} {received} sur {total}")
        return " ; ".join(told)

    @property
    def is_partial(self) -> bool:
        return any(version.declaration.is_partial for version in self.current)

    @property
    def is_real(self) -> bool:
        return any(version.declaration.is_real for version in self.current)

    @property
    def people(self) -> int:
        return sum(version.declaration.held for version in self.current)

    @property
    def expected(self) -> int:
        return sum(version.declaration.individus for version in self.current)


def month_page(*, employer: Employer, page: str | None = None) -> Page[Any]:
    """A page of `MonthRow`, the newest month first. The caller found the employer with `get_employer`."""
    declared = Declaration.objects.filter(employer=employer).exclude(month="")
    months = declared.order_by("-month").values_list("month", flat=True).distinct()
    found = Paginator(months, MONTHS_PER_PAGE).get_page(page)
    shown = list(found.object_list)
    rows = {month: MonthRow(month) for month in shown}
    versions = declared.filter(month__in=shown).order_by("champ", "fraction", "pk")
    for slot in _slots(list(versions)):
        row = rows[slot[0].month]
        row.current += [version for version in _versions(slot) if version.declaration.in_force]
        row.older += sum(not one.in_force for one in slot)
    found.object_list = list(rows.values())
    return found


def notices(*, employer: Employer) -> list[Version]:
    """The newest signalements of an employer."""
    rows = Declaration.objects.filter(employer=employer, month="").order_by("-freshness", "-pk")
    return [Version(row) for row in rows[:NOTICES_SHOWN]]


def _slots(rows: list[Declaration]) -> list[list[Declaration]]:
    slots: dict[tuple[str, str, str], list[Declaration]] = {}
    for row in rows:
        slots.setdefault((row.month, row.champ, row.fraction), []).append(row)
    return list(slots.values())


def _versions(slot: list[Declaration]) -> list[Version]:
    """The versions of one slot, the one in force first; ties with it are told."""
    ranks = [(one.is_real, one.refused, one.order_rank, one.made_on) for one in slot]
    marked = [Version(one, one.in_force and ranks.count(rank) > 1) for one, rank in zip(slot, ranks, strict=True)]
    return sorted(marked, key=lambda v: (not v.declaration.in_force, -v.declaration.pk))


def get_declaration(*, actor: Actor, pk: int) -> Declaration:
    """The declaration with employer, dossier and envoi, when the actor may see it. Raises `NotVisible`."""
    rows = Declaration.objects.visible_to(actor).select_related("employer", "dossier", "envoi")
    declaration: Declaration | None = rows.filter(pk=pk).first()
    if declaration is None:
        raise NotVisible("Cette déclaration n’existe pas, ou vous n’y avez pas accès.")
    return declaration


def versions_of(declaration: Declaration) -> list[Version]:
    """Every version kept of the same month, champ and fraction; of a signalement, of the same event."""
    same = Declaration.objects.filter(employer_id=declaration.employer_id, month=declaration.month)
    if declaration.month:
        same = same.filter(champ=declaration.champ, fraction=declaration.fraction)
    else:
        same = same.filter(nature=declaration.nature, freshness__startswith=declaration.freshness[:8])
    rows = list(same.order_by("-pk")[:100])
    return _versions(rows) if declaration.month else [Version(row) for row in rows]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a declaration, with the figures of that declaration."""

    month: EmployeeMonth
    figures: Figures


def people_page(*, declaration: Declaration, page: str | None = None) -> Page[Any]:
    """A page of `PersonRow`, in the order of the declaration."""
    people = EmployeeMonth.objects.filter(declaration=declaration).select_related("employee")
    found = Paginator(people.order_by("position"), PEOPLE_PER_PAGE).get_page(page)
    shown = list(found.object_list)
    parts = contents.load(month.content_id for month in shown)
    found.object_list = [PersonRow(month, person_figures(parts[month.content_id])) for month in shown]
    return found


def totals(declaration: Declaration) -> Figures | None:
    """The sums over a declaration's people held; None beyond `TOTALS_UP_TO` people."""
    if declaration.held > TOTALS_UP_TO:
        return None
    ids = list(EmployeeMonth.objects.filter(declaration=declaration).values_list("content_id", flat=True))
    parts = contents.load(ids)
    return person_figures(b"".join(parts[pk] for pk in ids))


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line of the raw view, or the heading of a bloc: `depth` says how deep it hangs (0 to 6)."""

    depth: int
    bloc: str
    code: str
    label: str
    readable: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class RawPart:
    """One part of a declaration, line by line; `cut`: it is longer than what is shown."""

    lines: list[RawLine]
    size: int
    cut: bool
    norm_version: str
    exact_norm: bool


def raw_part(*, declaration: Declaration, position: int | None = None) -> tuple[RawPart, EmployeeMonth | None]:
    """The lines of one person's part, or of the declaration's own.

    Raises `NotVisible` where nobody stands at this position.
    """
    month: EmployeeMonth | None = None
    content_id = declaration.own_content_id
    if position is not None:
        months = EmployeeMonth.objects.filter(declaration=declaration, position=position)
        month = months.select_related("employee").first()
        if month is None:
            raise NotVisible("Cette personne ne figure pas dans la déclaration.")
        content_id = month.content_id
    data = contents.load([content_id])[content_id]
    shown = data if len(data) <= RAW_BYTES_SHOWN else data[: data.rfind(b"\n", 0, RAW_BYTES_SHOWN) + 1]
    tables = norm(declaration.envoi.norm)
    nodes = parse_tree(shown, norm=tables)
    return RawPart(_flat(nodes), len(data), len(shown) < len(data), tables.version, tables.exact), month


def _flat(nodes: list[BlocNode]) -> list[RawLine]:
    lines: list[RawLine] = []
    waiting = [(node, 0) for node in reversed(nodes)]
    while waiting:
        node, depth = waiting.pop()
        lines.append(RawLine(min(depth, 6), node.code or "?", "", node.label, "", "", 0))
        for rubrique in node.rubriques:
            lines.append(
                RawLine(
                    min(depth, 6),
                    "",
                    rubrique.code,
                    rubrique.label,
                    rubrique.readable,
                    rubrique.value,
                    rubrique.line,
                )
            )
        waiting += [(child, depth + 1) for child in reversed(node.children)]
    return lines


def months_held(dossier: Dossier) -> list[str]:
    """The distinct months that a dossier's declarations speak of, the newest first."""
    declared = Declaration.objects.filter(dossier=dossier).exclude(month="")
    return list(declared.order_by("-month").values_list("month", flat=True).distinct())
