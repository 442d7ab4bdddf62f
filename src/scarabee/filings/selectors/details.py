"""Everything that is known of one filing, and what may be done with it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.selectors.wording import rubrique_of
from scarabee.dossiers.services.declaring import HIDDEN
from scarabee.filings.enums import SENT, ProofKind
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing, FilingMove, Proof
from scarabee.filings.selectors import elsewhere
from scarabee.filings.selectors.anomalies import Anomaly, anomalies_in
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.filings.selectors.next_steps import NextStep, next_step
from scarabee.filings.selectors.obstacles import why_not
from scarabee.filings.selectors.searching import is_searched
from scarabee.filings.services import decisions, duplicates, orders, sight
from scarabee.filings.services.holders import Coverage, Holders
from scarabee.maintenance.journal import Actor

_REPROACHING = frozenset({ProofKind.ARE, ProofKind.BAN})
_TITLES = {"blocking": "Bloquants", "warning": "À vérifier", "info": "À savoir"}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding as shown, with the label of its rubrique. `compared`: it comes from the comparison with last month.

    `before`: the declaration of last month that tells of whoever is gone, and the rank of his part in it.
    """

    line: int
    rubrique: str
    label: str
    value: str
    message: str
    remedy: str
    certain: bool
    compared: bool
    before: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one severity. `count`: of all of them, the lines shown may be fewer."""

    severity: str
    title: str
    count: int
    lines: list[FindingLine]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """An answer of the portal, and what it reproaches."""

    proof: Proof
    anomalies: list[Anomaly]


@dataclass(frozen=True, slots=True)
class Details:
    """A filing as its page shows it. `place`: its dossier, as far as the reader may know it.

    `coverage`: whose identifiers would serve, None once it left. `acts`: the names of those that its state and the
    reader's rights allow.
    """

    filing: Filing
    employer: Named
    place: str
    may_see_place: bool
    step: NextStep
    coverage: Coverage | None
    twins: list[Filing]
    obstacle: str
    groups: list[FindingGroup]
    moves: list[FilingMove]
    proofs: list[ProofLine]
    acts: frozenset[str]

    @property
    def is_searched(self) -> bool:
        """Whether its outcome is unknown, and Scarabée may still find out."""
        return is_searched(self.filing)


def details(actor: Actor, number: int) -> Details:
    """The filing of that number. Raises `NotVisible`."""
    filing = find(actor, number)
    employer = employers_of(actor, [filing])[filing.pk]
    place, seen, writable = _place(actor, filing)
    coverage = None if filing.state in SENT else _coverage(filing)
    orderable = filing.state in orders.ORDERABLE
    twins = duplicates.twins(filing) if orderable else []
    obstacle = why_not(filing, employer, twins) if orderable else ""
    return Details(
        filing=filing,
        employer=employer,
        place=place,
        may_see_place=seen,
        step=next_step(filing, coverage.problem if coverage and seen else ""),
        coverage=coverage,
        twins=twins,
        obstacle=obstacle,
        groups=_groups(actor, filing),
        moves=list(filing.moves.all()),
        proofs=[_proof(one) for one in filing.proofs.all()],
        acts=_acts(filing, twins, obstacle) if writable else frozenset(),
    )


def find(actor: Actor, number: int) -> Filing:
    """The filing with all that its page names. Raises `NotVisible`."""
    rows = sight.visible_filings(actor).select_related("dossier", "batch", "file", "found", "identity", "holder")
    filing: Filing | None = rows.filter(pk=number).first()
    return filing or sight.get_filing(actor, number)


def _place(actor: Actor, filing: Filing) -> tuple[str, bool, bool]:
    """What the reader may know of its dossier: name, whether they see it, whether they may change it now."""
    if filing.dossier_id is None:
        return (filing.dossier_name if actor.is_administrator else "un dossier supprimé"), False, False
    may_write = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef("pk"))
    rows = Dossier.objects.visible_to(actor).filter(pk=filing.dossier_id).annotate(may_write=Exists(may_write))
    found = rows.first()
    return (found.name, True, found.may_write) if found else (HIDDEN, False, False)


def _coverage(filing: Filing) -> Coverage:
    return Holders().cover(filer_id=filing.user_id, dossier_id=filing.dossier_id, depot=filing.depot)


def _acts(filing: Filing, twins: list[Filing], obstacle: str) -> frozenset[str]:
    state = S(filing.state)
    orderable = state in orders.ORDERABLE
    allowed = {
        "deposer": orderable and not obstacle,
        "retenir": state == S.PLANNED or (state == S.HELD and filing.release_at is not None),
        "abandonner": state in orders.CANCELLABLE and (state != S.RECORDED_BY_HAND or filing.started_at is None),
        "reprendre": state == S.CANCELLED,
        "passer-outre": orderable and bool(filing.blocking) and not filing.certain and not filing.passed_reason,
        "second-depot": bool(twins) and all(one.state != S.SENDING for one in twins),
        "issue": state == S.UNKNOWN,
        "a-la-main": state in decisions.BY_HAND and state != S.UNKNOWN and filing.is_real,
    }
    return frozenset(act for act, may in allowed.items() if may)


def _groups(actor: Actor, filing: Filing) -> list[FindingGroup]:
    kept = filing.found.findings if hasattr(filing, "found") else []
    names = elsewhere.declarants(actor, kept)
    findings = [elsewhere.named(one, names) for one in kept]
    here = _declarations_here(actor, {one["before"][0] for one in findings if one.get("before")})
    told = {"blocking": filing.blocking, "warning": filing.warnings}
    groups = []
    for severity, title in _TITLES.items():
        lines = [_line(one, here) for one in findings if one["severity"] == severity]
        if lines:
            groups.append(FindingGroup(severity, title, max(told.get(severity, 0), len(lines)), lines))
    return groups


def _declarations_here(actor: Actor, ids: set[int]) -> set[int]:
    """Those of these declarations that are still there, for this reader; one query, none without ids."""
    return set(Declaration.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _line(finding: dict[str, Any], here: set[int]) -> FindingLine:
    before = finding.get("before")
    rubrique = rubrique_of(finding["rubrique"]) if finding["rubrique"] else None
    return FindingLine(
        finding["line"],
        finding["rubrique"],
        rubrique.label if rubrique else "",
        finding["value"],
        finding["message"],
        finding["remedy"],
        bool(finding.get("certain")),
        bool(finding.get("compared")),
        (before[0], before[1]) if before and before[0] in here else None,
    )


def _proof(proof: Proof) -> ProofLine:
    return ProofLine(proof, anomalies_in(bytes(proof.document)) if proof.kind in _REPROACHING else [])
