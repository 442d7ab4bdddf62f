"""Merge yearly norm tables into the ones of the package: `python scripts/norms/build.py FOLDER`.

FOLDER holds one folder per version (P27V01, ...) with blocs.tsv, rubriques.tsv and valeurs.tsv, and where
published usages.tsv and blocs_par_nature.tsv (columns: see SOURCES.md beside the tables). Versions that the
package knows and FOLDER does not hold are kept as they are: next year's folder may hold next year only.
Nothing is written if a table contradicts the layout (one type name with two definitions, an order that cannot
be merged): the script stops and names the row.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

NORMS = Path(__file__).resolve().parents[2] / "src" / "scarabee" / "dsn" / "norms"
sys.path.insert(0, str(NORMS))  # the package itself cannot be imported while its tables are missing

import rows  # noqa: E402

FORMATS = {"Alphanumeric": "X", "Numeric": "N", "Date": "D", "Enumeration": "E", "ExternalReferential": "R"}
# file → (columns of the key, columns of the content); `since` and `until` follow
LAYOUT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "blocs": (("bloc",), ("parent", "label", "min", "max")),
    "rubriques": (("code",), ("type", "label")),
    "types": (("type",), ("format", "min", "max", "regexp")),
    "values": (("type", "value"), ("label",)),
}
PER_NATURE = {"usages": "code", "nature_blocs": "bloc"}

type Key = tuple[str, ...]
type Table = dict[Key, tuple[str, ...]]
type Version = dict[str, Table]
type NatureTable = dict[str, dict[str, str]]  # code of the row → nature → cell


def read_source(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def put(table: Table, key: Key, content: tuple[str, ...]) -> None:
    if table.setdefault(key, content) != content:
        raise SystemExit(f"{key}: {table[key]} contradicts {content}")


def version_from_folder(folder: Path) -> tuple[Version, dict[str, NatureTable]]:
    tables: Version = {name: {} for name in LAYOUT}
    for row in read_source(folder / "blocs.tsv"):
        put(tables["blocs"], (row["bloc"],), (row["parent"], row["label"], row["min"], row["max"]))
    type_of = {}
    for row in read_source(folder / "rubriques.tsv"):
        code, name = row["code"], row["type_donnee"]
        letter = FORMATS[row["nature"]]
        if row["bloc"] != code[:10] or row["type"] != (letter if letter in "ND" else "X"):
            raise SystemExit(f"{folder.name} {code}: bloc or type contradicts the code or the nature")
        type_of[code] = name
        put(tables["rubriques"], (code,), (name, row["label"]))
        put(tables["types"], (name,), (letter, row["min"], row["max"], row["regexp"]))
    tables["types"] = dict(sorted(tables["types"].items()))  # their order says nothing
    lists: dict[str, list[tuple[str, str]]] = {}
    for row in read_source(folder / "valeurs.tsv"):
        lists.setdefault(row["code"], []).append((row["valeur"], row["label"]))
    seen: dict[str, list[tuple[str, str]]] = {}
    for code, values in lists.items():
        if seen.setdefault(type_of[code], values) != values:
            raise SystemExit(f"{folder.name} {code}: two lists of values under the type {type_of[code]}")
        for value, label in values:
            put(tables["values"], (type_of[code], value), (label,))
    return tables, natures_from_folder(folder)


def natures_from_folder(folder: Path) -> dict[str, NatureTable]:
    natures: dict[str, NatureTable] = {}
    if (path := folder / "usages.tsv").exists():
        natures["usages"] = {
            row["code"]: {name.removeprefix("nature_"): cell for name, cell in row.items() if name != "code"}
            for row in read_source(path)
        }
    if (path := folder / "blocs_par_nature.tsv").exists():
        trees: NatureTable = {row["bloc"]: {} for row in read_source(folder / "blocs.tsv")}
        for row in read_source(path):
            trees[row["bloc"]][row["nature"]] = f"{row['min']}..{row['max']}"
        natures["nature_blocs"] = {bloc: cells for bloc, cells in trees.items() if cells}
    return natures


def version_from_package(version: str, published: dict[str, list[str]]) -> tuple[Version, dict[str, NatureTable]]:
    tables: Version = {}
    for name, (key, _) in LAYOUT.items():
        tables[name] = {tuple(r[: len(key)]): tuple(r[len(key) : -2]) for r in rows.rows_in(name, version)}
    natures = {}
    for name in PER_NATURE:
        if published[name]:
            header = rows.read(name)[0][1:-2]
            natures[name] = {
                row[0]: {n: c for n, c in zip(header, row[1:-2], strict=True) if n in published[name] and c}
                for row in rows.rows_in(name, version)
            }
    return tables, natures


def merge_order(sequences: Iterable[list[Key]]) -> list[Key]:
    """One order that contains each sequence's; a new key goes right after the key that precedes it."""
    merged: list[Key] = []
    for sequence in sequences:
        known, at = set(merged), 0
        for key in sequence:
            if key in known:
                at = merged.index(key) + 1
            else:
                merged.insert(at, key)
                at += 1
    for sequence in sequences:
        kept = set(sequence)
        if [key for key in merged if key in kept] != sequence:
            raise SystemExit("the versions list the same rows in different orders: " + str(sequence[:3]))
    return merged


