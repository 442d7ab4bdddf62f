"""Checks a DSN file in one reading: the reader's events, each compared with what the norm expects."""

from datetime import date
from typing import BinaryIO

from scarabee.dsn.checking.declarations import CANCELS, Own, check_declaration
from scarabee.dsn.checking.envois import Envoi, in_force, is_version
from scarabee.dsn.checking.expectations import expectations, known_nature
from scarabee.dsn.checking.omissions import ALWAYS, omissions
from scarabee.dsn.checking.opened import OpenDeclaration, WaitingPerson, goes_on
from scarabee.dsn.checking.parts import CODE_LENGTH, Part, split_part, value_of
from scarabee.dsn.checking.people import People, check_periods
from scarabee.dsn.checking.remarks import ReaderRemarks, add_refusal
from scarabee.dsn.checking.results import Checked, CheckedDeclaration, Collector
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.checking.shapes import Shape, Shapes
from scarabee.dsn.checking.values import Values
from scarabee.dsn.errors import DsnError
from scarabee.dsn.events import DeclarationEnd, DeclarationStart, EnvoiEnd, EnvoiStart, Event, Person
from scarabee.dsn.fields import read_declaration, read_envoi, text
from scarabee.dsn.findings import Severity
from scarabee.dsn.norms import norm
from scarabee.dsn.reader import read

_ETABLISSEMENT, _ENVOI, _WORKPLACES = "S21.G00.11", "S10.G00.00", "S21.G00.85"


def check(stream: BinaryIO, *, today: date) -> Checked:
    """Check the DSN that `stream` gives as bytes (`read(n)`), as somebody would who deposits it `today`.

    Reads once, with flat memory: one small row per declaration and a bounded number of findings. Never refuses: a
    file that cannot be read ends in a blocking, certain finding. Errors of the stream itself go through.
    """
    checker = _Checker(today)
    try:
        for event in read(stream, warnings=ReaderRemarks(found=checker.found)):
            checker.take(event)
    except DsnError as error:
        add_refusal(error, checker.found)
    return checker.result()


