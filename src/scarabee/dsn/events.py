"""What the reader tells of a DSN file, one after the other; put end to end, what they carry is the file."""

from dataclasses import dataclass

from scarabee.dsn.lines import Lines


@dataclass(frozen=True, slots=True)
class EnvoiStart:
    """The S10 lines of an envoi, verbatim (empty in a lot that has none)."""

    lines: bytes
    line: int


@dataclass(slots=True)
class DeclarationStart:
    """A declaration begins. `head`: its own lines up to the first individu, or all of them when it has none."""

    head: bytes
    siret: str
    start: int
    window: Lines | None

    @property
    def line(self) -> int:
        """The number of its first line; to be asked before the next event is."""
        return self.window.number_at(self.start) if self.window else self.start


@dataclass(slots=True)
class Person:
    """One individu: its lines, the length of its bloc 30, its place in the declaration's own part.

    `civil`: the values of `structure.CIVIL` when every line was proved clean (with a closing apostrophe and CR).
    """

    part: bytes
    civil_end: int
    insert_at: int
    start: int
    window: Lines | None = None
    civil: tuple[bytes | None, ...] | None = None

    @property
    def line(self) -> int:
        """The number of its first line; to be asked before the next event is."""
        return self.window.number_at(self.start) if self.window else self.start


@dataclass(frozen=True, slots=True)
class DeclarationEnd:
    """The declaration is whole: its own part, and how many people it holds."""

    own: bytes
    people: int


@dataclass(frozen=True, slots=True)
class EnvoiEnd:
    """The totals S90 were read; `offset` says how many bytes of the file are behind."""

    offset: int


Event = EnvoiStart | DeclarationStart | Person | DeclarationEnd | EnvoiEnd
