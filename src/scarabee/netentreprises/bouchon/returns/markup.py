"""Writing XML from what a file holds, whatever it holds."""

import re

from lxml import etree

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def child(parent: etree._Element, name: str, text: str | int | None = None) -> etree._Element:
    """A new last child; characters that XML has no place for become '?'."""
    element = etree.SubElement(parent, name)
    if text is not None:
        element.text = clean(str(text))
    return element


def children(parent: etree._Element, values: dict[str, str]) -> None:
    """New children for the values that are not empty, in this order."""
    for name, value in values.items():
        if value:
            child(parent, name, value)


def clean(text: str) -> str:
    """The text without what XML has no place for."""
    return _NOT_XML.sub("?", text)


def document(root: etree._Element, encoding: str = "UTF-8") -> bytes:
    """The whole document, declaration first."""
    body = etree.tostring(root, encoding=encoding, pretty_print=True, xml_declaration=False)
    assert isinstance(body, bytes)
    return b'<?xml version="1.0" encoding="%s"?>\n' % encoding.encode("ascii") + body
