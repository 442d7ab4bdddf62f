"""One received file: recognised by its content, checked, compared with last month, imported, made into filings."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Q
from django.utils.timezone import localdate

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dsn.checking import Checked, Rule, check
from scarabee.dsn.checking.results import MAX_FINDINGS_PER_RULE
from scarabee.dsn.errors import DsnError
from scarabee.dsn.findings import Finding, Severity
from scarabee.filings.comparing.comparison import compare
from scarabee.filings.enums import FileState
from scarabee.filings.models import Batch, Filing, ReceivedFile
from scarabee.filings.services import bringing_in, making, receiving, remarks
from scarabee.filings.services.making import Draft, Report
from scarabee.filings.services.splitting import Part, is_sent_as_it_came, split
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal

MONTHLY = "01"
COUNTED_AGAIN = frozenset({Rule.TOTALS, Rule.NIL_ENVOI})
"""What is wrong only in what a deposit counts again: passed by a person, the file leaves with right totals."""


def read_file(batch: Batch, row: ReceivedFile) -> None:
    """Take one waiting file as far as it goes without a person. Raises `Refusal`, OSError."""
    if batch.dossier is None:
        raise Refusal("Le dossier n’existe plus.", remedy="Envoyez le fichier à un autre dossier.")
    with receiving.open_waiting(row) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if _was_read(batch.dossier, row, digest):
        making.close(row, FileState.KNOWN, Report(digest))
        return
    with receiving.open_waiting(row) as stream:
        checked = check(stream, today=localdate(now()))
    report = Report(digest, _of_the_envoi(checked), checked.unchecked)
    try:
        drafts = _drafts(batch.dossier, row, checked)
    except DsnError as error:
        told = [one for one in checked.findings if one.severity == Severity.BLOCKING]
        making.close(row, FileState.REFUSED, replace(report, findings=told or [remarks.unreadable(error)]))
        return
    if not drafts:
        making.close(row, FileState.REFUSED, replace(report, findings=checked.findings or [remarks.empty()]))
        return
    bringing_in.import_file(batch, row, {one.part.siret: one.foreign for one in drafts})
    making.make_filings(batch, row, drafts, report)


def _was_read(dossier: Dossier, row: ReceivedFile, digest: str) -> bool:
    """Whether the same bytes were read before for the same dossier, and all of them are this dossier's business."""
    read = ReceivedFile.objects.filter(sha256=digest, state=FileState.READ, batch__dossier=dossier).exclude(pk=row.pk)
    again = Filing.objects.filter(~Q(dossier=dossier) | Q(state__in=making.TAKEN_UP), file__sha256=digest)
    return read.exists() and not again.exists()


def _of_the_envoi(checked: Checked) -> list[Finding]:
    """What is wrong with the envoi, hence with each declaration that it carries.

    A finding that only counts the others of its rule speaks of declarations that have counts of their own.
    """
    per_rule = Counter(one.rule for one in checked.findings)
    return [one for one in checked.findings if one.declaration < 0 and per_rule[one.rule] <= MAX_FINDINGS_PER_RULE]


def _drafts(dossier: Dossier, row: ReceivedFile, checked: Checked) -> list[Draft]:
    """Each declaration: its bytes stored, compared with the month before. Raises DsnError."""
    by_rank: dict[int, list[Finding]] = {}
    for finding in checked.findings:
        by_rank.setdefault(finding.declaration, []).append(finding)
    counted = {one.rank: one for one in checked.declarations}
    elsewhere = _declared_elsewhere(dossier, {one.siret for one in checked.declarations})
    drafts = []
    with receiving.open_waiting(row) as stream:
        for part in split(stream):
            content_id = contents.store([part.sent], [bytes.fromhex(part.sha256)])[0]
            foreign = part.siret in elsewhere
            compared = [] if foreign else _compared(dossier, part)
            found = by_rank.get(part.rank, [])
            drafts.append(Draft(part.without_bytes(), content_id, counted[part.rank], found, compared, foreign))
    if len(drafts) == 1 and not any(one.rule in COUNTED_AGAIN for one in by_rank.get(-1, [])):
        _send_as_it_came(row, drafts[0])
    return drafts


def _declared_elsewhere(dossier: Dossier, sirets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(sorted(sirets)):
        declared = Employer.objects.filter(siret__in=some, declaring=True).exclude(dossier=dossier)
        found.update(declared.values_list("siret", flat=True))
    return found


def _send_as_it_came(row: ReceivedFile, draft: Draft) -> None:
    """A file of one declaration is deposited byte for byte, unless its totals are wrong."""
    with receiving.open_waiting(row) as stream:
        whole = stream.read()
    if is_sent_as_it_came(whole):
        digest = hashlib.sha256(whole)
        draft.content_id = contents.store([whole], [digest.digest()])[0]
        draft.part = replace(draft.part, sha256=digest.hexdigest())


def _compared(dossier: Dossier, part: Part) -> list[Finding]:
    """What the month before makes odd, for a monthly declaration."""
    if part.read.nature != MONTHLY:
        return []
    return compare(
        dossier=dossier, declaration=part.declaration, is_real=part.envoi.is_real, rank=part.rank, first_line=part.line
    )
