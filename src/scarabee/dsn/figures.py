"""The amounts of one person's part of a declaration: PAS, net fiscal, net, gross, and the PAS rates used.

Only what may be added is added: of the rémunérations (51) the type 001 alone, the others count the same
money again.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

GROSS_TYPE = b"001"
NET_SOCIAL_TYPE = b"03"
ZERO = Decimal("0.00")

_LINE = re.compile(rb"^[ \t]*S21\.G00\.([0-9]{2})\.([0-9]{3})[ \t]*,[ \t]*'?([^\r\n]*)", re.MULTILINE)
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")


class UsedRate(NamedTuple):
    """One versement's PAS rate in percent (50.006), its type (50.007), its DGFIP identifier (50.008)."""

    rate: Decimal | None
    kind: str
    identifier: str


@dataclass(slots=True)
class Figures:
    """Sums in the currency of the declaration; `unreadable` counts the amounts left out, being no number."""

    pas: Decimal = ZERO
    net_fiscal: Decimal = ZERO
    net: Decimal = ZERO
    gross: Decimal = ZERO
    net_social: Decimal = ZERO
    rates: list[UsedRate] = field(default_factory=list)
    unreadable: int = 0


def person_figures(part: bytes) -> Figures:
    """Add up one person's part, or several; missing lines count as zero, never raises."""
    figures = Figures()
    bloc, last, occurrence = b"", b"", dict[bytes, bytes]()
    for current, number, text in _LINE.findall(part):
        if current != bloc or number <= last:
            _add(figures, bloc, occurrence)
            bloc, occurrence = current, {}
        last = number
        occurrence[number] = text
    _add(figures, bloc, occurrence)
    return figures


def _add(figures: Figures, bloc: bytes, occurrence: dict[bytes, bytes]) -> None:
    if bloc == b"50":
        figures.pas += _amount(figures, occurrence, b"009")
        figures.net_fiscal += _amount(figures, occurrence, b"002")
        figures.net += _amount(figures, occurrence, b"004")
        if not occurrence.keys().isdisjoint((b"006", b"007", b"008")):
            rate = _number(_value(occurrence, b"006"))
            kind, identifier = (_value(occurrence, n).decode("latin-1") for n in (b"007", b"008"))
            figures.rates.append(UsedRate(rate, kind, identifier))
    elif bloc == b"51" and _value(occurrence, b"011") == GROSS_TYPE:
        figures.gross += _amount(figures, occurrence, b"013")
    elif bloc == b"58" and _value(occurrence, b"003") == NET_SOCIAL_TYPE:
        figures.net_social += _amount(figures, occurrence, b"004")


def _value(occurrence: dict[bytes, bytes], number: bytes) -> bytes:
    return occurrence.get(number, b"").rstrip(b" \t").removesuffix(b"'").strip(b" \t")


def _amount(figures: Figures, occurrence: dict[bytes, bytes], number: bytes) -> Decimal:
    text = _value(occurrence, number)
    if (amount := _number(text)) is not None:
        return amount
    figures.unreadable += bool(text)
    return ZERO


def _number(text: bytes) -> Decimal | None:
    """A number as the norm writes it, or with a comma as some programs do."""
    text = text.replace(b",", b".")
    return Decimal(text.decode("ascii")) if _NUMBER.fullmatch(text) else None
