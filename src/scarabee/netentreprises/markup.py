"""The one door by which XML of others comes in: no DTD, no entity, no network, and a cap on everything.

The prolog is read first and alone: a DOCTYPE is refused before anything in it is looked at, in whatever encoding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from lxml import etree

TREE_BYTES, TREE_NODES = 32 << 20, 700_000
STREAM_BYTES, STREAM_NODES = 128 << 20, 400_000
"""How large a document may be, and how many of its elements and attributes may be in memory at a time, at some 120
bytes each or more. A CRM nominatif of 100,000 people who are told in full has 70 MB."""
MOST_ATTRIBUTES = 100
"""Of one element: reading them costs their square."""
_PROLOG_BYTES = 1 << 20
_STEP_BYTES = 1 << 12
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_IN_MEMORY = etree.XPath("count(//*) + count(//@*)")

_DOCTYPE = (
    "Ce fichier contient une définition de type (DOCTYPE), qu’aucun retour de DSN ne contient : il n’a pas été lu."
)
_TOO_BIG = "Ce fichier est plus gros qu’aucun retour de DSN : il n’a pas été lu."
_EMPTY = "Ce fichier est vide."
_NO_ROOT = "Ce fichier n’est pas du XML."
_BROKEN = "Ce fichier n’est pas du XML bien formé (ligne {line}) : il a peut-être été coupé."


class Unreadable(ValueError):
    """Not XML that may be read. Its text is the reason, in French for the user, and says nothing of the content."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The root of a document as its first tag tells it. `attributes`: by local name, stripped, empty ones left out."""

    name: str
    namespace: str
    attributes: Mapping[str, str]


def local(tag: str) -> str:
    """The name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def opening(source: BinaryIO, encoding: str | None = None) -> Opening:
    """The root of a document, which is left where its XML begins. Raises Unreadable, also for any DOCTYPE."""
    start = _begin(source)
    prolog: Any = _Prolog()
    parser = etree.XMLParser(encoding=encoding, target=prolog, **_closed())
    try:
        for _ in range(0, _PROLOG_BYTES, _STEP_BYTES):
            if not (step := source.read(_STEP_BYTES)):
                break
            parser.feed(step)
        parser.close()
    except _RootReached as reached:
        source.seek(start)
        return reached.opening
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable(_NO_ROOT) from None
    raise Unreadable(_NO_ROOT)


def tree(source: BinaryIO, encoding: str | None = None) -> etree._Element:
    """The root of a whole document, up to 32 MiB, without comments. `encoding`: only for XML that tells none.

    Raises Unreadable.
    """
    opening(source, encoding)
    parser = etree.XMLParser(encoding=encoding, remove_comments=True, remove_pis=True, **_closed())
    capped = _Capped(source, TREE_BYTES, TREE_NODES)
    try:
        while step := capped.read(1 << 16):
            parser.feed(step)
        root = parser.close()
    except (etree.XMLSyntaxError, LookupError) as error:
        raise Unreadable(_broken(error)) from None
    assert isinstance(root, etree._Element)
    return root


def walk(source: BinaryIO, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Each element of these local names when it ends, in the order of the document, up to 128 MiB.

    Memory stays flat: the caller gives every element to `forget` once read. Raises Unreadable, at any step, and for a
    document of which too much is not to be forgotten.
    """
    opening(source)
    capped = _Capped(source, STREAM_BYTES, STREAM_NODES)
    ends: Any = etree.iterparse(
        capped,
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        remove_comments=True,
        remove_pis=True,
        **_closed(),
    )
    try:
        for _, element in ends:
            capped.tree = capped.tree or element.getroottree()
            yield element
    except (etree.XMLSyntaxError, LookupError) as error:
        raise Unreadable(_broken(error)) from None


def told(element: etree._Element) -> dict[str, str]:
    """The attributes of an element that hold a text, by local name. Raises Unreadable for more than any return has."""
    attributes = element.attrib
    if len(attributes) > MOST_ATTRIBUTES:
        raise Unreadable(_TOO_BIG)
    return {local(str(name)): text for name, value in attributes.items() if (text := str(value).strip())}


def forget(element: etree._Element) -> None:
    """Take out the element of the same name just before this one, which the parser still stands on."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None and parent is not None and previous.tag == element.tag:
        parent.remove(previous)


class _RootReached(Exception):
    """How the parser of a prolog is stopped."""

    def __init__(self, found: Opening) -> None:
        super().__init__()
        self.opening = found


class _Prolog:
    """What a parser tells until the root: it goes no further, and no DOCTYPE passes."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Unreadable(_DOCTYPE)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = etree.QName(tag)
        told = {local(key): value.strip() for key, value in attributes.items() if value.strip()}
        raise _RootReached(Opening(name.localname, name.namespace or "", told))

    def close(self) -> None:
        """Called by the parser when it is stopped."""


class _Capped:
    """A binary source that refuses to give more bytes, or more elements and attributes, than a return may have.

    They are counted by what begins with « < » or holds « = »: a few too many, never too few. Those that left `tree`,
    when there is one, are given back; half of the cap at least, lest it be counted all the time.
    """

    def __init__(self, source: BinaryIO, cap_bytes: int, cap_nodes: int) -> None:
        self._source, self._bytes, self._cap, self._nodes = source, cap_bytes, cap_nodes, 0
        self.tree: etree._ElementTree | None = None

    def read(self, size: int = -1) -> bytes:
        found = self._source.read(size)
        self._bytes -= len(found)
        self._nodes += found.count(b"<") - found.count(b"</") + found.count(b"=")
        if self._nodes > self._cap and self.tree is not None:
            self._nodes = int(cast("float", _IN_MEMORY(self.tree)))
            if self._nodes > self._cap // 2:
                raise Unreadable(_TOO_BIG)
        if self._bytes < 0 or self._nodes > self._cap:
            raise Unreadable(_TOO_BIG)
        return found


def _closed() -> dict[str, Any]:
    """What keeps every parser of this module to the bytes that it is given."""
    return {"resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False,
            "huge_tree": False, "recover": False}  # fmt: skip


def _begin(source: BinaryIO) -> int:
    """Put a source where its XML begins, after blanks and a BOM of UTF-8; that place. Raises Unreadable."""
    length = source.seek(0, 2)
    if length > STREAM_BYTES:
        raise Unreadable(_TOO_BIG)
    source.seek(0)
    head = source.read(_STEP_BYTES)
    if not head.strip(_BLANKS):
        raise Unreadable(_NO_ROOT if length else _EMPTY)
    start = len(head) - len(head.removeprefix(_BOM).lstrip(_BLANKS))
    source.seek(start)
    return start


def _broken(error: BaseException) -> str:
    return _BROKEN.format(line=getattr(error, "lineno", None) or 1)
