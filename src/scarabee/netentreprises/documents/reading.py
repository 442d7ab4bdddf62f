"""From bytes to what they say: recognises the family, then gives its reader the floor."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from io import BytesIO
from typing import Any, BinaryIO

from scarabee.netentreprises import markup
from scarabee.netentreprises.documents import recognition
from scarabee.netentreprises.documents.complementary import read_complementary
from scarabee.netentreprises.documents.leaves import read_leave_payments
from scarabee.netentreprises.documents.neores import read_neores
from scarabee.netentreprises.documents.rapport import read_rapport
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.sheets import read_sheet
from scarabee.netentreprises.documents.values import (
    SEVERITY,
    Anomaly,
    DeclarationOf,
    Document,
    Family,
    Head,
    Identity,
    Parameter,
    Payment,
    Person,
    Piece,
)
from scarabee.netentreprises.markup import Unreadable

_READERS: dict[Family, Callable[[BinaryIO, Recognized], Iterator[Piece]]] = {
    Family.RAPPORT: read_rapport,
    Family.NEORES: read_neores,
    Family.OC: read_complementary,
    Family.FICHE: read_sheet,
    Family.BPIJ: read_leave_payments,
}
_PLACES: dict[type, str] = {
    DeclarationOf: "declarations",
    Person: "people",
    Anomaly: "anomalies",
    Identity: "identities",
    Parameter: "parameters",
    Payment: "payments",
}
_HEAD_BYTES = 1 << 12
_TEXT_BYTES = 1 << 20
MOST_EMPLOYERS, MOST_PIECES, MOST_PEOPLE = 10_000, 100_000, 500_000
"""A return answers one deposit: whoever writes more into one means harm. `MOST_PIECES`: beside the people it lists."""
_TOO_MANY = "Ce fichier parle de plus d’employeurs qu’aucun retour de DSN : il n’a pas été lu."
_TOO_MUCH = "Ce fichier dit plus de choses, ou de plus de personnes, qu’aucun retour de DSN : il n’a pas été lu."
_NOT_TEXT = "Ce fichier n’est ni du XML ni du texte : il est à ouvrir avec un autre logiciel."


def read(data: bytes, *, nature: str = "", name: str = "") -> Document:
    """A whole return. `nature`: what the listing says of it, `name`: of its file, both to recognise it better.

    A plain text is of the family « texte », XML that nobody knows of the family « inconnue »: show them raw. Raises
    Unreadable, and nothing else, for what is neither text nor well-made XML, or hostile.
    """
    return gather(stream(BytesIO(data), nature=nature, name=name))


def gather(pieces: Iterable[Piece]) -> Document:
    """The whole that pieces of `stream` make, or those of them that a caller keeps.

    Raises what they raise, and Unreadable for more employers than any return is about.
    """
    head = Head(family=Family.UNKNOWN)
    found: dict[str, list[Any]] = {place: [] for place in _PLACES.values()}
    for piece in pieces:
        if isinstance(piece, Head):
            head = piece
        else:
            found[_PLACES[type(piece)]].append(piece)
    return _gathered(head, found)


def stream(source: BinaryIO, *, nature: str = "", name: str = "") -> Iterator[Piece]:
    """The pieces of a return, its Head first, from a binary source that can be sought in.

    A `rapport` is read with flat memory, so that a nature 94 may hold any number of people; what `read` knows only at
    the end (the worst state, a nature that the content betrays) is not in its Head. Raises Unreadable, at any step.
    """
    people = others = 0
    for piece in _pieces(source, nature, name):
        if type(piece) is Person:
            people += 1
        else:
            others += 1
        if people > MOST_PEOPLE or others > MOST_PIECES:
            raise Unreadable(_TOO_MUCH)
        yield piece


def _pieces(source: BinaryIO, nature: str, name: str) -> Iterator[Piece]:
    if _is_text(source):
        yield Head(family=Family.TEXT, nature=recognition.plain(nature) or recognition.named(name))
        return
    recognized = recognition.recognize(markup.opening(source), nature, name)
    if reader := _READERS.get(recognized.family):
        yield from reader(source, recognized)
        return
    markup.tree(source)
    yield Head(family=recognized.family, nature=recognized.nature, kind=recognized.opening.name)


def _gathered(head: Head, pieces: dict[str, list[Any]]) -> Document:
    told: dict[str, Any] = {one.name: getattr(head, one.name) for one in fields(Head)}
    told |= {place: tuple(found) for place, found in pieces.items()}
    document = Document(**told)
    if len(document.sirets) > MOST_EMPLOYERS:
        raise Unreadable(_TOO_MANY)
    states = [head.state, *(one.state for one in document.declarations)]
    worst = max((one for one in states if one in SEVERITY), key=SEVERITY.index, default="")
    nature = head.nature or recognition.by_content(document.people, document.parameters)
    return replace(document, state=worst or head.state, nature=nature)


def _is_text(source: BinaryIO) -> bool:
    """Whether a source is a text that is no XML. Raises Unreadable for what is neither."""
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or head.startswith(b"\0<"):
        return False
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"<", b""}:
        return False
    whole = head + source.read(_TEXT_BYTES)
    if len(whole) > _TEXT_BYTES or any(byte < 0x20 and byte not in b"\t\n\f\r\x1a" for byte in whole):
        raise Unreadable(_NOT_TEXT)
    return True