class _Checker:
    def __init__(self, today: date) -> None:
        self.today = today
        self.found = Collector()
        self.rows: list[CheckedDeclaration] = []
        self.left_out: dict[str, None] = {}
        self.envois = 0
        self.envoi: Envoi | None = None
        self.declaration: OpenDeclaration | None = None
        self.values: dict[str, Values] = {}
        self.shapes: dict[tuple[str, str, str], Shapes] = {}

    def take(self, event: Event) -> None:
        match event:
            case Person():
                self.person(event)
            case DeclarationStart():
                self.open_declaration(event)
            case DeclarationEnd():
                self.close_declaration(event)
            case EnvoiStart():
                self.open_envoi(event)
            case EnvoiEnd():
                if self.envoi is not None:
                    self.envoi.check_end(self.found)

    def open_envoi(self, event: EnvoiStart) -> None:
        self.envois += 1
        if self.envois == 2:
            message = "Le fichier contient plusieurs envois (S10 à S90) ; la norme en admet un par fichier."
            self.found.add(Blemish(Severity.BLOCKING, Rule.SEVERAL_ENVOIS, _ENVOI, message), event.line)
        told = read_envoi(event.lines)
        version = told.norm if is_version(told.norm) else in_force(self.today)
        part = split_part(event.lines, event.line)
        shape = self.check_part(part, self.shapes_for(version, "", ""), self.values_for(version), under="")
        self.envoi = Envoi(told, version, part, shape, event.line)
        self.envoi.check_header(self.found, today=self.today)

    def open_declaration(self, event: DeclarationStart) -> None:
        assert self.envoi is not None
        self.found.open_declaration(len(self.rows))
        told = read_declaration(event.head)
        version, line = self.envoi.version, event.line
        kind = CANCELS if told.type == CANCELS else ""
        self.declaration = OpenDeclaration(
            siret=event.siret,
            line=line,
            shapes=self.shapes_for(version, known_nature(told.nature), kind),
            values=self.values_for(version),
            people=People(norm(version), told.nature, event.siret[:9], self.found),
            covered=len(event.head),
            line_after=line + event.head.count(b"\n"),
            pieces=[(0, line)],
        )
        said = omissions(version, told.nature, is_told=version == self.envoi.read.norm, cancels=bool(kind))
        self.left_out.update(dict.fromkeys(said))

    def person(self, event: Person) -> None:
        """Check a person; one that is bloc 30 alone waits, as what follows may be the rest of it."""
        declaration = self.declaration
        assert declaration is not None
        line, data, is_clean = event.line, event.part, event.civil is not None
        declaration.stand_aside(event.insert_at, line)
        follows = line == declaration.line_after
        declaration.line_after = line + data.count(b"\n")
        if (waiting := declaration.waiting) is not None:
            declaration.waiting = None
            if follows and goes_on(waiting.data, data):
                line, data, is_clean = waiting.line, waiting.data + data, False
            else:
                self.check_person(waiting)
        person = WaitingPerson(data, line, is_clean)
        if event.civil_end == len(event.part):
            declaration.waiting = person
        else:
            self.check_person(person)

    def check_person(self, person: WaitingPerson) -> None:
        declaration = self.declaration
        assert declaration is not None
        part = split_part(person.data, person.line, is_clean=person.is_clean)
        if part.lines:
            declaration.count += 1
            shape = self.check_part(part, declaration.shapes, declaration.values, under=_ETABLISSEMENT)
            declaration.people.check(part, shape)

    def close_declaration(self, event: DeclarationEnd) -> None:
        declaration, envoi = self.declaration, self.envoi
        assert declaration is not None and envoi is not None
        if declaration.waiting is not None:
            self.check_person(declaration.waiting)
        told = read_declaration(event.own)
        part = declaration.own_part(event.own)
        shape = self.check_part(part, declaration.shapes, declaration.values, under=_ENVOI)
        own = Own(
            told, envoi.read, declaration.siret, declaration.count, part, shape, declaration.shapes.expected, self.today
        )
        check_declaration(own, self.found)
        check_periods(own.expected.norm, part, shape, self.found)
        has_workplaces = _WORKPLACES not in own.expected.forbidden_blocs
        declaration.people.settle(
            adhesions=own.values("S21.G00.15.005"),
            workplaces=own.values(f"{_WORKPLACES}.001") if has_workplaces else None,
        )
        envoi.note(told, declaration.siret, declaration.line, self.found)
        self.rows.append(self.row(own, declaration.line))
        self.found.close_declaration()
        self.declaration = None

    def row(self, own: Own, line: int) -> CheckedDeclaration:
        told, envoi = own.read, own.envoi
        return CheckedDeclaration(
            rank=len(self.rows),
            line=line,
            siret=own.siret,
            nature=told.nature,
            type=told.type,
            month=told.month,
            fraction=told.fraction,
            order=told.order_number,
            champ=told.champ,
            is_real=envoi.is_real,
            norm=envoi.norm,
            depot=envoi.depot,
            people=own.people,
            blocking=self.found.blocking,
            certain=self.found.certain,
            warnings=self.found.warnings,
        )

    def check_part(self, part: Part, shapes: Shapes, values: Values, *, under: str) -> Shape:
        """Say what is wrong with lines as such: how they are written, in what order, with what values."""
        lines, numbers = part.lines, part.numbers
        for number, blemish, value in part.odd:
            self.found.add(blemish, number, value)
        shape = shapes.of(b"".join([line[:CODE_LENGTH] for line in lines]), under=under)
        for index, blemish in shape.blemishes:
            is_its_own = lines[index].startswith(blemish.rubrique.encode() + b",")
            self.found.add(blemish, numbers[index], text(value_of(lines[index])) if is_its_own else "")
        if faulty := values.faulty(lines):
            for number, line in zip(numbers, lines, strict=True):
                if (wrong := faulty.get(line)) is not None:
                    self.found.add(wrong, number, text(value_of(line)))
        return shape

    def shapes_for(self, version: str, nature: str, kind: str) -> Shapes:
        tables = norm(version)
        key = (tables.version if tables.exact else version, nature, kind)
        if key not in self.shapes:
            if len(self.shapes) > 64:
                self.shapes.clear()
            self.shapes[key] = Shapes(expectations(version, nature, kind))
        return self.shapes[key]

    def values_for(self, version: str) -> Values:
        tables = norm(version)
        key = f"{tables.version} {tables.exact}"
        if key not in self.values:
            self.values[key] = Values(tables, today=self.today)
        return self.values[key]

    def result(self) -> Checked:
        return Checked(self.found.findings(), self.rows, [*self.left_out, *ALWAYS])
