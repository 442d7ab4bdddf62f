"""Invented files against the official tables: a plain and slow checker that shares nothing with the code."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from scarabee.dsn import invention

TABLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "norme"
NORMS = ("P24V01", "P25V01", "P26V01", "P27V01")
type Occurrence = tuple[str, list[tuple[str, str]]]  # a bloc and its (code, value)
needs_tables = pytest.mark.skipif(not TABLES.is_dir(), reason=f"norm tables are absent: {TABLES}")


class Norm:
    """The tables of one norm, as dictionaries."""

    def __init__(self, version: str) -> None:
        self.blocs = {row["bloc"]: row for row in _table(version, "blocs")}
        self.rubriques = {row["code"]: row for row in _table(version, "rubriques")}
        self.values: dict[str, set[str]] = {}
        for row in _table(version, "valeurs"):
            self.values.setdefault(row["code"], set()).add(row["valeur"])
        usages = _table(version if version in ("P25V01", "P27V01") else "P25V01", "usages")
        self.usages = {row["code"]: row for row in usages}
        self.trees: dict[str, dict[str, dict[str, str]]] = {}
        for row in _table("P25V01", "blocs_par_nature"):
            self.trees.setdefault(row["nature"], {})[row["bloc"]] = row


def _table(version: str, name: str) -> list[dict[str, str]]:
    with (TABLES / version / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


norm_of = cache(Norm)


def faults(content: bytes) -> list[str]:
    """Return everything wrong with a file, in words."""
    found: list[str] = []
    text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines.pop():
        found.append("last line is not ended")
    if "\r\n" in text and text.count("\r\n") != len(lines):
        found.append("line ends are mixed")
    rubriques: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"(S\d\d\.G\d\d\.\d\d\.\d{3}),'(.+)'", line)
        if match is None or len(line) > 256:
            found.append(f"line {number} is not a rubrique: {line}")
            continue
        rubriques.append((match[1], match[2]))
    values = dict(rubriques)
    norm = norm_of(values["S10.G00.00.006"])
    for code, value in rubriques:
        found += _value_faults(norm, code, value)
    occurrences = list(_occurrences(rubriques))
    found += _structure_faults(norm, occurrences)
    found += _usage_faults(norm, occurrences)
    if values["S90.G00.90.001"] != str(len(lines)):
        found.append("S90.G00.90.001 is not the number of lines")
    if values["S90.G00.90.002"] != str(sum(code == "S20.G00.05.001" for code, _ in rubriques)):
        found.append("S90.G00.90.002 is not the number of declarations")
    types = [value for code, value in rubriques if code == "S20.G00.05.002"]
    natures = {value for code, value in rubriques if code == "S20.G00.05.001"}
    without_people = natures == {"01"} and set(types) <= {"02", "05"}
    if (values["S10.G00.00.008"] == "02") != without_people:
        found.append("S10.G00.00.008 does not tell whether the envoi is néant")
    return found


def _value_faults(norm: Norm, code: str, value: str) -> Iterator[str]:
    row = norm.rubriques.get(code)
    if row is None:
        yield f"{code} is not in the norm"
        return
    if not int(row["min"]) <= len(value) <= int(row["max"]):
        yield f"{code} {value!r}: length is not {row['min']} to {row['max']}"
    if value != value.strip() or re.search(r"[\x00-\x1f\x7f-\x9f]", value):
        yield f"{code} {value!r}: blanks or control characters"
    if code in norm.values and value not in norm.values[code]:
        yield f"{code} {value!r}: not in its list"
    if row["regexp"] and not re.fullmatch(row["regexp"], value):
        yield f"{code} {value!r}: does not match {row['regexp']}"


def _occurrences(rubriques: list[tuple[str, str]]) -> Iterator[Occurrence]:
    """Yield each bloc occurrence: a new one where the bloc changes or the number does not increase."""
    current: list[tuple[str, str]] = []
    for code, value in rubriques:
        if current and (code[:10] != current[-1][0][:10] or code <= current[-1][0]):
            yield current[0][0][:10], current
            current = []
        current.append((code, value))
    yield current[0][0][:10], current


def _structure_faults(norm: Norm, occurrences: list[Occurrence]) -> Iterator[str]:
    """Check parents, order among brothers and cardinalities, with the tree of each nature below the S20."""
    tree, nature = norm.blocs, "01"
    path: list[str] = []  # open blocs, from the outermost
    counts: list[dict[str, int]] = [{}]  # how many children of each kind, at each depth
    for bloc, rubriques in occurrences:
        if bloc not in norm.blocs:
            yield f"{bloc} is not in the norm"
            continue
        parent = tree[bloc]["parent"]
        depth = path.index(parent) + 1 if parent in path else 0
        if parent and not depth:
            yield f"{bloc} stands outside {parent}"
        while len(path) > depth:
            yield from _missing_children(norm, path.pop(), counts.pop(), nature)
        if bloc == "S20.G00.05":
            nature = rubriques[0][1]
        if bloc.startswith(("S21", "S89", "S20.G00.07")) and bloc not in norm.trees[nature]:
            yield f"{bloc} has no place in nature {nature}"
        brothers = counts[-1]
        order = int(tree[bloc]["ordre"])
        if any(int(tree[brother]["ordre"]) > order for brother in brothers):
            yield f"{bloc} comes after a later bloc"
        brothers[bloc] = brothers.get(bloc, 0) + 1
        most = norm.trees[nature].get(bloc, tree[bloc])["max"]
        if most != "*" and brothers[bloc] > int(most):
            yield f"{bloc} more than {most} times"
        path.append(bloc)
        counts.append({})
    while path:
        yield from _missing_children(norm, path.pop(), counts.pop(), nature)


def _missing_children(norm: Norm, bloc: str, children: dict[str, int], nature: str) -> Iterator[str]:
    tree = norm.trees[nature] if bloc.startswith(("S20", "S21", "S89")) else norm.blocs
    for row in tree.values():
        if row["parent"] == bloc and int(row["min"]) > children.get(row["bloc"], 0):
            yield f"{bloc} lacks its {row['bloc']} (nature {nature})"


def _usage_faults(norm: Norm, occurrences: list[Occurrence]) -> Iterator[str]:
    nature = "01"
    for bloc, rubriques in occurrences:
        if bloc == "S20.G00.05":
            nature = rubriques[0][1]
        present = {code for code, _ in rubriques}
        for code in present:
            usage = norm.usages.get(code, {}).get(f"nature_{nature}", "C")
            if usage == "I" and not (code == "S20.G00.05.006" and "03" in dict(rubriques)["S20.G00.05.002"]):
                yield f"{code} is forbidden in nature {nature}"
        for code, row in norm.usages.items():
            wanted = row[f"nature_{nature}"] == "O" and code.startswith(bloc) and code in norm.rubriques
            if wanted and code not in present:
                yield f"{code} is mandatory in nature {nature}"


def assert_conforms(content: bytes) -> None:
    found = faults(content)
    assert not found, "\n".join(dict.fromkeys(found))


@needs_tables
@pytest.mark.parametrize("norm", NORMS)
def test_a_bureau_s_year_conforms_to_each_norm(norm: str) -> None:
    bureau = invention.invent_bureau(5, employers=6, employees_per_employer=(3, 7), months=12, norm=norm)
    for month in bureau.all_months:
        assert_conforms(invention.month_file(bureau, month))


@needs_tables
def test_replacements_fractions_and_nil_files_conform() -> None:
    bureau = invention.invent_bureau(6, employers=6, months=3)
    month = bureau.all_months[1]
    assert_conforms(invention.replacement_file(bureau, month))
    assert_conforms(invention.replacement_file(bureau, month, order=3, without_people=True))
    assert_conforms(invention.nil_file(bureau, month, line_end=invention.LF))
    assert_conforms(invention.month_file(bureau, month, fraction_count=3, real=True))
    assert_conforms(invention.month_file(bureau, month, champ="02"))


@needs_tables
def test_the_checker_sees_what_is_wrong() -> None:
    bureau = invention.invent_bureau(6, employers=1, months=1, norm="P25V01")
    good = invention.month_file(bureau, bureau.first_month)
    lines = good.split(b"\r\n")
    pay = next(number for number, line in enumerate(lines) if line.startswith(b"S21.G00.50.001"))
    assert "S21.G00.50.001 is mandatory in nature 01" in faults(b"\r\n".join(lines[:pay] + lines[pay + 1 :]))
    assert any("not in its list" in fault for fault in faults(good.replace(b"40.016,'99'", b"40.016,'77'")))
    assert any("is not the number" in fault for fault in faults(good.replace(b"90.002,'1'", b"90.002,'2'")))
    retirement = b"S21.G00.71.002,'RUAA'\r\n"
    assert any("lacks its S21.G00.71" in fault for fault in faults(good.replace(retirement, b"")))
    moved = good.replace(retirement, b"").replace(b"S21.G00.40.001", retirement + b"S21.G00.40.001")
    assert any("stands outside" in fault for fault in faults(moved))


@needs_tables
def test_the_start_of_a_large_file_conforms() -> None:
    written: list[bytes] = []

    class Collector:
        def write(self, block: bytes, /) -> None:
            written.append(block)

    invention.write_large_file(Collector(), lines=40_000, persons_per_declaration=4, new_people_share=0.2)
    assert_conforms(b"".join(written))


@needs_tables
def test_random_declarations_conform() -> None:
    for content in islice(invention.random_declarations(11, 150), 150):
        assert_conforms(content)
