"""What the bouchon reads in a deposited file: enough to answer for it, not to check it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r"(S\d{2}\.G\d{2}\.\d{2}\.\d{3}),'(.*)'")
_SHOWN_LINES = 20
_NEW_DECLARATION = "S20.G00.05.001"
_NEW_CONTRACT = "S21.G00.15.001"
_PERSON = "S21.G00.30."
_CONTRACT, _PAYMENT, _THERAPEUTIC = "S21.G00.40.", "S21.G00.50.", "S21.G00.66."


@dataclass(slots=True)
class Person:
    """The rubriques S21.G00.30 of one individu: three last digits → value; `line` is where he begins.

    `contract` holds those of his first contract, S21.G00.40; `payment` those of his first payment, S21.G00.50;
    `therapeutic` those of his first temps partiel thérapeutique, S21.G00.66.
    """

    line: int
    values: dict[str, str] = field(default_factory=dict)
    contract: dict[str, str] = field(default_factory=dict)
    payment: dict[str, str] = field(default_factory=dict)
    therapeutic: dict[str, str] = field(default_factory=dict)

    @property
    def nir(self) -> str:
        """The NIR as declared, "" when there is none."""
        return self.values.get("001", "")

    @property
    def ntt(self) -> str:
        """The numéro technique temporaire, "" when there is none."""
        return self.values.get("020", "")


@dataclass(slots=True)
class Declaration:
    """One bloc S20.G00.05 and what follows: first value of each rubrique, individus, contracts with an OC."""

    rank: int
    line: int
    values: dict[str, str] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    contracts: list[dict[str, str]] = field(default_factory=list)
    within_person: bool = False

    def value(self, rubrique: str) -> str:
        """The first value of a rubrique, "" when there is none."""
        return self.values.get(rubrique, "")

    @property
    def nature(self) -> str:
        """S20.G00.05.001: 01 is the monthly one."""
        return self.value("S20.G00.05.001")

    @property
    def siret(self) -> str:
        """The declared establishment: S21.G00.06.001 and S21.G00.11.001."""
        return self.value("S21.G00.06.001") + self.value("S21.G00.11.001")


@dataclass(slots=True)
class Envoi:
    """A deposited file of so many `lines`; `bad_lines` are the numbers of the first that are no rubrique."""

    sender: dict[str, str] = field(default_factory=dict)
    declarations: list[Declaration] = field(default_factory=list)
    totals: dict[str, str] = field(default_factory=dict)
    bad_lines: list[int] = field(default_factory=list)
    lines: int = 0

    def value(self, rubrique: str) -> str:
        """The value of a rubrique S10, "" when there is none."""
        return self.sender.get(rubrique, "")

    @property
    def essai_reel(self) -> str:
        """S10.G00.00.005: 01 essai, 02 réel, anything else as it stands."""
        return self.value("S10.G00.00.005")

    @property
    def emetteur_siret(self) -> str:
        """SIREN and NIC of the sender, S10.G00.01.001 and .002."""
        return self.value("S10.G00.01.001") + self.value("S10.G00.01.002")


def read_envoi(content: bytes) -> Envoi:
    """Read a file of ISO-8859-1 lines; nothing in it makes this fail."""
    envoi = Envoi()
    for number, text in _lines(content):
        envoi.lines = number
        match = _LINE.fullmatch(text)
        if match is None:
            if len(envoi.bad_lines) < _SHOWN_LINES:
                envoi.bad_lines.append(number)
            continue
        _take(envoi, number, match[1], match[2])
    return envoi


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """Line numbers from 1, and lines without their ends; empty last lines do not count."""
    start, number = 0, 0
    content = content.rstrip(b"\r\n")
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        number += 1
        yield number, content[start:end].decode("latin-1").rstrip("\r")
        start = end + 1


def _take(envoi: Envoi, number: int, rubrique: str, value: str) -> None:
    if rubrique.startswith("S10."):
        envoi.sender.setdefault(rubrique, value)
    elif rubrique.startswith("S90."):
        envoi.totals.setdefault(rubrique, value)
    elif rubrique == _NEW_DECLARATION:
        envoi.declarations.append(Declaration(len(envoi.declarations) + 1, number, {rubrique: value}))
    elif envoi.declarations:
        _take_in(envoi.declarations[-1], number, rubrique, value)


def _take_in(declaration: Declaration, number: int, rubrique: str, value: str) -> None:
    key = rubrique[-3:]
    if rubrique.startswith(_PERSON):
        # Rubriques of a bloc ascend: a lower one begins the next individu, as another bloc in between does.
        if not declaration.within_person or key <= max(declaration.people[-1].values):
            declaration.people.append(Person(number))
        declaration.people[-1].values[key] = value
        declaration.within_person = True
        return
    declaration.within_person = False
    if rubrique.startswith(_NEW_CONTRACT[:-3]):
        if rubrique == _NEW_CONTRACT or not declaration.contracts:
            declaration.contracts.append({})
        declaration.contracts[-1].setdefault(key, value)
    elif rubrique.startswith(_CONTRACT) and declaration.people:
        declaration.people[-1].contract.setdefault(key, value)
    elif rubrique.startswith(_PAYMENT) and declaration.people:
        declaration.people[-1].payment.setdefault(key, value)
    elif rubrique.startswith(_THERAPEUTIC) and declaration.people:
        declaration.people[-1].therapeutic.setdefault(key, value)
    else:
        declaration.values.setdefault(rubrique, value)
