"""What a version of the norm expects of one nature of declaration: which blocs, how many, which rubriques.

Usages are published for P25V01 and P27V01, the tree of each nature for P25V01 only (norms/SOURCES.md). What another
version expects is taken from those, and only where it is sound:

- P26V01 lies between two published versions: a usage on which both agree is its own.
- A version outside (P24V01, a later one) is only warned about what both say, but for S10 and S20.G00.05.
- Without a tree for the nature, bounds are the looser of the norm's own and P25V01's; P25V01's alone only warn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from scarabee.dsn.findings import Severity
from scarabee.dsn.norms import Bloc, Norm, norm

NATURES = ("01", "04", "05", "07", "08", "09", "10")
CANCELS = "04"
TREES = "P25V01"
"""The version whose trees per nature are published."""
USAGES = ("P25V01", "P27V01")
"""The versions whose usages are published."""

_REPLACED_ID = "S20.G00.05.006"  # depends on the type of the declaration: see declarations
_HEADINGS = ("S10.", "S20.G00.05.")
_COUNTED_APART = ("S20.G00.05", "S21.G00.30", "S90.G00.90")
_ALWAYS = ("S10.", "S20.G00.05", "S90.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many times a bloc stands under its parent; beyond the firm bounds it blocks, beyond the others it warns."""

    minimum: int
    firm_minimum: int
    maximum: int | None
    firm_maximum: int | None


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is expected of the blocs and rubriques of one nature; `forbidden_blocs` and `forbidden` give how grave.

    `mandatory`: bloc → its rubriques that must be there, in the norm's order. `required`: bloc → the blocs that must
    stand below it (people aside, whom the declaration counts). `limited`: the blocs that have a maximum.
    `telling`: those of which each occurrence must be looked at, the others being alike once the first is in its place.
    """

    norm: Norm
    nature: str
    bounds: dict[str, Bounds]
    forbidden_blocs: dict[str, Severity]
    mandatory: dict[str, list[tuple[str, Severity]]]
    forbidden: dict[str, Severity]
    required: dict[str, list[str]]
    limited: frozenset[str]
    telling: frozenset[str]

    @property
    def severity(self) -> Severity:
        """How grave it is to break the tables: they only warn where they stand in for another version."""
        return _ceiling(self.norm)

    def named(self, code: str) -> str:
        """A rubrique by its code and its label."""
        return named(self.norm, code)

    def bloc(self, code: str) -> str:
        """A bloc by its code and its label, looked for in the other versions where this one lacks it."""
        for version in (self.norm.version, *USAGES):
            if found := norm(version).blocs.get(code):
                return f"Le bloc {code} (« {found.label} »)"
        return f"Le bloc {code}"


@lru_cache(maxsize=128)
def expectations(version: str, nature: str, kind: str) -> Expectations:
    """What a version expects of a nature; an unknown nature ("") gets what all natures share.

    `kind` is the type of the declaration: of one that cancels (04) it is not known what it must repeat.
    """
    tables = norm(version)
    tree = norm(TREES).nature_blocs(nature)
    mandatory, forbidden, outlawed = _presence(tables, nature, kind)
    if tree is not None:
        outside = _ceiling(tables) if tables.version == TREES else Severity.WARNING
        for code in norm(TREES).blocs:
            if code not in tree and not code.startswith(_ALWAYS):
                outlawed.setdefault(code, outside)
    bounds = {code: _bounds(tables, bloc, tree, kind) for code, bloc in tables.blocs.items()}
    required: dict[str, list[str]] = {}
    for code, bloc in tables.blocs.items():
        if bounds[code].minimum and code not in _COUNTED_APART:
            required.setdefault(bloc.parent, []).append(code)
    limited = frozenset(code for code, one in bounds.items() if (one.maximum, one.firm_maximum) != (None, None))
    telling = limited | required.keys() | outlawed.keys()
    return Expectations(tables, nature, bounds, outlawed, mandatory, forbidden, required, limited, telling)


def _presence(
    tables: Norm, nature: str, kind: str
) -> tuple[dict[str, list[tuple[str, Severity]]], dict[str, Severity], dict[str, Severity]]:
    """Mandatory rubriques per bloc, forbidden rubriques, and blocs of which no rubrique has a place (usage N)."""
    grave = _ceiling(tables) if _is_sound(tables) else Severity.WARNING
    mandatory: dict[str, list[tuple[str, Severity]]] = {}
    forbidden: dict[str, Severity] = {}
    absent: dict[str, bool] = {}
    for code, rubrique in tables.rubriques.items():
        usage = _usage(tables, code, nature)
        absent[rubrique.bloc] = absent.get(rubrique.bloc, True) and usage == "N"
        if usage == "O" and code.startswith(_HEADINGS):
            mandatory.setdefault(rubrique.bloc, []).append((code, Severity.BLOCKING))
        elif usage == "O":
            mandatory.setdefault(rubrique.bloc, []).append((code, Severity.WARNING if kind == CANCELS else grave))
        elif usage == "I" and code != _REPLACED_ID:
            forbidden[code] = grave
    return mandatory, forbidden, {bloc: grave for bloc, nowhere in absent.items() if nowhere}


def _ceiling(tables: Norm) -> Severity:
    """The gravest that tables may say: they only warn where they stand in for another version."""
    return Severity.BLOCKING if tables.exact else Severity.WARNING


def known_nature(nature: str) -> str:
    """The nature, or "" for one that no published table names."""
    return nature if nature in NATURES else ""


def named(tables: Norm, code: str) -> str:
    """A rubrique by its code and its label."""
    rubrique = tables.rubriques.get(code)
    return f"{code} (« {rubrique.label} »)" if rubrique else code


def _is_sound(tables: Norm) -> bool:
    """Whether the published usages hold for this version: it is one of them, or lies between them."""
    return USAGES[0] <= tables.version <= USAGES[-1]


def _usage(tables: Norm, code: str, nature: str) -> str | None:
    """The usage of a rubrique, or None where nothing sound is known."""
    versions = (
        [tables.version] if tables.version in USAGES else [version for version in USAGES if _knows(version, code)]
    )
    if tables.version not in USAGES and len(versions) < len(USAGES) and _is_sound(tables):
        return None
    said = {_usage_in(norm(version), code, nature) for version in versions}
    return said.pop() if len(said) == 1 else None


def _knows(version: str, code: str) -> bool:
    return code in norm(version).rubriques


def _usage_in(tables: Norm, code: str, nature: str) -> str | None:
    if found := tables.usage(code, nature):
        return found
    said = {tables.usage(code, one) for one in NATURES} - {None}
    return "O" if said == {"O"} else None


def _bounds(tables: Norm, bloc: Bloc, tree: Mapping[str, Bloc] | None, kind: str) -> Bounds:
    own = tree.get(bloc.code) if tree is not None else None
    if bloc.code.startswith(_ALWAYS):
        return Bounds(bloc.minimum, bloc.minimum, bloc.maximum, bloc.maximum)
    if own is None:
        return Bounds(0, 0, bloc.maximum, bloc.maximum)
    if kind == CANCELS:
        return Bounds(own.minimum, 0, own.maximum, bloc.maximum)
    if tables.version == TREES:
        return Bounds(own.minimum, own.minimum, own.maximum, own.maximum)
    loosest = None if own.maximum is None or bloc.maximum is None else max(own.maximum, bloc.maximum)
    return Bounds(own.minimum, min(own.minimum, bloc.minimum), own.maximum, loosest)
