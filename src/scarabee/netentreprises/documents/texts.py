"""The irregular writing of returns made regular: blanks, dates, months, NIR, identifiers of rubriques (retours §2)."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from scarabee.netentreprises.markup import local

_NIR_WITH_KEY, _NIR = 15, 13
_NOT_TOLD = frozenset({"non renseigné", "non renseigne"})
_RUBRIQUE = re.compile(r"S\d\d[._]G\d\d[._]\d\d(?:[._]\d{3})?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,10})?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_FIRST = re.compile(r"(\d{2})(\d{2})((?:18|19|20)\d{2})")
_YEAR_FIRST = re.compile(r"((?:18|19|20)\d{2})(\d{2})(\d{2})")
_MONTHS = (
    re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])(?:-.*)?"),
    re.compile(r"[0-3]\d(?P<month>0[1-9]|1[0-2])(?P<year>20\d\d)"),
    re.compile(r"(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?:[0-3]\d)?"),
)
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")


def fields(element: etree._Element | None) -> dict[str, str]:
    """The children of an element that hold a text, by local name; the first of a name counts, an empty one does not."""
    found: dict[str, str] = {}
    for child in () if element is None else element:
        text = child.text
        if text and (text := text.strip()):
            tag = child.tag
            found.setdefault(local(tag) if tag[0] == "{" else tag, text)
    return found


def children(element: etree._Element | None, *names: str) -> list[etree._Element]:
    """The children of an element that bear one of these local names."""
    return [] if element is None else [one for one in element if local(one.tag) in names]


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at the end of a path of local names, None when there is none."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def first(values: Iterable[str]) -> str:
    """The first text that is not empty, else ""."""
    return next((one for one in values if one), "")


def message(text: str) -> str:
    """A text for the reader, without the brackets that some messages are wrapped in."""
    text = text.strip()
    return text[1:-1].strip() if text.startswith("[") and text.endswith("]") and "[" not in text[1:] else text


def name(text: str) -> str:
    """A name of a person, "" for « non renseigné »."""
    return "" if text.lower() in _NOT_TOLD else text


def nir(text: str) -> str:
    """A NIR of 13 characters, its key taken off; anything else without its blanks."""
    if not text.isalnum():
        text = "".join(text.split())
    text = text.upper()
    return text[:_NIR] if len(text) == _NIR_WITH_KEY else text


def rubrique(text: str) -> str:
    """An identifier of a rubrique or a bloc with dots; a text that is none as it is."""
    return text.replace("_", ".").upper() if _RUBRIQUE.fullmatch(text) else text


def month(text: str) -> str:
    """AAAA-MM of JJMMAAAA, AAAA-MM-JJ or AAAAMM, "" for anything else."""
    found = next((match for shape in _MONTHS if (match := shape.fullmatch(text))), None)
    return f"{found['year']}-{found['month']}" if found else ""


def day(text: str) -> str:
    """AAAA-MM-JJ of JJMMAAAA or AAAAMMJJ, parts of 00 or 99 included, a zone left out; anything else as it is."""
    if found := _DAY_FIRST.fullmatch(text):
        return f"{found[3]}-{found[2]}-{found[1]}"
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{found[1]}-{found[2]}-{found[3]}"
    found = _ISO.match(text)
    return found[0] if found else text


def calendar_day(text: str) -> date | None:
    """A day that the calendar knows, None for any other text."""
    try:
        return date.fromisoformat(day(text))
    except ValueError:
        return None


def moment(*parts: str) -> str:
    """« AAAA-MM-JJ HH:MM:SS » as far as it is told: of a day and an hour, of an ISO moment or of 14 digits."""
    text = " ".join(one for one in parts if one)
    if found := _STAMP.fullmatch(text):
        return f"{found[1]}-{found[2]}-{found[3]} {found[4]}:{found[5]}:{found[6]}"
    found = re.match(r"(\d{4}-\d{2}-\d{2})\D*?(?:[+-]\d\d:\d\d\s+|[T\s])(\d\d:\d\d:\d\d)", text)
    return f"{found[1]} {found[2]}" if found else day(text)


@lru_cache(4096)
def number(text: str) -> Decimal | None:
    """A decimal number, None for a text that is none."""
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def count(text: str) -> int | None:
    """A whole number that is not negative, None for a text that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
