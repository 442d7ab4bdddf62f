"""One monthly declaration as the comparison reads it: who is there, under which numbers, contracts and pay."""

import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from scarabee.dossiers.digests import PeopleHash
from scarabee.dossiers.services.identities import keys_of
from scarabee.dossiers.services.refresh import civil_end
from scarabee.dsn import reader
from scarabee.dsn.errors import Warnings
from scarabee.dsn.events import DeclarationEnd, DeclarationStart, Person
from scarabee.dsn.fields import ContractRead, DeclarationRead, PersonRead, read_declaration, read_person
from scarabee.dsn.figures import Figures, UsedRate, person_figures

type Number = tuple[str, str]
"""An identifier of a person, (kind, value) as in `dossiers.models.Identifier`."""
type Name = tuple[str, str]
"""What a contract goes by: (number, start date JJMMAAAA)."""

_PAY_LINES = re.compile(rb"S21\.G00\.5[012]\.[^\n]*+\n?")
_BONUS = re.compile(rb"S21\.G00\.52\.002[ \t]*,[ \t]*'?(-?[0-9]+(?:\.[0-9]+)?)'?\s")
_CONTRACT = re.compile(rb"(?=S21\.G00\.40\.001[ \t]*,)")
_FORMER = re.compile(rb"S21\.G00\.41\.(012|014|021)[ \t]*,[ \t]*'?([^'\r\n]*)")
# arrêt, other suspension, or a change of contract that is not only one of its number, start or établissement
_CHANGED_PAY = re.compile(rb"S21\.G00\.(?:60|65|41\.(?!0(?:01|12|14|21|28|54)))")
_WHERE = {
    "S21.G00.50.004": re.compile(rb"S21\.G00\.50\.004[ \t]*,"),
    "S21.G00.50.006": re.compile(rb"S21\.G00\.50\.006[ \t]*,"),
    "S21.G00.51.013": re.compile(rb"S21\.G00\.51\.011[ \t]*,[ \t]*'?001\b[^\n]*\n(?:S21\.G00\.51\.012[^\n]*\n)?"),
}


@dataclass(frozen=True, slots=True)
class ToldContract:
    """A contract; `names`: all it goes or went by (40.009 and 40.001, 41.014 and 41.021). `former_sirets`: 41.012."""

    read: ContractRead
    names: frozenset[Name]
    former_sirets: frozenset[str]


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A person's part. `bonuses`: sum of 52.002; `changed_pay`: an absence or a change of hours explains another pay.

    `line`, and `lines` by rubrique: where it stands in the file, none for a part that is stored.
    """

    person: PersonRead
    numbers: tuple[Number, ...]
    contracts: tuple[ToldContract, ...]
    figures: Figures
    bonuses: Decimal
    changed_pay: bool
    line: int = 0
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, repr=False)
class Present:
    """A person of a month: their parts, and the ids of the declarations these come from (0: the file).

    `place`: the declaration that holds the first of the parts that are stored, and the rank of the part in it.
    """

    told: list[Told] = field(default_factory=list)
    sources: set[int] = field(default_factory=set)
    place: tuple[int, int] | None = None

    def add(self, told: Told, source: int, position: int | None = None) -> None:
        self.told.append(told)
        self.sources.add(source)
        if position is not None and self.place is None:
            self.place = (source, position)

    @property
    def name(self) -> str:
        person = self.told[0].person
        return f"{person.given_names} {person.family_name}".strip() or "Un salarié sans nom"

    @property
    def civil(self) -> tuple[str, ...]:
        person = self.told[0].person
        return (person.family_name.casefold(), person.given_names.casefold(), person.birth_date)

    @property
    def line(self) -> int:
        return self.told[0].line

    def line_of(self, rubrique: str) -> int:
        return self.told[0].lines.get(rubrique, self.line)

    @property
    def contracts(self) -> list[ToldContract]:
        return [contract for told in self.told for contract in told.contracts]

    @property
    def net(self) -> Decimal:
        return sum((told.figures.net for told in self.told), Decimal())

    @property
    def gross(self) -> Decimal:
        return sum((told.figures.gross for told in self.told), Decimal())

    @property
    def bonuses(self) -> Decimal:
        return sum((told.bonuses for told in self.told), Decimal())

    @property
    def rates(self) -> list[UsedRate]:
        return [rate for told in self.told for rate in told.figures.rates]

    @property
    def changed_pay(self) -> bool:
        return any(told.changed_pay for told in self.told)


@dataclass(frozen=True, slots=True, repr=False)
class MonthFile:
    """A declaration of a file. `whole_hash`: as `Declaration.whole_hash`; `first_line`: of its S20."""

    siret: str
    read: DeclarationRead
    head: bytes
    first_line: int
    people: list[Told]
    whole_hash: bytes

    def line_of(self, rubrique: str) -> int:
        """The line of one of its own rubriques before the people, else its first line."""
        at = self.head.find(rubrique.encode())
        return self.first_line + self.head.count(b"\n", 0, max(at, 0))


def read_file(declaration: bytes, first_line: int) -> MonthFile:
    """Read the bytes of one S20. Raises `DsnError` when they are no declaration."""
    end = b"\r\n" if b"\r\n" in declaration[:4096] else b"\n"
    if not declaration.endswith(b"\n"):
        declaration += end
    envoi = (b"S10.G00.00.005,'01'", end, declaration, b"S90.G00.90.001,'0'", end, b"S90.G00.90.002,'1'", end)
    before = first_line - 2  # what the line added here moves
    head, siret, own_hash, people, hashes = b"", "", b"", list[Told](), PeopleHash()
    for event in reader.read(io.BytesIO(b"".join(envoi)), warnings=Warnings()):
        if type(event) is Person:
            hashes.add(len(people), event.insert_at, hashlib.sha256(event.part).digest())
            told = read_part(event.part, event.civil_end, event.civil, line=event.line + before)
            people.append(told)
        elif type(event) is DeclarationStart:
            head, siret = event.head, event.siret
        elif type(event) is DeclarationEnd:
            own_hash = hashlib.sha256(event.own).digest()
    whole_hash = hashlib.sha256(own_hash + hashes.digest()).digest()
    return MonthFile(siret, read_declaration(head), head, first_line, people, whole_hash)


def read_held(part: bytes) -> Told:
    """Read a person's part as it is stored."""
    return read_part(part, civil_end(part))


