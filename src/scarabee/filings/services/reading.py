"""One received file: recognised by its content, checked, compared with last month, imported, made into filings."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from io import BufferedReader
from typing import Any, cast

from django.db import transaction
from django.utils.timezone import localdate

from scarabee.accounts.portal.binding import current_portal
from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, Employer, ImportFile
from scarabee.dossiers.services import importing
from scarabee.dsn.checking import check
from scarabee.dsn.errors import DsnError
from scarabee.dsn.findings import Finding, Severity
from scarabee.filings.comparison import compare
from scarabee.filings.enums import FileState, FilingState, Source
from scarabee.filings.models import Batch, Filing, FilingFindings, ReceivedFile
from scarabee.filings.services import receiving, standing
from scarabee.filings.services.duplicates import REPLACING_TYPES
from scarabee.filings.services.moves import move
from scarabee.filings.services.splitting import Part, is_sent_as_it_came, split
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

KEPT_FINDINGS = 500
"""Of one filing; the counts speak of all."""
MONTHLY = "01"
_ORDER = {Severity.BLOCKING: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(slots=True)
class _Draft:
    """A filing to make: what its part says, without its bytes."""

    part: Part
    content_id: int
    sha256: str
    findings: list[Finding]
    compared: list[Finding] = field(default_factory=list)
    foreign: bool = False


def actor_of(batch: Batch) -> Actor:
    """Who a batch acts for: the person who uploaded it; the owner of the data for a command or an exchange folder."""
    if batch.source == Source.UPLOAD and batch.user is not None and batch.user.is_active:
        return Actor.of(batch.user, via="service")
    return Actor.owner("service")


def read_file(batch: Batch, row: ReceivedFile) -> None:
    """Take one waiting file as far as it goes without a person. Raises `Refusal`, OSError."""
    with receiving.open_waiting(row) as stream:
        digest = hashlib.file_digest(cast(BufferedReader, stream), "sha256").hexdigest()
    if _was_read(batch, row, digest):
        ReceivedFile.objects.filter(pk=row.pk).update(state=FileState.KNOWN, sha256=digest)
        _reopen(batch, Filing.objects.filter(file__sha256=digest))
        return
    with receiving.open_waiting(row) as stream:
        checked = check(stream, today=localdate(now()))
    by_rank: dict[int, list[Finding]] = {}
    for finding in checked.findings:
        by_rank.setdefault(finding.declaration, []).append(finding)
    whole_file = by_rank.pop(-1, [])
    try:
        drafts = _drafts(batch, row, by_rank)
    except DsnError as error:
        whole_file = whole_file or [_unreadable(error)]
        drafts = []
    if not drafts:
        _close(row, FileState.REFUSED, digest, whole_file, checked.unchecked)
        return
    _import(batch, row, drafts)
    _make(batch, row, drafts, digest, whole_file, checked.unchecked)


def _was_read(batch: Batch, row: ReceivedFile, digest: str) -> bool:
    """Whether the same bytes were read before, for the same dossier."""
    read = ReceivedFile.objects.filter(sha256=digest, state=FileState.READ, batch__dossier=batch.dossier)
    return read.exclude(pk=row.pk).exists()


def _drafts(batch: Batch, row: ReceivedFile, by_rank: dict[int, list[Finding]]) -> list[_Draft]:
    """Each declaration: its bytes stored, compared with the month before. Raises DsnError."""
    if batch.dossier is None:
        raise Refusal("Le dossier n’existe plus.", remedy="Envoyez le fichier à un autre dossier.")
    drafts = []
    with receiving.open_waiting(row) as stream:
        for part in split(stream):
            content_id = contents.store([part.sent], [bytes.fromhex(part.sha256)])[0]
            compared = _compared(batch.dossier, part)
            light = replace(part, declaration=b"", sent=b"")
            drafts.append(_Draft(light, content_id, part.sha256, by_rank.get(part.rank, []), compared))
    if len(drafts) == 1:
        _send_as_it_came(row, drafts[0])
    declared = Employer.objects.filter(siret__in={one.part.siret for one in drafts}, declaring=True)
    elsewhere = set(declared.exclude(dossier=batch.dossier).values_list("siret", flat=True))
    for draft in drafts:
        draft.foreign = draft.part.siret in elsewhere
    return drafts


def _send_as_it_came(row: ReceivedFile, draft: _Draft) -> None:
    """A file of one declaration is deposited byte for byte."""
    with receiving.open_waiting(row) as stream:
        whole = stream.read()
    if is_sent_as_it_came(whole):
        digest = hashlib.sha256(whole)
        draft.content_id, draft.sha256 = contents.store([whole], [digest.digest()])[0], digest.hexdigest()


def _compared(dossier: Dossier, part: Part) -> list[Finding]:
    """What the month before makes odd, for a monthly declaration."""
    if part.read.nature != MONTHLY:
        return []
    return compare(
        dossier=dossier, declaration=part.declaration, is_real=part.envoi.is_real, rank=part.rank, first_line=part.line
    )


def _import(batch: Batch, row: ReceivedFile, drafts: list[_Draft]) -> None:
    """Bring the file into the dossier, as versions awaiting their answer; what another dossier declares stays out.

    Raises `Refusal` when the import refuses the file.
    """
    assert batch.dossier is not None
    actor = actor_of(batch)
    if batch.act is None:
        batch.act = importing.open_import(actor=actor, dossier=batch.dossier)
        batch.save(update_fields=["act"])
    left_out: dict[str, int | None] = {draft.part.siret: None for draft in drafts if draft.foreign}
    if len(left_out) == len({draft.part.siret for draft in drafts}):
        return
    with receiving.open_waiting(row) as stream:
        taken = importing.import_file(actor=actor, act=batch.act, stream=stream, name=row.name, routes=left_out)
    if taken.status == ImportFile.Status.REFUSED:
        error = taken.report["errors"][0]
        raise Refusal(f"L’import l’a refusé : {error['message']}", safe="Rien n’a été déposé.")


@transaction.atomic
def _make(
    batch: Batch,
    row: ReceivedFile,
    drafts: list[_Draft],
    digest: str,
    whole_file: list[Finding],
    unchecked: list[str],
) -> None:
    """The filings of a file, all or none, and what the file holds as its report."""
    if not ReceivedFile.objects.select_for_update().filter(pk=row.pk, state=FileState.WAITING).exists():
        return
    known = {one.sha256: one for one in Filing.objects.filter(sha256__in=[draft.sha256 for draft in drafts])}
    made: list[Filing] = []
    for draft in drafts:
        if draft.sha256 in known:
            whole_file.append(_known(known[draft.sha256], draft))
        else:
            known[draft.sha256] = filing = _filing(batch, row, draft, whole_file)
            made.append(filing)
    for filing in made:
        _go_on(batch, filing)
    _reopen(batch, Filing.objects.filter(sha256__in=known).exclude(pk__in=[one.pk for one in made]))
    _close(row, FileState.READ if made else FileState.KNOWN, digest, whole_file, unchecked)


def _filing(batch: Batch, row: ReceivedFile, draft: _Draft, whole_file: list[Finding]) -> Filing:
    part, read = draft.part, draft.part.read
    findings = [*draft.findings, *draft.compared, *([_foreign(part)] if draft.foreign else [])]
    # what is wrong with the envoi is wrong with each declaration that it carries
    findings += [one for one in whole_file if one.severity == Severity.BLOCKING]
    severities = Counter(one.severity for one in findings)
    filing = Filing.objects.create(
        dossier=batch.dossier, dossier_name=batch.dossier_name, batch=batch, file=row, rank=part.rank,
        portal=current_portal().name, siret=part.siret, is_real=part.envoi.is_real, nature=read.nature, type=read.type,
        month=read.month, champ=read.champ, fraction=read.fraction, order_number=read.order_number,
        order_rank=read.order_rank, made_on=read.made_on, job_id=part.job_id,
        slot="" if read.month else read.order_number, norm=part.envoi.norm, depot=part.envoi.depot,
        sender=part.envoi.sender, people=part.people, first_line=part.line, whole_hash=part.whole_hash,
        content_id=draft.content_id, sha256=draft.sha256, blocking=severities[Severity.BLOCKING],
        certain=sum(one.certain for one in findings), warnings=severities[Severity.WARNING],
        exempt=read.type in REPLACING_TYPES, user=batch.user, actor_name=batch.actor_name,
    )  # fmt: skip
    compared = set(map(id, draft.compared))
    shown = sorted(findings, key=lambda one: _ORDER[one.severity])[:KEPT_FINDINGS]
    FilingFindings.objects.create(
        filing=filing, findings=[_as_json(one) | {"compared": id(one) in compared} for one in shown]
    )
    return filing


def _go_on(batch: Batch, filing: Filing) -> None:
    """As far as a filing goes without a person: checked, then held by a standing order, or an essai planned."""
    actor = actor_of(batch)
    if filing.certain:
        move(filing, FilingState.REJECTED_LOCALLY, actor=actor, automatic=True)
        return
    move(filing, FilingState.CHECKED, actor=actor, automatic=True)
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


def _reopen(batch: Batch, filings: Iterable[Filing]) -> None:
    """A file that comes again was not given up after all."""
    for filing in filings:
        if filing.state == FilingState.CANCELLED and filing.dossier_id == batch.dossier_id:
            state = FilingState.REJECTED_LOCALLY if filing.certain else FilingState.CHECKED
            move(filing, state, actor=actor_of(batch), automatic=True, why="Le fichier a été reçu de nouveau.")


def _close(row: ReceivedFile, state: FileState, digest: str, findings: list[Finding], unchecked: list[str]) -> None:
    ReceivedFile.objects.filter(pk=row.pk, state=FileState.WAITING).update(
        state=state, sha256=digest, findings=[_as_json(one) for one in findings[:KEPT_FINDINGS]], unchecked=unchecked
    )


def _as_json(finding: Finding) -> dict[str, Any]:
    return asdict(finding)


def _known(filing: Filing, draft: _Draft) -> Finding:
    return Finding(
        Severity.INFO, "deja_recue", draft.part.line, "", "",
        f"Cette déclaration ({draft.part.siret}) a déjà été reçue, à l’octet près : c’est le dépôt n° {filing.pk}, "
        f"{FilingState(filing.state).label}.",
        "Rien de plus à faire : elle n’est pas comptée deux fois.",
        declaration=draft.part.rank,
    )  # fmt: skip


def _foreign(part: Part) -> Finding:
    return Finding(
        Severity.BLOCKING, "declare_ailleurs", part.line, "S21.G00.11.001", part.siret,
        "Un autre dossier déclare cet employeur : il ne se dépose pas d’ici. Le fichier n’a pas été importé pour lui.",
        "Envoyez ce fichier au dossier déclarant, ou changez le dossier déclarant de cet employeur, puis envoyez le "
        "fichier de nouveau.",
        certain=True, declaration=part.rank,
    )  # fmt: skip


def _unreadable(error: DsnError) -> Finding:
    remark = error.remark
    return Finding(
        Severity.BLOCKING, "illisible", remark.line, remark.rubrique, "", remark.message,
        "Exportez de nouveau le fichier depuis le logiciel de paie, puis renvoyez-le.", certain=True,
    )  # fmt: skip
