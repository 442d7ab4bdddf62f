"""The shape of a part (its codes, whatever the values): blocs in order, how many, which rubriques; checked once.

A person's part, a declaration's own part and the S10 lines are each walked the same way; parts of one shape share the
answer, so that most of a large file costs one look-up per person. Rules: cahier technique §3.4, §8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scarabee.dsn.checking.expectations import Bounds, Expectations, bloc_label
from scarabee.dsn.checking.parts import CODE_LENGTH
from scarabee.dsn.checking.periods import PERIODS
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.findings import Severity
from scarabee.dsn.norms import BLOC_PARENTS

BLOC_LENGTH = 10
PEOPLE_HERE = b"S21.G00.30.000"
"""Stands in a declaration's own part where people are, so that what surrounds them is seen to be in its place."""
MAX_SHAPES = 4096

_PERSON = "S21.G00.30"
_CONTRACT_START, _CONTRACT_END = "S21.G00.40.001", "S21.G00.62.001"
_NO_BOUNDS = Bounds(0, 0, None, None)
# rubriques that other rules look up by their place in the part
_TOLD = frozenset(
    "S10.G00.00.005 S10.G00.00.006 S10.G00.00.007 S10.G00.00.008 S10.G00.01.001 S10.G00.01.002 "
    "S20.G00.05.001 S20.G00.05.002 S20.G00.05.003 S20.G00.05.004 S20.G00.05.005 S20.G00.05.006 S20.G00.05.007 "
    "S20.G00.05.008 S21.G00.06.001 S21.G00.06.002 S21.G00.11.001 S21.G00.15.005 S21.G00.85.001 S21.G00.30.001 "
    "S21.G00.30.002 S21.G00.30.004 S21.G00.30.006 S21.G00.30.020 S21.G00.40.001 S21.G00.40.009 S21.G00.40.019 "
    "S21.G00.51.010 S21.G00.52.006 S21.G00.54.005 S21.G00.70.012 S21.G00.70.013 S21.G00.78.005 S21.G00.78.006 "
    "S21.G00.86.005 S89.G00.91.001".split()
)
_NOWHERE: tuple[int, ...] = ()


@dataclass(slots=True)
class Shape:
    """What a shape alone tells. `blemishes`: (index of a line, what is wrong).

    `places`: rubrique → indexes of its lines. `periods`: (index of a start, index of the end that belongs to it).
    """

    blemishes: list[tuple[int, Blemish]] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    periods: list[tuple[int, int]] = field(default_factory=list)

    def all(self, code: str) -> Sequence[int]:
        return self.places.get(code, _NOWHERE)

    def first(self, code: str) -> int:
        """The index of the first line of a rubrique, -1 if it has none."""
        found = self.places.get(code)
        return found[0] if found else -1


class Shapes:
    """The shapes met under the same expectations."""

    def __init__(self, expected: Expectations) -> None:
        self.expected = expected
        self._known: dict[bytes, Shape] = {}

    def of(self, codes: bytes, *, under: str) -> Shape:
        """The shape of codes put end to end, 14 bytes each, whose first bloc hangs under another ("" for S10)."""
        shape = self._known.get(codes)
        if shape is None:
            if len(self._known) >= MAX_SHAPES:
                self._known.clear()
            shape = self._known[codes] = _Walk(self.expected, under).shape(codes.decode("ascii", "replace"))
        return shape


@dataclass(slots=True)
class _Open:
    """An occurrence of a bloc that may still receive children."""

    bloc: str
    index: int
    last_order: int = 0
    children: dict[str, int] = field(default_factory=dict)


