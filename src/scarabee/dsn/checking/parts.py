"""The lines of a part of a declaration, each as `code,'value'`, with its number; odd writings are put right and told.

What the reader let through but the norm refuses in a line (cahier technique §3.4): blank lines, spaces around the
comma, missing apostrophes, more than 256 characters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.findings import Severity

CODE_LENGTH = 14
LONGEST_LINE = 256
SHOWN_OF_A_LINE = 80
MAX_ODD = 1_000

_LINE = rb"S[0-9]{2}\.G[0-9]{2}\.[0-9]{2}\.[0-9]{3},'[^\r\n]{1,239}'"
_CLEAN = re.compile(rb"(?:%b\r\n)++|(?:%b\n)++" % (_LINE, _LINE))
_ODD = re.compile(rb"[ \t]*(S\d\d\.G\d\d\.\d\d\.\d\d\d)[ \t]*,[ \t]*(.*?)[ \t]*\Z", re.DOTALL)


@dataclass(slots=True)
class Part:
    """`lines` without their line ends, and the number of each in the file; `odd`: (number, blemish, value)."""

    lines: list[bytes]
    numbers: Sequence[int]
    odd: list[tuple[int, Blemish, str]] = field(default_factory=list)

    def tell(self, number: int, blemish: Blemish, value: str = "") -> None:
        """One more odd line, of those that are kept."""
        if len(self.odd) < MAX_ODD:
            self.odd.append((number, blemish, value))


def value_of(line: bytes) -> bytes:
    """The value of a line of a `Part`."""
    return line[CODE_LENGTH + 2 : -1]


def split_part(data: bytes, first_line: int, *, is_clean: bool = False) -> Part:
    """The lines of verbatim bytes that start at a line of the file; `is_clean`: the reader proved them so."""
    if not data:
        return Part([], [])
    if not is_clean and not _CLEAN.fullmatch(data):
        return _put_right(data, first_line)
    lines = data.split(b"\r\n" if data.endswith(b"\r\n") else b"\n")
    lines.pop()
    return Part(lines, range(first_line, first_line + len(lines)))


def joined(parts: Sequence[Part]) -> Part:
    """Several parts as one."""
    if len(parts) == 1:
        return parts[0]
    return Part(
        [line for part in parts for line in part.lines],
        [number for part in parts for number in part.numbers],
        [odd for part in parts for odd in part.odd],
    )


def _put_right(data: bytes, first_line: int) -> Part:
    lines: list[bytes] = []
    numbers: list[int] = []
    part = Part(lines, numbers)
    raw_lines = data.split(b"\n")
    if not raw_lines[-1]:
        raw_lines.pop()
    for number, ended in enumerate(raw_lines, first_line):
        raw = ended.removesuffix(b"\r")
        if not raw.strip():
            part.tell(number, _BLANK)
        elif found := _ODD.match(raw):
            code, given = found.groups()
            is_quoted = len(given) > 1 and given.startswith(b"'") and given.endswith(b"'")
            value = given[1:-1] if is_quoted else given
            lines.append(b"%b,'%b'" % (code, value))
            numbers.append(number)
            _tell(part, number, code.decode(), raw, is_neat=raw == b"%b,'%b'" % (code, value))
    return part


def _tell(part: Part, number: int, code: str, raw: bytes, *, is_neat: bool) -> None:
    if not is_neat:
        part.tell(number, _written(code), raw[:SHOWN_OF_A_LINE].decode("latin-1"))
    if len(raw) > LONGEST_LINE:
        part.tell(number, _long(code, len(raw)))


_BLANK = Blemish(
    Severity.BLOCKING,
    Rule.BLANK_LINE,
    "",
    "Une ligne vide se trouve dans le fichier ; la norme n’en admet pas.",
    "Ôtez la ligne, ou exportez de nouveau le fichier.",
)


def _written(code: str) -> Blemish:
    message = "La ligne n’est pas écrite comme la norme le demande : Sxx.Gyy.zz.nnn,'valeur', sans espace autour."
    return Blemish(Severity.BLOCKING, Rule.WRITING, code, message)


def _long(code: str, length: int) -> Blemish:
    message = f"La ligne compte {length} caractères ; la norme en permet {LONGEST_LINE}."
    return Blemish(Severity.BLOCKING, Rule.LONG_LINE, code, message)
