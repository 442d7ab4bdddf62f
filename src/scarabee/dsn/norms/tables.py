"""What one version of the norm says: its blocs, its rubriques, their closed lists and their usages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal, cast

from scarabee.dsn.norms import rows

KNOWN_VERSIONS: tuple[str, ...] = tuple(row[0] for row in rows.read("versions")[1])
NO_VALUES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bloc:
    """One bloc; `parent` is "" for S10.G00.00, `order` its rank in the message, no `maximum`: unbounded."""

    code: str
    label: str
    parent: str
    order: int
    minimum: int
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Rubrique:
    """One rubrique; `minimum` and `maximum` are lengths in characters.

    `regexp` is the norm's own (XML Schema syntax, which `re.fullmatch` reads alike for those published);
    `type_name` is the norm's name of the type of data, such as `Montant_ZNS_4_12_2_N_Z`.
    """

    code: str
    bloc: str
    label: str
    kind: Literal["X", "N", "D"]
    minimum: int
    maximum: int
    regexp: str | None
    type_name: str
    version: str

    @property
    def values(self) -> Mapping[str, str]:
        """Closed list value → label, in the norm's order; empty for free text and external référentiels."""
        return _value_lists(self.version).get(self.type_name, NO_VALUES)


@dataclass(frozen=True, slots=True)
class Norm:
    """Tables of `version`; `exact` is False when they stand in for another version, unknown here."""

    version: str
    exact: bool
    blocs: Mapping[str, Bloc]
    rubriques: Mapping[str, Rubrique]

    def value_label(self, code: str, value: str) -> str | None:
        """Label of a value in the closed list of a rubrique, None if either is unknown."""
        rubrique = self.rubriques.get(code)
        return rubrique.values.get(value) if rubrique else None

    def usage(self, code: str, nature: str) -> str | None:
        """O obligatoire, C conditionnel, F facultatif, I interdit or N; None where it is not published."""
        return _usages(self.version).get(nature, {}).get(code)

    def nature_blocs(self, nature: str) -> Mapping[str, Bloc] | None:
        """Blocs below S20.G00.05 for this nature, with the bounds they have there; None if not published."""
        return _nature_blocs(self.version).get(nature)


@lru_cache(maxsize=64)
def norm(version: str) -> Norm:
    """The tables of a version, or of the nearest known one: the last not after it, else the oldest.

    Whatever is not shaped like `P26V01` gets the newest tables.
    """
    if version in KNOWN_VERSIONS:
        return _load(version)
    shaped = len(version) == 6 and version[0] == "P" and version[3] == "V"
    before = [known for known in KNOWN_VERSIONS if known <= version or not shaped]
    return replace(_load(before[-1] if before else KNOWN_VERSIONS[0]), exact=False)


@cache
def _load(version: str) -> Norm:
    blocs: dict[str, Bloc] = {}
    for code, parent, label, minimum, maximum, _, _ in rows.rows_in("blocs", version):
        blocs[code] = Bloc(code, label, parent, len(blocs) + 1, int(minimum), _bound(maximum))
    types = {row[0]: row for row in rows.rows_in("types", version)}
    rubriques: dict[str, Rubrique] = {}
    for code, name, label, _, _ in rows.rows_in("rubriques", version):
        _, letter, minimum, maximum, regexp, _, _ = types[name]
        kind = cast(Literal["X", "N", "D"], letter if letter in "ND" else "X")
        rubriques[code] = Rubrique(
            code, code[:10], label, kind, int(minimum), int(maximum), regexp or None, name, version
        )
    return Norm(version, True, MappingProxyType(blocs), MappingProxyType(rubriques))


@cache
def _value_lists(version: str) -> dict[str, Mapping[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for name, value, label, _, _ in rows.rows_in("values", version):
        lists.setdefault(name, {})[value] = label
    return {name: MappingProxyType(values) for name, values in lists.items()}


@cache
def _usages(version: str) -> dict[str, dict[str, str]]:
    return _per_nature("usages", version)


@cache
def _nature_blocs(version: str) -> dict[str, Mapping[str, Bloc]]:
    blocs = _load(version).blocs
    return {
        nature: MappingProxyType({code: _bounded(blocs[code], cell) for code, cell in cells.items()})
        for nature, cells in _per_nature("nature_blocs", version).items()
    }


def _per_nature(name: str, version: str) -> dict[str, dict[str, str]]:
    """nature → code → cell, for the natures that the version publishes."""
    header, versions = rows.read("versions")
    published = next(row for row in versions if row[0] == version)[header.index(name)].split()
    column = {nature: rows.read(name)[0].index(nature) for nature in published}
    dated = rows.rows_in(name, version)
    return {nature: {row[0]: row[at] for row in dated if row[at]} for nature, at in column.items()}


def _bounded(bloc: Bloc, cell: str) -> Bloc:
    minimum, maximum = cell.split("..")
    return replace(bloc, minimum=int(minimum), maximum=_bound(maximum))


def _bound(cell: str) -> int | None:
    return None if cell == "*" else int(cell)


def _person_blocs() -> frozenset[str]:
    links = [(row[0], row[1]) for row in rows.read("blocs")[1]]
    found = {"S21.G00.30"}
    while more := {bloc for bloc, parent in links if parent in found} - found:
        found |= more
    return frozenset(found)


# bloc → parent over all known norms ("" for S10.G00.00)
BLOC_PARENTS: Mapping[str, str] = MappingProxyType({row[0]: row[1] for row in rows.read("blocs")[1]})
# S21.G00.30 and all its descendants in any known norm
PERSON_BLOCS: frozenset[str] = _person_blocs()