class _Walk:
    def __init__(self, expected: Expectations, under: str) -> None:
        self.expected = expected
        self.tables = expected.norm
        self.severity = expected.severity
        self.path = [_Open(under, -1)]
        self.found = Shape()

    def shape(self, codes: str) -> Shape:
        start, rubriques = 0, list[str]()
        for index, at in enumerate(range(0, len(codes), CODE_LENGTH)):
            code = codes[at : at + CODE_LENGTH]
            if rubriques and not self._continues(rubriques, code, index):
                self._occurrence(start, rubriques)
                start, rubriques = index, []
            rubriques.append(code)
            if code in _TOLD:
                self.found.places.setdefault(code, []).append(index)
        if rubriques:
            self._occurrence(start, rubriques)
        self._close_down_to(1)
        self.found.blemishes.sort(key=lambda one: one[0])
        return self.found

    def _continues(self, rubriques: list[str], code: str, index: int) -> bool:
        """Whether a line goes on with the occurrence before it.

        A number that does not increase opens a new one (§3.4), unless a mandatory rubrique ought to come before it:
        then it is a line repeated, or out of order. Where a person begins was decided before.
        """
        last, bloc = rubriques[-1], code[:BLOC_LENGTH]
        if last[:BLOC_LENGTH] != bloc or code == PEOPLE_HERE.decode():
            return False
        if code > last:
            return True
        if bloc != _PERSON and code <= self._first_mandatory(bloc):
            return False
        if code in rubriques:
            self._say(index, self.severity, Rule.REPEATED, code, f"{self._named(code)} est répété dans le même bloc.")
        else:
            message = (
                f"{self._named(code)} vient après {last} : les rubriques d’un bloc se suivent par numéro croissant."
            )
            self._say(index, self.severity, Rule.RUBRIQUE_ORDER, code, message)
        return True

    def _first_mandatory(self, bloc: str) -> str:
        mandatory = self.expected.mandatory.get(bloc)
        return mandatory[0][0] if mandatory else f"{bloc}.999"

    def _occurrence(self, index: int, rubriques: list[str]) -> None:
        bloc = rubriques[0][:BLOC_LENGTH]
        known = self.tables.blocs.get(bloc)
        if known is None:
            message = f"Le bloc {bloc} n’existe pas dans la norme {self.tables.version}."
            self._say(index, self.severity, Rule.UNKNOWN_BLOC, bloc, message)
            return
        self._place(bloc, known.parent, known.order, index)
        if rubriques[0] == PEOPLE_HERE.decode():
            self.path.pop()
            return
        if bloc in self.expected.forbidden_blocs:
            message = f"{self._bloc(bloc)} n’a pas sa place dans une déclaration de nature {self.expected.nature}."
            self._say(index, self.expected.forbidden_blocs[bloc], Rule.BLOC_FORBIDDEN, bloc, message)
        else:
            self._rubriques(bloc, index, rubriques)
        for begin, end in PERIODS.get(bloc, ()):
            if begin in rubriques and end in rubriques:
                self.found.periods.append((index + rubriques.index(begin), index + rubriques.index(end)))
        if _CONTRACT_END in rubriques and (starts := self.found.all(_CONTRACT_START)):
            self.found.periods.append((starts[-1], index + rubriques.index(_CONTRACT_END)))

    def _place(self, bloc: str, parent: str, order: int, index: int) -> None:
        """Hang the bloc under its parent, or say that it is open nowhere and hang it where it may be."""
        depth = next((at for at in range(len(self.path), 0, -1) if self.path[at - 1].bloc == parent), 0)
        if not depth:
            message = f"{self._bloc(bloc)} doit venir sous le bloc {parent}, qui n’est pas ouvert à cet endroit."
            self._say(index, self.severity, Rule.BLOC_PLACE, bloc, message)
            depth = self._nearest(parent)
        self._close_down_to(depth)
        above = self.path[-1]
        if order < above.last_order:
            message = f"{self._bloc(bloc)} vient trop tard : la norme le place avant le bloc qui le précède ici."
            self._say(index, self.severity, Rule.BLOC_PLACE, bloc, message)
        above.last_order = max(order, above.last_order)
        count = above.children[bloc] = above.children.get(bloc, 0) + 1
        if bloc != _PERSON or above.index < 0:
            self._count(bloc, count, index)
        self.path.append(_Open(bloc, index))

    def _nearest(self, bloc: str) -> int:
        while bloc:
            bloc = BLOC_PARENTS.get(bloc, "")
            for at in range(len(self.path), 0, -1):
                if self.path[at - 1].bloc == bloc:
                    return at
        return 1

    def _count(self, bloc: str, count: int, index: int) -> None:
        bounds = self.expected.bounds.get(bloc, _NO_BOUNDS)
        firm = bounds.firm_maximum is not None and count > bounds.firm_maximum
        if not firm and (bounds.maximum is None or count <= bounds.maximum):
            return
        message = f"{self._bloc(bloc)} ne peut figurer que {_times(bounds.maximum)} à cet endroit."
        self._say(index, self.severity if firm else Severity.WARNING, Rule.TOO_MANY, bloc, message)

    def _close_down_to(self, depth: int) -> None:
        """Close what is open below a depth, and say which blocs it lacked."""
        while len(self.path) > depth:
            closed = self.path.pop()
            for child in self.expected.required.get(closed.bloc, ()):
                bounds, count = self.expected.bounds[child], closed.children.get(child, 0)
                if count < bounds.minimum and child not in self.expected.forbidden_blocs:
                    severity = self.severity if count < bounds.firm_minimum else Severity.WARNING
                    message = f"{self._bloc(child)} manque : il en faut sous chaque bloc {closed.bloc}."
                    self._say(closed.index, severity, Rule.BLOC_MISSING, child, message)

    def _rubriques(self, bloc: str, index: int, rubriques: list[str]) -> None:
        for at, code in enumerate(rubriques, index):
            if code not in self.tables.rubriques:
                message = f"La rubrique {code} n’existe pas dans la norme {self.tables.version}."
                self._say(at, self.severity, Rule.UNKNOWN_RUBRIQUE, code, message)
            elif code in self.expected.forbidden:
                message = f"{self._named(code)} est interdit dans une déclaration de nature {self.expected.nature}."
                self._say(at, self.expected.forbidden[code], Rule.FORBIDDEN, code, message)
        for code, severity in self.expected.mandatory.get(bloc, ()):
            if code not in rubriques:
                message = f"{self._named(code)} manque dans le bloc {bloc}."
                self._say(index, severity, Rule.MISSING, code, message)

    def _say(self, index: int, severity: Severity, rule: Rule, code: str, message: str) -> None:
        self.found.blemishes.append((max(index, 0), Blemish(severity, rule, code, message)))

    def _named(self, code: str) -> str:
        rubrique = self.tables.rubriques.get(code)
        return f"{code} (« {rubrique.label} »)" if rubrique else code

    def _bloc(self, code: str) -> str:
        return f"Le bloc {code} (« {bloc_label(self.tables, code)} »)"


def _times(maximum: int | None) -> str:
    return "une fois" if maximum == 1 else f"{maximum} fois"
