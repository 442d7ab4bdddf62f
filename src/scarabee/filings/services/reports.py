"""Whether a return of nature 10 or 11 is about one of our filings (api-dsn §8.1).

A difference in what names a declaration (SIRET, nature, month, essai or réel) is sure; any other is left to a person.
"""

from enum import Enum, auto

from scarabee.filings.models import Filing
from scarabee.netentreprises.documents import DeclarationKey, DeclarationOf, Document, Unreadable, agrees, read

_SIRET_LENGTH = 14


class Verdict(Enum):
    """Whether a return is about a filing."""

    SAME = auto()
    OTHER = auto()
    DOUBTFUL = auto()


def report_in(document: bytes, nature: str) -> Document | None:
    """What a return says; None when it cannot be read."""
    try:
        return read(document, nature=nature)
    except Unreadable:
        return None


def judge(filing: Filing, report: Document | None) -> Verdict:
    """Whether this return is that of the filing. A receipt names no declaration: it proves at most that it is not."""
    if report is None:
        return Verdict.DOUBTFUL
    if report.essai_reel not in ("", "02" if filing.is_real else "01") or len(report.declarations) > 1:
        return Verdict.OTHER  # one S20 leaves in one file
    told = report.declarations[0] if report.declarations else DeclarationOf()
    if len(told.siret) != _SIRET_LENGTH:
        return Verdict.DOUBTFUL
    if not _names(told, filing):
        return Verdict.OTHER
    is_ours = report.sender == filing.sender or not (report.sender and filing.sender)
    return Verdict.SAME if is_ours and agrees(told, _key(filing, told)) else Verdict.DOUBTFUL


def _names(told: DeclarationOf, filing: Filing) -> bool:
    """Whether what names a declaration is that of the filing, as far as it is told."""
    only_names = DeclarationKey(filing.siret, filing.nature, told.type, told.fraction, told.order, filing.month)
    return agrees(told, _completed(only_names._replace(job_id=told.job_id), told))


def _key(filing: Filing, told: DeclarationOf) -> DeclarationKey:
    return _completed(
        DeclarationKey(
            filing.siret, filing.nature, filing.type, filing.fraction, filing.order_number, filing.month, filing.job_id
        ),
        told,
    )


def _completed(key: DeclarationKey, told: DeclarationOf) -> DeclarationKey:
    """The key with what the return tells in place of what is not known here, as of a deposit made by hand."""
    theirs = (told.siret, told.nature, told.type, told.fraction, told.order, told.month, told.job_id)
    return DeclarationKey(*(ours or other for ours, other in zip(key, theirs, strict=True)))
