"""A return as its page shows it: what it is, who is concerned, what to do, declared beside expected, its versions.

It is read from the bytes of its newest version, as received. Of a return about several employers, the reader sees those
of the dossiers they see, and then no document: it tells of the others too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from django.db.models import F

from scarabee.dossiers import contents
from scarabee.dossiers.models import Employee
from scarabee.filings.selectors.naming import Named
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import (
    Anomaly,
    Document,
    Family,
    Nature,
    Parameter,
    Payment,
    Person,
    Piece,
    Unreadable,
    nature_of,
)
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.selectors.concerns import SHOWN_CONCERNS, Concern, concerns_of
from scarabee.returns.selectors.file_lines import FileLines
from scarabee.returns.selectors.listing import employers_of
from scarabee.returns.services.anomaly_words import name_of
from scarabee.returns.services.identity import Proposal, proposed
from scarabee.returns.services.rate_comparison import NotApplied, not_applied
from scarabee.returns.services.recognition import employees_of
from scarabee.returns.services.seeing import get_return, visible_sirets

SHOWN_PEOPLE = 200
RAW_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A person whom the return lists."""

    person: Person
    name: str
    employee: Employee | None


@dataclass(frozen=True, slots=True)
class Details:
    """`document`: None when it is not here or cannot be read (`raw` then shows its beginning).

    `concerns`, `identities`, `compared` and `people` are cut at SHOWN_CONCERNS and SHOWN_PEOPLE, the counts tell how
    many there are. `compared`: rates that the return says are none of the DGFiP's. `may_download`: the whole document.
    """

    item: Return
    kind: Nature
    employers: tuple[Named, ...]
    document: Document | None
    concerns: tuple[Concern, ...]
    anomaly_count: int
    people: tuple[Listed, ...]
    people_count: int
    identities: tuple[Proposal, ...]
    identity_count: int
    compared: tuple[NotApplied, ...]
    parameters: tuple[Parameter, ...]
    payments: tuple[Payment, ...]
    versions: tuple[ReturnVersion, ...]
    raw: str
    may_download: bool


def details(actor: Actor, number: int) -> Details:
    """The return of that number; ten queries at most, whatever it tells. Raises `NotVisible`."""
    item = get_return(actor, number)
    told, seen = employers_of(actor, item)
    versions = tuple(item.versions.annotate(kept_hash=F("content__sha256")).order_by("-pk"))
    data, deposited = _bytes(item, versions)
    document, people_count = _read(item, data, seen)
    raw = "" if document is not None and document.family not in _RAW else _text(data) if seen is None else ""
    shown = document or Document(family=Family.UNKNOWN)
    anomalies, identities = shown.anomalies[:SHOWN_CONCERNS], shown.identities[:SHOWN_CONCERNS]
    people = (*shown.people, *(one.person for one in anomalies if one.person), *(one.declared for one in identities))
    known = employees_of(people, actor)
    lines = FileLines(deposited)
    return Details(
        item=item,
        kind=nature_of(item.nature, Family(item.family) if item.family else Family.UNKNOWN),
        employers=tuple(one for one in told if seen is None or one.siret in seen),
        document=document,
        concerns=concerns_of(actor, item, shown, known, lines),
        anomaly_count=len(shown.anomalies),
        people=tuple(Listed(one, name_of(one), known.get(one)) for one in shown.people),
        people_count=people_count,
        identities=tuple(proposed(identities, known)),
        identity_count=len(shown.identities),
        compared=_compared(item, anomalies, known),
        parameters=shown.parameters,
        payments=shown.payments,
        versions=versions,
        raw=raw,
        may_download=bool(versions) and seen is None,
    )


def document_of(actor: Actor, number: int, version: int | None = None) -> tuple[ReturnVersion, bytes] | None:
    """The version of that number (None: the newest) and its bytes as received, for download.

    None when there is none, or when it tells of employers that the actor may not see. Raises `NotVisible`.
    """
    item = get_return(actor, number)
    if visible_sirets(actor, item) is not None:
        return None
    rows = item.versions.order_by("-pk")
    newest = rows.first()
    found = newest if version is None else rows.filter(pk=version).first()
    if found is None:
        return None
    data = contents.load([found.content_id])[found.content_id]
    return (found, data) if found == newest or _tells_no_more(actor, item, data) else None


_RAW = frozenset({Family.UNKNOWN, Family.TEXT, Family.AGIRC_ARRCO})
RATES_ON_RATES = "95"


def _bytes(item: Return, versions: Sequence[ReturnVersion]) -> tuple[bytes, bytes]:
    """The newest version of a return and, when it finds fault with a deposit, the file that was deposited."""
    newest = versions[0].content_id if versions else None
    deposited = item.filing.content_id if item.filing and item.anomalies else None
    loaded = contents.load(one for one in (newest, deposited) if one is not None)
    return loaded[newest] if newest else b"", loaded[deposited] if deposited else b""


def _tells_no_more(actor: Actor, item: Return, data: bytes) -> bool:
    """Whether a former version tells of no other employer than the newest, which the actor may read whole."""
    if actor.is_administrator:
        return True
    known = set(item.abouts.values_list("siret", flat=True))
    try:
        pieces = documents.stream(BytesIO(data), nature=item.nature)
        return all(getattr(one, "siret", "") in {"", *known} for one in pieces)
    except Unreadable:
        return False


def _compared(item: Return, anomalies: Iterable[Anomaly], known: Mapping[Person, Employee]) -> tuple[NotApplied, ...]:
    if item.nature != RATES_ON_RATES:
        return ()
    return tuple(one for one in not_applied(anomalies, known) if one.employee)


def _read(item: Return, data: bytes, seen: frozenset[str] | None) -> tuple[Document | None, int]:
    """The document, of the employers that may be seen, its people cut; and how many they are."""
    count = 0

    def shown(pieces: Iterable[Piece]) -> Iterator[Piece]:
        nonlocal count
        for piece in pieces:
            siret = getattr(piece, "siret", "")
            if seen is not None and siret and siret not in seen:
                continue
            if isinstance(piece, Person):
                count += 1
                if count > SHOWN_PEOPLE:
                    continue
            yield piece

    if not data:
        return None, 0
    try:
        return documents.gather(shown(documents.stream(BytesIO(data), nature=item.nature))), count
    except Unreadable:
        return None, 0


def _text(data: bytes) -> str:
    """The beginning of a document that nothing else shows."""
    begin = data[:RAW_BYTES]
    try:
        return begin.decode("utf-8")
    except UnicodeDecodeError:
        return begin.decode("latin-1")
