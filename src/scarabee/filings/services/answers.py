"""The answers of nature 10 and 11 that the portal has for one deposit: listed, downloaded, kept once."""

from dataclasses import dataclass, field
from datetime import datetime

from scarabee.filings.enums import ProofKind
from scarabee.filings.models import Filing, Proof
from scarabee.filings.services import proofs
from scarabee.filings.services.listed import LISTENERS
from scarabee.filings.services.reports import report_in
from scarabee.filings.services.sessions import Access, Session
from scarabee.netentreprises import downloads
from scarabee.netentreprises.documents import Document
from scarabee.netentreprises.errors import NotFound, NotTheDepositor, UnreadableAnswer
from scarabee.netentreprises.listings import ListedReturn

RECEIPT, CONFORMITY = "10", "11"
_KINDS = {
    (RECEIPT, True): ProofKind.AEE, (RECEIPT, False): ProofKind.ARE,
    (CONFORMITY, True): ProofKind.CCO, (CONFORMITY, False): ProofKind.BAN,
}  # fmt: skip
_TYPES = {"AEE": True, "CCO": True, "ARE": False, "BAN": False}
_NO = "KO"
_UNDER_WAY = "EN COURS"


@dataclass(frozen=True, slots=True)
class Answer:
    """One return and its document, empty when there is none to be had; `report`: what could be read of it."""

    listed: ListedReturn
    document: bytes = field(repr=False)
    media_type: str
    report: Document | None

    @property
    def kind(self) -> ProofKind:
        """AEE, ARE, CCO or BAN: by the document, else by the state that the portal lists."""
        told = _TYPES.get(self.report.kind.upper() if self.report else "")
        yes = told if told is not None else self.listed.statut.upper() != _NO
        return _KINDS[self.listed.nature, yes]

    @property
    def at(self) -> datetime | None:
        """When it was published."""
        return self.listed.publication


def answers_if_ours(session: Session, access: Access, idflux: str) -> list[Answer]:
    """As `answers_of`; none for a deposit that somebody else made. Raises what `Session.ask` raises."""
    try:
        return answers_of(session, access, idflux)
    except NotTheDepositor:
        return []


def answers_of(session: Session, access: Access, idflux: str, known: Filing | None = None) -> list[Answer]:
    """The receipt and the conformity of this deposit, as far as they are there, the latest of each last.

    What `known` keeps already is not downloaded again, and is left out. A deposit that the portal does not know yet has
    none. Raises `NotTheDepositor`, and what `Session.ask` raises.
    """
    try:
        listing = session.ask(access, lambda token: session.client.list_returns_of(token, idflux))
    except NotFound:
        return []
    listed = [flux for flux in listing.flux if flux.idflux in ("", idflux)]
    if known is not None:
        for flux in listed:
            for note in LISTENERS:
                note(known, flux)
    returns = [
        one
        for flux in listed
        for one in flux.returns
        if one.nature in (RECEIPT, CONFORMITY) and one.statut.upper() != _UNDER_WAY
    ]
    returns.sort(key=lambda one: (one.nature, one.publication_text))
    kept = {_mark(proof) for proof in known.proofs.defer("document")} if known is not None else set()
    found = []
    for one in returns:
        if (_short(one.id or one.url), one.publication, one.statut) not in kept:
            found += _downloaded(session, access, idflux, one)
    return found


def keep(filing: Filing, answer: Answer) -> Proof:
    """Keep an answer with the filing it is about."""
    one = answer.listed
    return proofs.keep(
        filing, answer.kind, answer.document, media_type=answer.media_type, statut=one.statut,
        return_id=_short(one.id or one.url), published_at=one.publication,
    )  # fmt: skip


def download(session: Session, access: Access, idflux: str, return_id: str, url: str) -> downloads.Document:
    """A return, by the address its listing gave; by the two ids when that address is not the portal's.

    Raises `NotFound`, `NotTheDepositor`, `BadParameters`, `UnreadableAnswer`, and what `Session.ask` raises.
    """
    if url:
        try:
            return session.ask(access, lambda token: session.client.download(token, url=url))
        except UnreadableAnswer as error:
            if error.sent or not return_id:
                raise
    return session.ask(access, lambda token: session.client.download(token, idflux, return_id))


def _downloaded(session: Session, access: Access, idflux: str, one: ListedReturn) -> list[Answer]:
    """The return with its document; nothing when the document is no longer there (overwritten) or cannot be had."""
    if not (one.id or one.url):
        return [Answer(one, b"", "", None)]
    try:
        document = download(session, access, idflux, one.id, one.url)
    except NotFound:
        return []
    return [Answer(one, document.content, document.media_type, report_in(document.content, one.nature))]


def _mark(proof: Proof) -> tuple[str, datetime | None, str]:
    return proof.return_id, proof.published_at, proof.statut


def _short(text: str) -> str:
    return text[-40:]
