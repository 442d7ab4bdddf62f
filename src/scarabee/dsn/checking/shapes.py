"""The shape of a part (its codes, whatever the values): blocs in order, under their parents, as many as they may be.

A person's part, a declaration's own part and the S10 lines are each walked the same way; parts of one shape share the
answer, so that most of a large file costs one look-up per person. Rules: cahier technique §3.4, §8.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from scarabee.dsn.checking.expectations import Bounds, Expectations
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.checking.runs import MAX_BLEMISHES, PERSON, Run, look_at
from scarabee.dsn.findings import Severity
from scarabee.dsn.norms import BLOC_PARENTS

PEOPLE_HERE = b"S21.G00.30.---"
"""Stands in a declaration's own part where people are, so that what surrounds them is seen to be in its place."""
MAX_REMEMBERED, LONGEST_REMEMBERED = 4096, 1 << 15

_RUN = re.compile(rb"(S[0-9]{2}\.G[0-9]{2}\.[0-9]{2}\.)[-0-9]{3}(?:\1[-0-9]{3})*+")
_NO_BOUNDS = Bounds(0, 0, None, None)
_CONTRACT_START, _CONTRACT_END = "S21.G00.40.001", "S21.G00.62.001"
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
        self._runs: dict[bytes, Run] = {}

    def of(self, codes: bytes, *, under: str) -> Shape:
        """The shape of codes put end to end, 14 bytes each, whose first bloc hangs under another ("" for S10)."""
        shape = self._known.get(codes)
        if shape is None:
            walk = _Walk(self.expected, under)
            for match in _RUN.finditer(codes):
                walk.take(self._run(match[0]))
            shape = walk.end()
            _remember(self._known, codes, shape)
        return shape

    def _run(self, codes: bytes) -> Run:
        run = self._runs.get(codes)
        if run is None:
            run = look_at(codes.decode("ascii"), self.expected)
            _remember(self._runs, codes, run)
        return run


def _remember[Known](memory: dict[bytes, Known], codes: bytes, known: Known) -> None:
    """Keep an answer, in bounded memory."""
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    if len(codes) <= LONGEST_REMEMBERED:
        memory[codes] = known


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
        self.blocs = expected.norm.blocs
        self.path = [_Open(under, -1)]
        self.found = Shape()
        self.index = 0

    def take(self, run: Run) -> None:
        """The next run of the part."""
        found, base = self.found, self.index
        self.index += run.size
        if known := self.blocs.get(run.bloc):
            for start in run.starts if run.bloc in self.expected.telling else run.starts[:1]:
                self._place(run.bloc, known.parent, known.order, base + start)
            if run.bloc == PERSON and PEOPLE_HERE.decode() in run.places:
                self.path.pop()
                return
        else:
            message = f"Le bloc {run.bloc} n’existe pas dans la norme {self.expected.norm.version}."
            self._say(base, self.expected.severity, Rule.UNKNOWN_BLOC, run.bloc, message)
        found.blemishes += [(base + at, blemish) for at, blemish in run.blemishes]
        for code, places in run.places.items():
            found.places.setdefault(code, []).extend([base + at for at in places])
        found.periods += [(base + begin, base + end) for begin, end in run.periods]
        if _CONTRACT_END in run.places and (starts := found.all(_CONTRACT_START)):
            found.periods.append((starts[-1], base + run.places[_CONTRACT_END][0]))

    def end(self) -> Shape:
        """The part is over: what was found, by line."""
        self._close_down_to(1)
        self.found.blemishes.sort(key=lambda one: one[0])
        return self.found

    def _place(self, bloc: str, parent: str, order: int, index: int) -> None:
        """Hang the bloc under its parent, or say that it is open nowhere and hang it where it may be."""
        path, depth = self.path, len(self.path)
        while depth and path[depth - 1].bloc != parent:
            depth -= 1
        if not depth:
            message = (
                f"{self.expected.bloc(bloc)} doit venir sous le bloc {parent}, qui n’est pas ouvert à cet endroit."
            )
            self._say(index, self.expected.severity, Rule.BLOC_PLACE, bloc, message)
            depth = self._nearest(parent)
        if len(path) > depth:
            self._close_down_to(depth)
        above = path[-1]
        if order < above.last_order:
            message = (
                f"{self.expected.bloc(bloc)} vient trop tard : la norme le place avant le bloc qui le précède ici."
            )
            self._say(index, self.expected.severity, Rule.BLOC_PLACE, bloc, message)
        else:
            above.last_order = order
        count = above.children[bloc] = above.children.get(bloc, 0) + 1
        if bloc in self.expected.forbidden_blocs:
            message = (
                f"{self.expected.bloc(bloc)} n’a pas sa place dans une déclaration de nature {self.expected.nature}."
            )
            self._say(index, self.expected.forbidden_blocs[bloc], Rule.BLOC_FORBIDDEN, bloc, message)
        elif bloc in self.expected.limited and (bloc != PERSON or above.index < 0):
            self._count(bloc, count, index)
        path.append(_Open(bloc, index))

    def _nearest(self, bloc: str) -> int:
        """The depth of the nearest ancestor that is open."""
        while bloc:
            bloc = BLOC_PARENTS.get(bloc, "")
            for depth in range(len(self.path), 0, -1):
                if self.path[depth - 1].bloc == bloc:
                    return depth
        return 1

    def _count(self, bloc: str, count: int, index: int) -> None:
        bounds = self.expected.bounds.get(bloc, _NO_BOUNDS)
        firm = bounds.firm_maximum is not None and count > bounds.firm_maximum
        if not firm and (bounds.maximum is None or count <= bounds.maximum):
            return
        times = "une fois" if bounds.maximum == 1 else f"{bounds.maximum} fois"
        message = f"{self.expected.bloc(bloc)} ne peut figurer que {times} à cet endroit."
        self._say(index, self.expected.severity if firm else Severity.WARNING, Rule.TOO_MANY, bloc, message)

    def _close_down_to(self, depth: int) -> None:
        """Close what is open below a depth, and say which blocs it lacked."""
        while len(self.path) > depth:
            closed = self.path.pop()
            for child in self.expected.required.get(closed.bloc, ()):
                bounds, count = self.expected.bounds[child], closed.children.get(child, 0)
                if count < bounds.minimum and child not in self.expected.forbidden_blocs:
                    severity = self.expected.severity if count < bounds.firm_minimum else Severity.WARNING
                    message = f"{self.expected.bloc(child)} manque : il en faut sous chaque bloc {closed.bloc}."
                    self._say(closed.index, severity, Rule.BLOC_MISSING, child, message)

    def _say(self, index: int, severity: Severity, rule: Rule, code: str, message: str) -> None:
        if len(self.found.blemishes) < MAX_BLEMISHES:
            self.found.blemishes.append((max(index, 0), Blemish(severity, rule, code, message)))
