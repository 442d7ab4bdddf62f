"""One person of a declaration: identity, contracts, and the links that are not nesting (dsn-format §3, §6)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from scarabee.dsn.checking.calendar import is_before
from scarabee.dsn.checking.expectations import named
from scarabee.dsn.checking.parts import Part, value_of
from scarabee.dsn.checking.results import Collector
from scarabee.dsn.checking.rules import CORRECT, Blemish, Rule
from scarabee.dsn.checking.shapes import Shape
from scarabee.dsn.fields import text
from scarabee.dsn.findings import Severity
from scarabee.dsn.identifiers import ntt_problem, siret_is_valid
from scarabee.dsn.norms import Norm

MONTHLY = "01"
MAX_WAITING = 1_000
"""Links kept until the declaration ends, each a value not met before."""

_NIR, _BIRTH, _NTT, _NAME = "S21.G00.30.001", "S21.G00.30.006", "S21.G00.30.020", "S21.G00.30.002"
_START, _NUMBER, _WORKPLACE = "S21.G00.40.001", "S21.G00.40.009", "S21.G00.40.019"
_PAY, _ADHESION, _AFFILIATION = "S21.G00.51.010", "S21.G00.70.013", "S21.G00.70.012"
_CONTRACT_LINKS = (_PAY, "S21.G00.52.006", "S21.G00.54.005", "S21.G00.78.006", "S21.G00.86.005")
_AFFILIATION_LINK = "S21.G00.78.005"
_SIRET = re.compile(rb"[0-9]{14}")
_NIR_SHAPE = re.compile(rb"[12][0-9]{2}[0-9]{2}(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?")
_LAST_YEAR_OF_20, _FIRST_YEAR_OF_2A, _LAST_YEAR_OF_96 = 1975, 1976, 1967


@dataclass(slots=True)
class Waiting:
    """What people of one declaration name, to be compared at its end with what its own lines declare.

    The first line of each value is kept.
    """

    adhesions: dict[bytes, int] = field(default_factory=dict)
    workplaces: dict[bytes, int] = field(default_factory=dict)


@dataclass(slots=True)
class People:
    """The people of one declaration: who was met, and where."""

    norm: Norm
    nature: str
    siren: str
    found: Collector
    nirs: dict[bytes, int] = field(default_factory=dict)
    ntts: dict[bytes, int] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)

    def check(self, part: Part, shape: Shape) -> None:
        """Say what is wrong with one person whose part has this shape."""
        self._identity(part, shape)
        self._contracts(part, shape)
        self._affiliations(part, shape)
        check_periods(self.norm, part, shape, self.found)

    def _identity(self, part: Part, shape: Shape) -> None:
        nir_at, ntt_at = shape.first(_NIR), shape.first(_NTT)
        if nir_at < 0 and ntt_at < 0:
            message = "La personne n’a ni NIR (30.001) ni NTT (30.020)."
            self._add(Severity.BLOCKING, Rule.UNIDENTIFIED, _NIR, message, part.numbers[0])
        if nir_at >= 0:
            nir = value_of(part.lines[nir_at])
            self._met(self.nirs, nir[:13], _NIR, part.numbers[nir_at], "NIR")
            if (birth_at := shape.first(_BIRTH)) >= 0:
                self._birth(nir, value_of(part.lines[birth_at]), part.numbers[nir_at])
        if ntt_at >= 0:
            ntt = value_of(part.lines[ntt_at])
            self._met(self.ntts, ntt, _NTT, part.numbers[ntt_at], "NTT")
            if problem := ntt_problem(text(ntt), self.siren):
                self._add(Severity.BLOCKING, Rule.NTT, _NTT, problem, part.numbers[ntt_at], ntt)

    def _met(self, seen: dict[bytes, int], key: bytes, code: str, line: int, name: str) -> None:
        before = seen.setdefault(key, line)
        if before != line:
            message = f"Ce {name} est déjà déclaré ligne {before} : une personne figure une fois par déclaration."
            self._add(Severity.BLOCKING, Rule.PERSON_TWICE, code, message, line, key)

    def _birth(self, nir: bytes, birth: bytes, line: int) -> None:
        """The year of the NIR is that of the birth; Corsica, Algeria and the protectorates each had their years."""
        if not _NIR_SHAPE.fullmatch(nir) or len(birth) != 8 or not birth.isdigit():
            return
        year, department = int(birth[4:]), nir[5:7]
        if nir[1:3] != birth[6:]:
            message = f"L’année de naissance du NIR ({nir[1:3].decode()}) n’est pas celle de 30.006 ({year})."
        elif department in (b"2A", b"2B") and year < _FIRST_YEAR_OF_2A:
            message = f"Le département {department.decode()} du NIR n’existe pas pour une naissance en {year}."
        elif (department == b"20" and year > _LAST_YEAR_OF_20) or (department == b"96" and year > _LAST_YEAR_OF_96):
            message = f"Le département {department.decode()} du NIR n’existe plus pour une naissance en {year}."
        else:
            return
        self._add(Severity.BLOCKING, Rule.NIR_BIRTH, _NIR, message, line, nir)

    def _contracts(self, part: Part, shape: Shape) -> None:
        lines, numbers = part.lines, shape.all(_NUMBER)
        contracts = {value_of(lines[at]) for at in numbers}
        if len(contracts) < len(numbers):
            self._same_number(part, numbers)
        for code in _CONTRACT_LINKS:
            for at in shape.all(code):
                if (value := value_of(lines[at])) not in contracts:
                    message = f"{self._named(code)} ne désigne aucun contrat (40.009) de la personne."
                    self._add(Severity.BLOCKING, Rule.CONTRACT_LINK, code, message, part.numbers[at], value)
        if self.nature == MONTHLY and (unpaid := contracts - {value_of(lines[at]) for at in shape.all(_PAY)}):
            for at in numbers:
                if (value := value_of(lines[at])) in unpaid:
                    message = "Le contrat n’a aucune rémunération : chaque contrat en demande une au moins (51.010)."
                    self._add(Severity.BLOCKING, Rule.CONTRACT_UNPAID, _NUMBER, message, part.numbers[at], value)
        for at in shape.all(_WORKPLACE):
            self._workplace(value_of(lines[at]), part.numbers[at])

    def _same_number(self, part: Part, numbers: Sequence[int]) -> None:
        seen: dict[bytes, int] = {}
        for at in numbers:
            value, line = value_of(part.lines[at]), part.numbers[at]
            if (before := seen.setdefault(value, line)) != line:
                message = f"La personne a déjà un contrat de ce numéro, ligne {before}."
                self._add(Severity.BLOCKING, Rule.CONTRACT_TWICE, _NUMBER, message, line, value)

    def _workplace(self, value: bytes, line: int) -> None:
        """A SIRET stands for itself; anything else must be in a bloc 85 of the declaration, read later."""
        workplaces = self.waiting.workplaces
        if value not in workplaces and len(workplaces) < MAX_WAITING:
            workplaces[value] = line

    def _affiliations(self, part: Part, shape: Shape) -> None:
        lines = part.lines
        adhesions = self.waiting.adhesions
        for at in shape.all(_ADHESION):
            if (value := value_of(lines[at])) not in adhesions and len(adhesions) < MAX_WAITING:
                adhesions[value] = part.numbers[at]
        if not (links := shape.all(_AFFILIATION_LINK)):
            return
        affiliations = {value_of(lines[at]) for at in shape.all(_AFFILIATION)}
        for at in links:
            if (value := value_of(lines[at])) not in affiliations:
                message = f"{self._named(_AFFILIATION_LINK)} ne désigne aucune affiliation (70.012) de la personne."
                self._add(Severity.BLOCKING, Rule.AFFILIATION_LINK, _AFFILIATION_LINK, message, part.numbers[at], value)

    def settle(self, *, adhesions: set[bytes], workplaces: set[bytes] | None) -> None:
        """At the end of the declaration: compare what people named with its own blocs 15 and 85.

        `workplaces` is None where the nature has no bloc 85 to declare them in.
        """
        for value, line in self.waiting.adhesions.items():
            if value not in adhesions:
                message = f"{self._named(_ADHESION)} ne désigne aucune adhésion (15.005) de l’établissement."
                self._add(Severity.BLOCKING, Rule.ADHESION_LINK, _ADHESION, message, line, value)
        for value, line in self.waiting.workplaces.items():
            if workplaces is not None and value in workplaces:
                continue
            if not _SIRET.fullmatch(value):
                if workplaces is None:
                    continue
                message = f"{self._named(_WORKPLACE)} n’est ni un SIRET ni un lieu déclaré en S21.G00.85.001."
                self._add(Severity.BLOCKING, Rule.WORKPLACE, _WORKPLACE, message, line, value)
            elif not siret_is_valid(value.decode()):
                message = f"{self._named(_WORKPLACE)} : la clé de ce SIRET est fausse."
                self._add(Severity.WARNING, Rule.SIRET, _WORKPLACE, message, line, value)

    def _named(self, code: str) -> str:
        return named(self.norm, code)

    def _add(self, severity: Severity, rule: Rule, code: str, message: str, line: int, value: bytes = b"") -> None:
        self.found.add(Blemish(severity, rule, code, message, CORRECT), line, text(value))


def check_periods(norm: Norm, part: Part, shape: Shape, found: Collector) -> None:
    """Say which periods end before they start."""
    for begin, end in shape.periods:
        first, last = value_of(part.lines[begin]), value_of(part.lines[end])
        if is_before(last, first):
            code = part.lines[end][:14].decode()
            start = text(first)
            message = f"{named(norm, code)} est avant le début de la période ({start[:2]}/{start[2:4]}/{start[4:]})."
            found.add(Blemish(Severity.BLOCKING, Rule.PERIOD, code, message), part.numbers[end], text(last))
