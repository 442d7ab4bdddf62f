"""A run of consecutive lines of one bloc: where its occurrences start, and which rubriques each has or lacks.

A large file has few different runs (some fifty), so each is looked at once. Rules: cahier technique §3.4, §8.
"""

from dataclasses import dataclass, field

from scarabee.dsn.checking.expectations import Expectations
from scarabee.dsn.checking.parts import CODE_LENGTH
from scarabee.dsn.checking.periods import PERIODS
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.findings import Severity

BLOC_LENGTH = 10
MAX_BLEMISHES = 1_000
"""Kept of one run; a file that has more of them in a row is not one that anybody corrects line by line."""
PERSON = "S21.G00.30"
# rubriques that other rules look up by their place in the part
_TOLD = frozenset(
    "S10.G00.00.005 S10.G00.00.006 S10.G00.00.007 S10.G00.00.008 S10.G00.01.001 S10.G00.01.002 "
    "S20.G00.05.001 S20.G00.05.002 S20.G00.05.003 S20.G00.05.004 S20.G00.05.005 S20.G00.05.006 S20.G00.05.007 "
    "S20.G00.05.008 S21.G00.06.001 S21.G00.06.002 S21.G00.11.001 S21.G00.15.005 S21.G00.85.001 S21.G00.30.001 "
    "S21.G00.30.002 S21.G00.30.004 S21.G00.30.006 S21.G00.30.020 S21.G00.40.001 S21.G00.40.009 S21.G00.40.019 "
    "S21.G00.51.010 S21.G00.52.006 S21.G00.54.005 S21.G00.62.001 S21.G00.70.012 S21.G00.70.013 S21.G00.78.005 "
    "S21.G00.78.006 S21.G00.86.005 S21.G00.30.--- S89.G00.91.001".split()
)


@dataclass(slots=True)
class Run:
    """Lines are named by their index in the run. `starts`: the first line of each occurrence.

    `places`: rubrique → its lines. `periods`: (line of a start, line of the end that belongs to it).
    """

    bloc: str
    size: int
    starts: list[int] = field(default_factory=list)
    blemishes: list[tuple[int, Blemish]] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    periods: list[tuple[int, int]] = field(default_factory=list)


def look_at(codes: str, expected: Expectations) -> Run:
    """What a run of codes, put end to end, tells."""
    rubriques = [codes[at : at + CODE_LENGTH] for at in range(0, len(codes), CODE_LENGTH)]
    return _Look(expected, rubriques).run


class _Look:
    def __init__(self, expected: Expectations, rubriques: list[str]) -> None:
        self.expected = expected
        self.tables = expected.norm
        bloc = rubriques[0][:BLOC_LENGTH]
        self.run = Run(bloc, len(rubriques))
        mandatory = expected.mandatory.get(bloc)
        self.first_mandatory = mandatory[0][0] if mandatory else f"{bloc}.999"
        occurrence: dict[str, int] = {}
        last = ""
        for index, code in enumerate(rubriques):
            if occurrence and not self._continues(occurrence, last, code, index):
                self._close(occurrence)
                occurrence = {}
            if not occurrence:
                self.run.starts.append(index)
            last = code
            occurrence.setdefault(code, index)
            if code in _TOLD:
                self.run.places.setdefault(code, []).append(index)
        self._close(occurrence)

    def _continues(self, occurrence: dict[str, int], last: str, code: str, index: int) -> bool:
        """Whether a line goes on with the occurrence before it.

        A number that does not increase opens a new one (§3.4), unless a mandatory rubrique ought to come before it:
        then it is a line repeated, or out of order. Where a person begins was decided before.
        """
        if code > last:
            return True
        if self.run.bloc != PERSON and code <= self.first_mandatory:
            return False
        if code in occurrence:
            message = f"{self.expected.named(code)} est répété dans le même bloc."
            self._say(index, self.expected.severity, Rule.REPEATED, code, message)
        else:
            message = f"{self.expected.named(code)} vient après {last} : les rubriques d’un bloc vont en croissant."
            self._say(index, self.expected.severity, Rule.RUBRIQUE_ORDER, code, message)
        return True

    def _close(self, occurrence: dict[str, int]) -> None:
        """An occurrence is whole: which of its rubriques are wrong there, which are missing, which make periods."""
        bloc, start = self.run.bloc, self.run.starts[-1]
        if bloc in self.tables.blocs and bloc not in self.expected.forbidden_blocs:
            for code, at in occurrence.items():
                self._rubrique(at, code)
            for code, severity in self.expected.mandatory.get(bloc, ()):
                if code not in occurrence:
                    message = f"{self.expected.named(code)} manque dans le bloc {bloc}."
                    self._say(start, severity, Rule.MISSING, code, message)
        for begin, finish in PERIODS.get(bloc, ()):
            if begin in occurrence and finish in occurrence:
                self.run.periods.append((occurrence[begin], occurrence[finish]))

    def _rubrique(self, at: int, code: str) -> None:
        if code not in self.tables.rubriques:
            message = f"La rubrique {code} n’existe pas dans la norme {self.tables.version}."
            self._say(at, self.expected.severity, Rule.UNKNOWN_RUBRIQUE, code, message)
        elif code in self.expected.forbidden:
            message = f"{self.expected.named(code)} est interdit dans une déclaration de nature {self.expected.nature}."
            self._say(at, self.expected.forbidden[code], Rule.FORBIDDEN, code, message)

    def _say(self, index: int, severity: Severity, rule: Rule, code: str, message: str) -> None:
        if len(self.run.blemishes) < MAX_BLEMISHES:
            self.run.blemishes.append((index, Blemish(severity, rule, code, message)))