def merged_rows(tables: dict[str, Table]) -> list[list[str]]:
    versions = sorted(tables)
    lines = []
    for key in merge_order([list(tables[version]) for version in versions]):
        spans: list[tuple[tuple[str, ...] | None, str, str]] = []
        for version in versions:
            found = tables[version].get(key)
            if spans and spans[-1][0] == found:
                spans[-1] = (found, spans[-1][1], version)
            else:
                spans.append((found, version, version))
        for content, first, last in spans:
            if content is not None:
                lines.append([*key, *content, *dates(first, last, versions)])
    return lines


def merged_nature_rows(tables: dict[str, NatureTable], natures: list[str]) -> list[list[str]]:
    """As merged_rows, but a nature that one version does not publish does not make a new row."""
    versions = sorted(tables)
    published = {v: {n for cells in table.values() for n in cells} for v, table in tables.items()}
    lines = []
    for (code,) in merge_order([[(code,) for code in tables[version]] for version in versions]):
        spans: list[tuple[dict[str, str], list[str]]] = []
        for before, version in zip(["", *versions], versions, strict=False):
            cells = tables[version].get(code)
            if cells is None:
                continue
            if spans and before in spans[-1][1]:
                shared = published[before] & published[version]
                if all(spans[-1][0].get(n, "") == cells.get(n, "") for n in shared):
                    spans[-1] = (spans[-1][0] | cells, [*spans[-1][1], version])
                    continue
            spans.append((cells, [version]))
        for cells, held in spans:
            lines.append([code, *(cells.get(n, "") for n in natures), *dates(held[0], held[-1], versions)])
    return lines


def dates(first: str, last: str, versions: list[str]) -> tuple[str, str]:
    return "" if first == versions[0] else first, "" if last == versions[-1] else last


def write(name: str, header: list[str], lines: list[list[str]]) -> None:
    text = "".join("\t".join(row).rstrip("\t") + "\n" for row in [header, *lines])
    (rows.FOLDER / f"{name}.tsv").write_text(text, encoding="utf-8", newline="\n")
    print(f"{name}.tsv: {len(lines)} rows")


def known_in_package() -> dict[str, dict[str, list[str]]]:
    if not (rows.FOLDER / "versions.tsv").exists():
        return {}
    header, versions = rows.read("versions")
    return {v: {n: c.split() for n, c in zip(header[1:], cells, strict=True)} for v, *cells in versions}


def main(folder: Path) -> None:
    loaded = {v: version_from_package(v, published) for v, published in known_in_package().items()}
    found = [path for path in sorted(folder.iterdir()) if re.fullmatch(r"P\d\dV\d\d", path.name)]
    if not found:
        raise SystemExit(f"{folder}: no folder named like P27V01")
    loaded |= {path.name: version_from_folder(path) for path in found}
    merged = {}
    for name, (key, content) in LAYOUT.items():
        merged[name] = ([*key, *content], merged_rows({v: tables[name] for v, (tables, _) in loaded.items()}))
    natures: dict[str, dict[str, list[str]]] = {v: {} for v in loaded}
    for name, key_column in PER_NATURE.items():
        per_version = {v: tables[name] for v, (_, tables) in loaded.items() if name in tables}
        for version, table in per_version.items():
            natures[version][name] = sorted({n for cells in table.values() for n in cells})
        columns = sorted({n for v in per_version for n in natures[v][name]})
        merged[name] = ([key_column, *columns], merged_nature_rows(per_version, columns))
    for name, (columns, lines) in merged.items():
        write(name, [*columns, "since", "until"], lines)
    versions = [[v, *(" ".join(natures[v].get(name, [])) for name in PER_NATURE)] for v in sorted(loaded)]
    write("versions", ["version", *PER_NATURE], versions)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