def read_part(part: bytes, end: int, civil: tuple[bytes | None, ...] | None = None, *, line: int = 0) -> Told:
    """Read a person's part whose bloc 30 ends at `end`; `line` is its first one in the file, 0 where it is stored."""
    person = read_person(part, end, civil)
    versement = part.find(b"S21.G00.50.", end)
    middle = part[end:versement] if versement >= 0 else part[end:]
    pay = b"".join(_PAY_LINES.findall(part))
    return Told(
        person,
        tuple((key.kind, key.value) for key in keys_of(0, person)),
        tuple(_contracts(person.contracts, middle)),
        person_figures(pay),
        sum((Decimal(amount.decode()) for amount in _BONUS.findall(pay)), Decimal()),
        _CHANGED_PAY.search(middle) is not None,
        line,
        _lines(part, line) if line else {},
    )


def _lines(part: bytes, line: int) -> dict[str, int]:
    found = {}
    for rubrique, pattern in _WHERE.items():
        if match := pattern.search(part):
            at = match.start() if rubrique != "S21.G00.51.013" else match.end()
            found[rubrique] = line + part.count(b"\n", 0, at)
    return found


def _contracts(contracts: Iterable[ContractRead], middle: bytes) -> list[ToldContract]:
    reads = list(contracts)
    if b"S21.G00.41." not in middle:
        return [ToldContract(read, frozenset({(read.number, read.start)}), frozenset()) for read in reads]
    blocs = _CONTRACT.split(middle)[1:]
    if len(blocs) != len(reads):  # odd lines: what the reader understood of each
        blocs = [b""] * len(reads)
    return [_chained(read, bloc) for read, bloc in zip(reads, blocs, strict=True)]


def _chained(read: ContractRead, bloc: bytes) -> ToldContract:
    told: dict[bytes, set[str]] = {
        b"012": {read.former_siret},
        b"014": {read.former_number},
        b"021": {read.former_start},
    }
    for number, value in _FORMER.findall(bloc):
        told[number].add(value.decode("latin-1").strip())
    numbers, starts = told[b"014"] - {""} | {read.number}, told[b"021"] - {""} | {read.start}
    return ToldContract(read, frozenset(product(numbers, starts)), frozenset(told[b"012"] - {""}))
