"""Taking one person out of a document of the portal, and leaving the rest as it was.

Where the document is XML, whatever stands beside a number of theirs, or beside both of their names, is emptied: that is
how every family writes a person. Then their names and numbers alone, in the largest part that speaks of nobody else. A
text, or what cannot be read as XML, loses its numbers and, if it had one, their names.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice

from lxml import etree

from scarabee.dossiers.search_keys import search_key
from scarabee.maintenance.masks import NIR
from scarabee.netentreprises import markup
from scarabee.privacy.people import Person

GONE = "X"
_LARGE = 4 << 20
"""Bytes above which whoever has a number is looked for by it alone."""
_AROUND = 1000
"""Bytes on either side of a number in which the names that stand are taken for theirs."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is taken out: every writing of their numbers, and (family name, given names) as people sort them."""

    writings: frozenset[str]
    names: frozenset[tuple[str, str]]
    raw_names: frozenset[tuple[str, str]] = field(default=frozenset())

    @classmethod
    def of(cls, person: Person) -> "Sought":
        """What documents may say of a person."""
        names = frozenset((search_key(family), search_key(given)) for family, given in person.names)
        return cls(person.writings, names, person.names)

    def may_be_in(self, data: bytes) -> bool:
        """Whether a document speaks of the person, as far as a quick look tells: it never misses a number."""
        if any(word.encode(coding) in data for word in self.writings for coding in _codings(data)):
            return True
        if not self.names or (self.writings and len(data) > _LARGE):
            return False
        return any(_holds_names(data.decode(coding, "replace"), self.names) for coding in _codings(data))

    def is_number(self, text: str) -> bool:
        """Whether a text is one of their numbers, with or without its key."""
        told = "".join(text.split()).upper()
        return bool(told) and (told in self.writings or (len(told) == 15 and told[:13] in self.writings))

    def is_name(self, text: str) -> bool:
        """Whether a text is one of their names, or all of them."""
        key = search_key(text)
        ways = (
            way for family, given in self.names for way in (family, given, f"{family} {given}", f"{given} {family}")
        )
        return bool(key) and key in ways


def without(data: bytes, sought: Sought) -> bytes:
    """The document without the person; the very bytes when it does not speak of them."""
    if not sought.may_be_in(data):
        return data
    try:
        root = markup.tree(BytesIO(data))
    except markup.Unreadable:
        return _plain_without(data, sought)
    if not _empty_in(root, sought):
        return data
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    written = etree.tostring(root.getroottree(), encoding=encoding, xml_declaration=True)
    assert isinstance(written, bytes)
    return written


def text_without(text: str, sought: Sought) -> str:
    """A sentence of ours without the person's numbers, nor their names where both stand in it."""
    for word in sorted(sought.writings, key=len, reverse=True):
        text = text.replace(word, GONE * 3)
    for family, given in sought.raw_names:
        if _words(family).search(text) and _words(given).search(text):
            text = _words(given).sub(GONE * 3, _words(family).sub(GONE * 3, text))
    return text


def _codings(data: bytes) -> tuple[str, ...]:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:2] == b"\0<":
        return ("utf-16-be", "utf-16-le")
    return ("utf-8", "latin-1")


def _holds_names(text: str, names: Collection[tuple[str, str]]) -> bool:
    told = f" {search_key(text)} "
    return any(f" {family} " in told and f" {given.split()[0]} " in told for family, given in names)


def _empty_in(root: etree._Element, sought: Sought) -> bool:
    """Empty what speaks of the person; whether anything did."""
    parts = list(_parts(root, sought))
    for part in parts:
        _empty_names(_alone(part), sought)
        for one in part.iter(etree.Element):
            if one is part or len(one) == 0:
                _empty(one)
    stray = _empty_names(root, sought, numbers_only=True)
    return bool(parts) or stray


def _parts(root: etree._Element, sought: Sought) -> Iterator[etree._Element]:
    """The elements that write the person: those with a number, or both names, among their leaves or attributes."""
    for element in root.iter(etree.Element):
        told = [*map(str, element.attrib.values()), *(one.text or "" for one in element if len(one) == 0)]
        if any(map(sought.is_number, told)):
            yield element
            continue
        keys = set(map(search_key, told))
        is_another = any(NIR.fullmatch("".join(text.split())) for text in told)
        if not is_another and any(family in keys and given in keys for family, given in sought.names):
            yield element


def _alone(part: etree._Element) -> etree._Element:
    """The largest element around a part that holds no other part of its name: it speaks of nobody else."""
    around = part
    while (parent := around.getparent()) is not None:
        if len(list(islice(parent.iter(part.tag), 2))) > 1:
            return around
        around = parent
    return around


def _empty_names(root: etree._Element, sought: Sought, *, numbers_only: bool = False) -> bool:
    found = False
    for one in root.iter(etree.Element):
        told = one.text or ""
        if sought.is_number(told) or (not numbers_only and sought.is_name(told)):
            one.text, found = "", True
        elif (masked := text_without(told, sought)) != told:
            one.text, found = masked, True
        for name, value in one.attrib.items():
            if sought.is_number(str(value)) or (not numbers_only and sought.is_name(str(value))):
                one.attrib[name], found = "", True
    return found


def _empty(element: etree._Element) -> None:
    if len(element) == 0:
        element.text = ""
    for name in element.attrib:
        element.attrib[name] = ""


def _plain_without(data: bytes, sought: Sought) -> bytes:
    """Numbers everywhere, names around them, or everywhere in a text that has no number; lengths stay."""
    numbers = {coding: _numbers(sought, coding) for coding in _codings(data)}
    places = {found.start() for one in numbers.values() if one for found in one.finditer(data)}
    around = [(max(0, at - _AROUND), at + _AROUND) for at in sorted(places)] or [(0, len(data))]
    names = {name for both in sought.raw_names for name in both}
    ways = {way for name in names for way in (name, name.upper(), name.title())}
    for coding in numbers:
        words = [re.escape(one) for way in ways if (one := way.encode(coding, "ignore"))]
        for start, end in around if words else []:
            data = data[:start] + re.sub(b"|".join(words), _crossed_out, data[start:end]) + data[end:]
    for number in numbers.values():
        data = number.sub(_crossed_out, data) if number else data
    return data


def _numbers(sought: Sought, coding: str) -> re.Pattern[bytes] | None:
    """The person's numbers in this coding, with the key that may follow; None for whoever has none."""
    words = [re.escape(word.encode(coding)) for word in sorted(sought.writings, key=len, reverse=True)]
    return re.compile(b"(?:" + b"|".join(words) + rb")(?:\d\d(?!\d))?") if words else None


def _crossed_out(found: re.Match[bytes]) -> bytes:
    return GONE.encode() * len(found[0])


def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
