"""The verbatim bytes of a part of a declaration as a tree of blocs, for the screens; nothing is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from scarabee.dsn.norms import BLOC_PARENTS, Norm
from scarabee.dsn.readable import readable_value

UNKNOWN_BLOC = "Bloc inconnu de la norme"
UNKNOWN_RUBRIQUE = "Rubrique inconnue de la norme"
UNREADABLE_LINE = "Ligne illisible"

_LINE = re.compile(
    r"[ \t]*(?P<code>(?P<bloc>S[0-9]{2}\.G[0-9]{2}\.[0-9]{2})\.[0-9]{3})[ \t]*,[ \t]*"
    r"(?:'(?P<quoted>.*)'|(?P<bare>.*?))[ \t]*",
    re.DOTALL,
)
# where a bloc that no norm knows may hang, if it is open and of the same family (S10, S20, S21, S89)
_HOLDERS = frozenset({"S10.G00.00", "S20.G00.05", "S21.G00.06", "S21.G00.11", "S21.G00.30", "S89.G00.32", "S89.G00.91"})
_DECLARATION = "S20.G00.05"


@dataclass(slots=True)
class RubriqueLine:
    """One line: `value` as written, `value_label` from a closed list, `readable` for a French reader.

    A line that is no rubrique has the code "" and its whole text as value. `line` counts from 1 in the file.
    """

    code: str
    label: str
    value: str
    value_label: str | None
    readable: str
    line: int


@dataclass(slots=True)
class BlocNode:
    """One occurrence of a bloc; the code is "" for lines met before any bloc."""

    code: str
    label: str
    rubriques: list[RubriqueLine] = field(default_factory=list)
    children: list["BlocNode"] = field(default_factory=list)


def decode(data: bytes) -> str:
    """ISO-8859-1 as the norm wants, or UTF-8 when accents are valid UTF-8, as some programs write."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_tree(data: bytes, *, norm: Norm, first_line: int = 1) -> list[BlocNode]:
    """The blocs of `data`, each below the last parent opened above it.

    A new occurrence starts when the bloc changes or the number of the rubrique does not increase (cahier
    technique §3.4). A bloc whose parent is not open hangs on its nearest open ancestor, else it is a root.
    Lines are numbered from `first_line`.
    """
    builder = _Builder(norm)
    for number, text in _lines(data, first_line):
        match = _LINE.fullmatch(text)
        if match is None:
            builder.add_unreadable(text, number)
        else:
            value = match["bare"] if match["quoted"] is None else match["quoted"]
            builder.add(match["bloc"], match["code"], value, number)
    return builder.roots


type _Path = tuple[BlocNode, ...]  # a node with all its parents, the root first


class _Builder:
    def __init__(self, norm: Norm) -> None:
        self.norm = norm
        self.roots: list[BlocNode] = []
        self.opened: dict[str, _Path] = {}  # bloc → its last occurrence that may still receive children
        self.path: _Path = ()
        self.last_code = ""

    def add(self, bloc: str, code: str, value: str, line: int) -> None:
        if not self.path or self.path[-1].code != bloc or code <= self.last_code:
            self.open(bloc)
        self.last_code = code
        rubrique = self.norm.rubriques.get(code)
        value_label = self.norm.value_label(code, value)
        label = rubrique.label if rubrique else UNKNOWN_RUBRIQUE
        readable = f"{value} – {value_label}" if value_label else readable_value(rubrique, value)
        self.path[-1].rubriques.append(RubriqueLine(code, label, value, value_label, readable, line))

    def add_unreadable(self, text: str, line: int) -> None:
        if not self.path:
            self.path = (BlocNode("", UNREADABLE_LINE),)
            self.roots.append(self.path[-1])
        self.path[-1].rubriques.append(RubriqueLine("", UNREADABLE_LINE, text, None, text, line))

    def open(self, bloc: str) -> None:
        known = self.norm.blocs.get(bloc)
        node = BlocNode(bloc, known.label if known else UNKNOWN_BLOC)
        above = self.parents_of(bloc, known.parent if known else BLOC_PARENTS.get(bloc))
        (above[-1].children if above else self.roots).append(node)
        for below in _descendants(bloc):
            self.opened.pop(below, None)
        self.path = self.opened[bloc] = (*above, node)

    def parents_of(self, bloc: str, parent: str | None) -> _Path:
        if parent is None:
            return self.holders_of(bloc)
        while parent and parent not in self.opened:
            parent = BLOC_PARENTS.get(parent, "")
        return self.opened.get(parent, ())

    def holders_of(self, bloc: str) -> _Path:
        """Where to hang a bloc that no norm knows: an S21 met among a person's lines is the person's."""
        for depth in range(len(self.path), 0, -1):
            code = self.path[depth - 1].code
            below_declaration = code == _DECLARATION and bloc[:3] in ("S21", "S89")
            if below_declaration or (code in _HOLDERS and code[:3] == bloc[:3]):
                return self.path[:depth]
        return ()


def _lines(data: bytes, first_line: int) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(data.split(b"\n"), first_line):
        if raw.strip():
            yield number, decode(raw.removesuffix(b"\r")).removeprefix("\ufeff")


@cache
def _descendants(bloc: str) -> tuple[str, ...]:
    children = [code for code, parent in BLOC_PARENTS.items() if parent == bloc]
    return tuple(children) + tuple(below for child in children for below in _descendants(child))
