"""From the declarations of a received file to filings: one for each, new, or the one there is already.

A declaration that was rejected here or given up, and comes again, is looked at anew: the dossier it comes to, or what
is known of the month before, may have changed meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from scarabee.accounts.portal.binding import current_portal
from scarabee.dsn.checking import CheckedDeclaration
from scarabee.dsn.findings import Finding, Severity
from scarabee.filings.enums import FileState, FilingState
from scarabee.filings.models import Batch, Filing, FilingFindings, ReceivedFile
from scarabee.filings.services import remarks, standing
from scarabee.filings.services.bringing_in import actor_of
from scarabee.filings.services.duplicates import REPLACING_TYPES
from scarabee.filings.services.moves import move
from scarabee.filings.services.splitting import Part
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

KEPT_FINDINGS = 500
"""Of one filing; the counts speak of all."""
TAKEN_UP = frozenset({FilingState.REJECTED_LOCALLY, FilingState.CANCELLED})
"""States in which a filing whose bytes come again is looked at anew."""


@dataclass(slots=True)
class Draft:
    """A filing to make. `part` without its bytes; `found`, `compared`: of the check, of the comparison.

    `foreign`: another dossier declares its SIRET.
    """

    part: Part
    content_id: int
    counted: CheckedDeclaration
    found: list[Finding]
    compared: list[Finding] = field(default_factory=list)
    foreign: bool = False

    def all_findings(self, of_the_envoi: Iterable[Finding]) -> list[Finding]:
        """What is wrong with the envoi is wrong with each declaration that it carries."""
        blocking = [one for one in of_the_envoi if one.severity == Severity.BLOCKING]
        return [*self.compared, *self.found, *([remarks.elsewhere(self.part)] if self.foreign else []), *blocking]


@dataclass(frozen=True, slots=True)
class Report:
    """What a received file keeps of its reading."""

    sha256: str
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


@transaction.atomic
def make_filings(batch: Batch, row: ReceivedFile, drafts: Sequence[Draft], report: Report) -> None:
    """The filings of a file, all or none, and what the file holds as its report."""
    if not ReceivedFile.objects.select_for_update(no_key=True).filter(pk=row.pk, state=FileState.WAITING).exists():
        return
    actor = actor_of(batch)
    wanted = [draft.part.sha256 for draft in drafts]
    known = {
        one.sha256: one for one in Filing.objects.select_for_update(of=("self",), no_key=True).filter(sha256__in=wanted)
    }
    made: list[Filing] = []
    told = list(report.findings)
    for draft in drafts:
        former = known.get(draft.part.sha256)
        if former is None:
            filing = known[draft.part.sha256] = _create(batch, row, draft, report.findings)
            made.append(filing)
        elif former in made or not _is_taken_up(batch, former, draft):
            told.append(_why_not_again(batch, former, draft))
        else:
            made.append(_take_up(actor, batch, row, former, draft, report.findings))
    for filing in made:
        _go_on(actor, batch, filing)
    state = FileState.READ if made else FileState.KNOWN
    if not made and any(one.rule == remarks.ELSEWHERE for one in told):
        state = FileState.REFUSED
    close(row, state, Report(report.sha256, told, report.unchecked))


def close(row: ReceivedFile, state: FileState, report: Report) -> None:
    """Write down what became of a file, unless somebody else did."""
    shown = sorted(report.findings, key=lambda one: remarks.GRAVITY[one.severity])[:KEPT_FINDINGS]
    ReceivedFile.objects.filter(pk=row.pk, state=FileState.WAITING).update(
        state=state, sha256=report.sha256, findings=remarks.as_json(shown), unchecked=report.unchecked
    )


def _create(batch: Batch, row: ReceivedFile, draft: Draft, of_the_envoi: list[Finding]) -> Filing:
    part, read = draft.part, draft.part.read
    findings = draft.all_findings(of_the_envoi)
    filing = Filing.objects.create(
        portal=current_portal().name, siret=part.siret, is_real=part.envoi.is_real, nature=read.nature, type=read.type,
        month=read.month, champ=read.champ, fraction=read.fraction, order_number=read.order_number,
        order_rank=read.order_rank, made_on=read.made_on, job_id=part.job_id,
        slot="" if read.month else read.order_number, norm=part.envoi.norm, depot=part.envoi.depot,
        sender=part.envoi.sender, people=part.people, whole_hash=part.whole_hash, content_id=draft.content_id,
        sha256=part.sha256, exempt=read.type in REPLACING_TYPES, **_received(batch, row, draft, findings),
    )  # fmt: skip
    FilingFindings.objects.create(filing=filing, findings=_kept(draft, findings))
    return filing


def _is_taken_up(batch: Batch, former: Filing, draft: Draft) -> bool:
    return former.state in TAKEN_UP and (former.dossier_id == batch.dossier_id or not draft.foreign)


def _take_up(
    actor: Actor, batch: Batch, row: ReceivedFile, former: Filing, draft: Draft, of_the_envoi: list[Finding]
) -> Filing:
    """Look anew at a filing that was rejected or given up: it comes from this file now, to this dossier."""
    findings = draft.all_findings(of_the_envoi)
    changes = _received(batch, row, draft, findings) | {
        "passed_by": "", "passed_at": None, "passed_reason": "", "again_by": "", "again_reason": "", "problem": "",
        "exempt": former.type in REPLACING_TYPES,
    }  # fmt: skip
    FilingFindings.objects.update_or_create(filing=former, defaults={"findings": _kept(draft, findings)})
    state = FilingState.REJECTED_LOCALLY if changes["certain"] else FilingState.CHECKED
    if former.state != state:
        return move(former, state, actor=actor, automatic=True, why="Le fichier a été reçu de nouveau.", **changes)
    Filing.objects.filter(pk=former.pk).update(**changes)
    former.refresh_from_db()
    return former


def _received(batch: Batch, row: ReceivedFile, draft: Draft, findings: list[Finding]) -> dict[str, Any]:
    """The columns that tell from where a filing came, and what was found in it."""
    counted, others = draft.counted, Counter[Severity]()
    beside = [one for one in findings if one not in draft.found]
    others.update(one.severity for one in beside)
    return {
        "dossier": batch.dossier, "dossier_name": batch.dossier_name, "batch": batch, "file": row,
        "rank": draft.part.rank, "first_line": draft.part.line, "user": batch.user, "actor_name": batch.actor_name,
        "blocking": counted.blocking + others[Severity.BLOCKING],
        "certain": counted.certain + sum(one.certain for one in beside),
        "warnings": counted.warnings + others[Severity.WARNING],
    }  # fmt: skip


def _kept(draft: Draft, findings: list[Finding]) -> list[dict[str, Any]]:
    """As rows keep them, the gravest first, and of each gravity what the comparison found before the others."""
    compared = set(map(id, draft.compared))
    shown = sorted(findings, key=lambda one: remarks.GRAVITY[one.severity])[:KEPT_FINDINGS]
    return [{**told, "compared": id(one) in compared} for one, told in zip(shown, remarks.as_json(shown), strict=True)]


def _go_on(actor: Actor, batch: Batch, filing: Filing) -> None:
    """As far as a filing goes without a person: checked, then held by a standing order, or an essai planned."""
    if filing.state == FilingState.RECEIVED:
        state = FilingState.REJECTED_LOCALLY if filing.certain else FilingState.CHECKED
        move(filing, state, actor=actor, automatic=True)
    if filing.state != FilingState.CHECKED:
        return
    moment = now()
    if not filing.is_real:
        if batch.orders_essais and not filing.blocking:
            move(
                filing, FilingState.PLANNED, actor=actor, automatic=True, why="Fichier d’essai.", planned_at=moment,
                next_at=moment, ordered_by=batch.actor_name, ordered_at=moment,
            )  # fmt: skip
    elif standing.has_order(filing):
        if why := standing.why_not(filing):
            Filing.objects.filter(pk=filing.pk).update(problem=why)
            return
        move(
            filing, FilingState.HELD, actor=actor, automatic=True, why="Ordre permanent.", standing=True,
            release_at=moment + standing.hold_of(filing), ordered_by="ordre permanent", ordered_at=moment,
        )  # fmt: skip


def _why_not_again(batch: Batch, former: Filing, draft: Draft) -> Finding:
    """A filing of another dossier is not told of where that dossier declares the SIRET."""
    if draft.foreign and former.dossier_id != batch.dossier_id:
        return remarks.elsewhere(draft.part)
    return remarks.known(former, draft.part)
