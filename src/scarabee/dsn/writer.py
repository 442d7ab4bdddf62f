"""Gives back the bytes that were read: declarations verbatim, totals counted again.

Only S90 is recomputed, and S10.G00.00.008 where taking declarations apart makes it untrue (design §2).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_ENVOI_KIND = re.compile(rb"^(S10\.G00\.00\.008,')(\d\d)(')", re.MULTILINE)
_NATURE = re.compile(rb"S20\.G00\.05\.001,'(\d\d)'\r?\nS20\.G00\.05\.002,'(\d\d)'")
NIL_TYPES = (b"02", b"05")


def join_declaration(own: bytes, people: Iterable[tuple[int, bytes]]) -> bytes:
    """A declaration's bytes: each (insert_at, part), in the order of positions, put back into its own part."""
    placed = list(people)
    if not placed:
        return own
    pieces = [own[: placed[0][0]], placed[0][1]]
    for (before, _), (at, part) in pairwise(placed):
        pieces += [own[before:at], part]
    pieces.append(own[placed[-1][0] :])
    return b"".join(pieces)


def write_envoi(s10: bytes, declarations: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of one envoi, piece by piece: `s10`, the declarations as they are, totals that are right.

    Raises ValueError when there is no declaration: the norm wants one at least.
    """
    line_end = b"\r\n" if b"\r\n" in s10[:4096] or not s10 else b"\n"
    waiting = iter(declarations)
    first = next(waiting, None)
    if first is None:
        raise ValueError("an envoi holds at least one declaration")
    rest = list(waiting) if _ENVOI_KIND.search(s10) and is_nil(first) else waiting
    nil = is_nil(first) and isinstance(rest, list) and all(is_nil(one) for one in rest)
    s10 = _ENVOI_KIND.sub(rb"\g<1>02\g<3>" if nil else rb"\g<1>01\g<3>", s10)
    yield s10
    count, lines = 0, count_rubriques(s10)
    for declaration in _chain(first, rest):
        whole = declaration if declaration.endswith(b"\n") else declaration + line_end
        count += 1
        lines += count_rubriques(whole)
        yield whole
    yield b"S90.G00.90.001,'%d'%s" % (lines + 2, line_end)
    yield b"S90.G00.90.002,'%d'%s" % (count, line_end)


def count_rubriques(lines: bytes) -> int:
    """Lines that hold something: S90.G00.90.001 counts rubriques, not blank lines."""
    blank = lines.count(b"\n\n") + lines.count(b"\n\r\n")
    return lines.count(b"\n") - blank if not blank else sum(1 for line in lines.split(b"\n") if line.strip())


def is_nil(declaration: bytes) -> bool:
    """Whether a declaration is a monthly one without any individu (types 02 and 05, dsn-format §4)."""
    found = _NATURE.match(declaration)
    return found is not None and found[1] == b"01" and found[2] in NIL_TYPES


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
