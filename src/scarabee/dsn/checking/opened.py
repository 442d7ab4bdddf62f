"""A declaration of which the people are being read."""

from dataclasses import dataclass, field
from itertools import zip_longest

from scarabee.dsn.checking.parts import Part, joined, split_part
from scarabee.dsn.checking.people import People
from scarabee.dsn.checking.shapes import PEOPLE_HERE, Shapes
from scarabee.dsn.checking.values import Values

_NAMES = (b"S21.G00.30.002,", b"S21.G00.30.004,")


@dataclass(slots=True)
class WaitingPerson:
    """One person's lines, not yet checked; `is_clean`: the reader proved how they are written."""

    data: bytes
    line: int
    is_clean: bool


@dataclass(slots=True)
class OpenDeclaration:
    """`pieces`: (offset in the own part, first line in the file) of each run of own lines around people.

    `people_lines`: the first line of the people that follow each piece. `covered`: bytes of the own part whose place
    is known. `line_after`: the line behind what was read last.
    """

    siret: str
    line: int
    shapes: Shapes
    values: Values
    people: People
    covered: int
    line_after: int
    pieces: list[tuple[int, int]]
    people_lines: list[int] = field(default_factory=list)
    count: int = 0
    waiting: WaitingPerson | None = None

    def stand_aside(self, insert_at: int, line: int) -> None:
        """Somebody stands at this offset of the own part, at this line: own lines before follow what was read last."""
        if insert_at > self.covered:
            self.pieces.append((self.covered, self.line_after))
            self.covered = insert_at
        if len(self.people_lines) < len(self.pieces):
            self.people_lines.append(line)

    def own_part(self, own: bytes) -> Part:
        """The own lines with their numbers, and a mark wherever people stand among them."""
        ends = [*(offset for offset, _ in self.pieces[1:]), self.covered]
        parts = []
        for (offset, line), end, people_line in zip_longest(self.pieces, ends, self.people_lines):
            parts.append(split_part(own[offset:end], line))
            if people_line is not None:
                parts.append(Part([PEOPLE_HERE + b",''"], [people_line]))
        parts.append(split_part(own[self.covered :], self.line_after))
        return joined(parts)


def goes_on(before: bytes, after: bytes) -> bool:
    """Whether a bloc 30 that stopped short goes on after a line repeated or out of order.

    Two people each have a name and given names; a line repeated leaves one of the two to one half only.
    """
    return not after.startswith(b"S21.G00.30.001,") and not all(name in before and name in after for name in _NAMES)
