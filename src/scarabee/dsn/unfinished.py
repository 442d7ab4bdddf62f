"""What the reader is in the middle of."""

from dataclasses import dataclass, field

from scarabee.dsn.events import Person


@dataclass(slots=True)
class OpenEnvoi:
    """An envoi whose totals may still come."""

    line: int
    s10: list[bytes] = field(default_factory=list)
    announced: bool = False
    blank_lines: int = 0
    declarations: int = 0
    totals: dict[bytes, bytes] = field(default_factory=dict)
    totals_line: int = 0
    total_lines: dict[bytes, int] = field(default_factory=dict)

    @property
    def is_closed(self) -> bool:
        return self.totals_line > 0

    @property
    def rubriques(self) -> int:
        """Lines from the first of S10 to the last of S90, blank ones aside."""
        return self.totals_line - self.line + 1 - self.blank_lines


@dataclass(slots=True)
class OpenDeclaration:
    """A declaration that may go on, and the person being read line by line."""

    line: int
    """0 while nobody asked: `start` then says where in the window it begins."""
    own: list[bytes] = field(default_factory=list)
    own_size: int = 0
    announced: bool = False
    start: int = 0
    people: int = 0
    sirens: set[bytes] = field(default_factory=set)
    nics: set[bytes] = field(default_factory=set)
    # the person being read line by line, if any
    part: list[bytes] = field(default_factory=list)
    part_size: int = 0
    part_line: int = 0
    civil_end: int = 0

    def add_own(self, lines: bytes) -> None:
        self.own.append(lines)
        self.own_size += len(lines)

    def add_part(self, line: bytes) -> None:
        self.part.append(line)
        self.part_size += len(line)

    def take_person(self) -> Person:
        part = b"".join(self.part)
        person = Person(part, self.civil_end, self.own_size, self.part_line)
        self.part, self.part_size, self.civil_end = [], 0, 0
        return person
