"""A return as its page shows it: what it is, who is concerned, what to do, declared beside expected, its versions.

It is read from the bytes of its newest version, as received. Of a return about several employers, the reader sees those
of the dossiers they see, and then no document: it tells of the others too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from scarabee.dossiers import contents
from scarabee.dossiers.models import Employee
from scarabee.filings.selectors.naming import Named
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import (
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
from scarabee.returns.selectors.concerns import Concern, concerns_of
from scarabee.returns.selectors.listing import names_of
from scarabee.returns.services.anomaly_words import name_of
from scarabee.returns.services.identity import Proposal, proposed
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

    `concerns` and `people` are cut at SHOWN_CONCERNS and SHOWN_PEOPLE, `anomaly_count` and `people_count` tell how many
    there are. `may_download`: the whole document.
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
    parameters: tuple[Parameter, ...]
    payments: tuple[Payment, ...]
    versions: tuple[ReturnVersion, ...]
    raw: str
    may_download: bool


def details(actor: Actor, number: int) -> Details:
    """The return of that number. Raises `NotVisible`."""
    item = get_return(actor, number)
    seen = visible_sirets(actor, item)
    versions = tuple(item.versions.order_by("-pk"))
    data = _bytes(versions[0]) if versions else b""
    document, people_count = _read(item, data, seen)
    raw = "" if document is not None and document.family not in _RAW else _text(data) if seen is None else ""
    return _details(actor, item, seen, versions, document, people_count, raw)


def document_of(actor: Actor, number: int, version: int | None = None) -> tuple[ReturnVersion, bytes] | None:
    """The version of that number (None: the newest) and its bytes as received, for download.

    None when there is none, or when it tells of employers that the actor may not see. Raises `NotVisible`.
    """
    item = get_return(actor, number)
    if visible_sirets(actor, item) is not None:
        return None
    rows = item.versions.order_by("-pk")
    found = rows.first() if version is None else rows.filter(pk=version).first()
    return (found, _bytes(found)) if found else None


_RAW = frozenset({Family.UNKNOWN, Family.TEXT, Family.AGIRC_ARRCO})


def _details(
    actor: Actor,
    item: Return,
    seen: frozenset[str] | None,
    versions: tuple[ReturnVersion, ...],
    document: Document | None,
    people_count: int,
    raw: str,
) -> Details:
    sirets = list(item.abouts.order_by("pk").values_list("siret", flat=True))
    names = names_of(actor, sirets)
    told = tuple(names.get(one) or Named(one) for one in sirets if seen is None or one in seen)
    shown = document or Document(family=Family.UNKNOWN)
    known = _employees(actor, (*shown.people, *(one.person for one in shown.anomalies if one.person)))
    return Details(
        item=item,
        kind=nature_of(item.nature, Family(item.family) if item.family else Family.UNKNOWN),
        employers=told,
        document=document,
        concerns=concerns_of(actor, item, shown, known),
        anomaly_count=len(shown.anomalies),
        people=tuple(Listed(one, name_of(one), known.get(one)) for one in shown.people),
        people_count=people_count,
        identities=tuple(proposed(shown.identities, actor)),
        parameters=shown.parameters,
        payments=shown.payments,
        versions=versions,
        raw=raw,
        may_download=bool(versions) and seen is None,
    )


def _bytes(version: ReturnVersion) -> bytes:
    return contents.load([version.content_id])[version.content_id]


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


def _employees(actor: Actor, people: Iterable[Person]) -> dict[Person, Employee]:
    found = employees_of(people)
    ids = {one.pk for one in found.values()}
    visible = set(Employee.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return {person: one for person, one in found.items() if one.pk in visible}
