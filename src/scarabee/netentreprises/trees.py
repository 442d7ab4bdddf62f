"""XML (1.0) and JSON (2.0) as one kind of tree, so that a listing is read by one reader (api-dsn §6.4).

Names are matched without case; one object may stand for a list of one, a list of lists for a list, and null, an empty
text or nothing at all for an empty list; numbers count as texts, digit by digit.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from scarabee.netentreprises import markup

_BOM = b"\xef\xbb\xbf"
_DECLARATION_BYTES = 1024
_DEEPEST = 60

Value = Any
"""A text, None, a Node, or a list of these."""


class Unreadable(ValueError):
    """Neither well-made XML nor JSON, or not of the shape that is read. Says nothing of the content."""


@dataclass(frozen=True, slots=True)
class Node:
    """An object or an element: its named values in their order; a name may come several times."""

    pairs: tuple[tuple[str, Value], ...]

    def values(self, *names: str) -> list[Value]:
        """Every text and node under one of these names, lists opened, what is empty left out."""
        return [one for name, value in self.pairs if name.lower() in names for one in _opened(value)]

    def nodes(self, *names: str) -> list["Node"]:
        """Every node under one of these names. Raises Unreadable for a text where a node is expected."""
        return nodes_in(self.values(*names))

    def text(self, *names: str) -> str:
        """The first text under one of these names, "" for none. Raises Unreadable for a node in its place."""
        found = self.values(*names)
        if found and isinstance(found[0], Node):
            raise Unreadable("a node where a text is expected")
        return str(found[0]) if found else ""

    def has(self, *names: str) -> bool:
        """Whether one of these names is there, be it empty."""
        return any(name.lower() in names for name, _ in self.pairs)

    def others(self, *known: str) -> dict[str, Any]:
        """What stands under any other name, as plain Python."""
        return {name: _plain(value) for name, value in self.pairs if name.lower() not in known}

    def first(self, name: str) -> str:
        """The first text of this name, here or at any depth, in the order of the document; "" for none."""
        return next((one for one in self._deep(name) if isinstance(one, str)), "")

    def every(self, name: str) -> list["Node"]:
        """Every node of this name, here or at any depth."""
        return [one for one in self._deep(name) if isinstance(one, Node)]

    def _deep(self, name: str) -> list[Value]:
        found = []
        for key, value in self.pairs:
            for one in _opened(value):
                if key.lower() == name:
                    found.append(one)
                if isinstance(one, Node):
                    found += one._deep(name)
        return found


def nodes_in(value: Value) -> list[Node]:
    """The nodes of a value, lists opened. Raises Unreadable when there is a text among them."""
    found = _opened(value)
    if not all(isinstance(one, Node) for one in found):
        raise Unreadable("a text where a node is expected")
    return found


def read(content: bytes) -> Value:
    """The tree of a document, told by its first byte. Raises Unreadable, also for any DOCTYPE."""
    start = content[:_DECLARATION_BYTES].removeprefix(_BOM).lstrip()[:1]
    try:
        found = _read_xml(content) if start == b"<" else _read_json(content)
    except RecursionError:
        raise Unreadable("too deep") from None
    _require_shallow(found, _DEEPEST)
    return found


def _require_shallow(value: Value, levels: int) -> None:
    """What is read recurses: no document may be deeper than any real one by far."""
    if not levels:
        raise Unreadable("too deep")
    inner = value if isinstance(value, list) else [one for _, one in value.pairs] if isinstance(value, Node) else []
    for one in inner:
        _require_shallow(one, levels - 1)


def _read_xml(content: bytes) -> Value:
    content = content.removeprefix(_BOM).lstrip()
    try:
        root = markup.tree(BytesIO(content), None if _tells_its_encoding(content) else "iso-8859-1")
    except markup.Unreadable:
        raise Unreadable("no XML that may be read") from None
    return Node(((etree.QName(root).localname, _element(root)),))


def _tells_its_encoding(content: bytes) -> bool:
    """Whether XML says what it is written in, or is the UTF-8 that it must be when it does not say."""
    if b"encoding" in content[:_DECLARATION_BYTES].partition(b"?>")[0]:
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _element(element: etree._Element) -> Value:
    """An element that has children as a node, its attributes first; any other as its text."""
    children = list(element.iterchildren("*"))
    if not children:
        return "".join(str(part) for part in element.itertext())
    attributes = [(etree.QName(name).localname, value) for name, value in element.attrib.items()]
    return Node((*attributes, *((etree.QName(one).localname, _element(one)) for one in children)))


def _read_json(content: bytes) -> Value:
    try:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        return json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=lambda pairs: Node(tuple(pairs)),
        )
    except ValueError:
        raise Unreadable("not JSON") from None


def _opened(value: Value) -> list[Value]:
    """Texts and nodes of a value: lists opened, null and blank texts left out."""
    if isinstance(value, list):
        return [one for item in value for one in _opened(item)]
    if isinstance(value, Node):
        return [value]
    text = _text(value)
    return [text] if text else []


def _text(value: Value) -> str:
    """A scalar as text without what no database takes: NUL and lone surrogates."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()


def _plain(value: Value) -> Any:
    if isinstance(value, Node):
        return {name: _plain(one) for name, one in value.pairs}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if value is None else _text(value)
