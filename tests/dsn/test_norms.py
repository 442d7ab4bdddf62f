"""The merged tables say of each version exactly what its own tables say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scarabee.dsn.norms import BLOC_PARENTS, KNOWN_VERSIONS, PERSON_BLOCS, norm, rows

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY.parent / "shared" / "data" / "norme"
needs_source = pytest.mark.skipif(
    not SOURCE.is_dir(), reason="the source tables of the norms are not beside the repository"
)


def read(version: str, name: str) -> list[dict[str, str]]:
    header, *lines = (SOURCE / version / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


def star(bound: int | None) -> str:
    return "*" if bound is None else str(bound)


@needs_source
@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_row_of_the_source_tables_comes_back_in_order(version: str) -> None:
    tables = norm(version)
    assert [
        (str(b.order), b.code, b.parent, b.label, str(b.minimum), star(b.maximum)) for b in tables.blocs.values()
    ] == [tuple(row.values()) for row in read(version, "blocs")]
    assert [
        (r.code, r.bloc, r.label, r.kind, str(r.minimum), str(r.maximum), r.type_name, r.regexp or "")
        for r in tables.rubriques.values()
    ] == [
        tuple(row[k] for k in ("code", "bloc", "label", "type", "min", "max", "type_donnee", "regexp"))
        for row in read(version, "rubriques")
    ]
    assert [(r.code, value, label) for r in tables.rubriques.values() for value, label in r.values.items()] == [
        tuple(row.values()) for row in read(version, "valeurs")
    ]


@needs_source
@pytest.mark.parametrize("version", ["P25V01", "P27V01"])
def test_usages_are_those_of_the_published_table(version: str) -> None:
    for row in read(version, "usages"):
        code = row.pop("code")
        assert {name: norm(version).usage(code, name[-2:]) for name in row} == row


@needs_source
def test_trees_per_nature_are_those_of_the_published_table() -> None:
    published = [
        (row["nature"], row["bloc"], row["parent"], row["min"], row["max"])
        for row in read("P25V01", "blocs_par_nature")
    ]
    ours = [
        (nature, b.code, b.parent, str(b.minimum), star(b.maximum))
        for nature in ("01", "05", "04", "07", "08", "09")
        for b in (norm("P25V01").nature_blocs(nature) or {}).values()
    ]
    assert sorted(ours) == sorted(published)
    assert [row for row in ours if row[0] == "01"] == [row for row in published if row[0] == "01"]


def test_what_a_version_does_not_publish_is_none() -> None:
    assert norm("P26V01").usage("S21.G00.30.001", "01") is None
    assert norm("P25V01").usage("S21.G00.30.001", "10") is None
    assert norm("P27V01").nature_blocs("01") is None


def test_a_rubrique_exists_only_in_its_own_years() -> None:
    assert ["S21.G00.06.009" in norm(v).rubriques for v in KNOWN_VERSIONS] == [True, True, False, False]
    assert ["S21.G00.75" in norm(v).blocs for v in KNOWN_VERSIONS] == [False, False, False, True]
    assert norm("P25V01").value_label("S20.G00.05.001", "10") is None
    assert norm("P26V01").value_label("S20.G00.05.001", "10") is not None
    assert norm("P26V01").value_label("S99.G00.00.001", "01") is None


@pytest.mark.parametrize(
    ("asked", "used"),
    [("P28V01", "P27V01"), ("P23V01", "P24V01"), ("P25V02", "P25V01"), ("", "P27V01"), ("neodes", "P27V01")],
)
def test_an_unknown_version_gets_the_nearest_tables_and_says_so(asked: str, used: str) -> None:
    assert (norm(asked).version, norm(asked).exact) == (used, False)
    assert norm(used).exact


def test_person_blocs_are_30_and_all_below_it_in_any_norm() -> None:
    assert {"S21.G00.30", "S21.G00.63", "S21.G00.81", "S21.G00.75", "S21.G00.59"} <= PERSON_BLOCS
    assert not {"S21.G00.11", "S21.G00.20", "S21.G00.85", "S89.G00.91", "S20.G00.05"} & PERSON_BLOCS
    assert len(PERSON_BLOCS) == 32
    assert BLOC_PARENTS["S21.G00.79"] == "S21.G00.78"
    assert BLOC_PARENTS["S10.G00.00"] == ""


def test_every_regexp_can_be_used() -> None:
    for version in KNOWN_VERSIONS:
        for rubrique in norm(version).rubriques.values():
            re.compile(rubrique.regexp or "")
    assert re.fullmatch(norm("P26V01").rubriques["S21.G00.51.013"].regexp or "", "-1234.50")


def test_loading_a_norm_takes_under_50_milliseconds() -> None:
    code = (
        "import time; from scarabee.dsn.norms import norm; start = time.perf_counter()\n"
        "norm('P26V01').value_label('S20.G00.05.001', '01')\n"
        "print(time.perf_counter() - start)"
    )
    best = min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3))
    assert best < 0.05


@needs_source
def test_rebuilding_changes_nothing_even_from_the_last_year_alone(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in rows.FOLDER.glob("*.tsv")}
    assert len(before) == 7
    copy = tmp_path / "repository"
    for path in ("scripts/norms/build.py", *(f"src/scarabee/dsn/norms/{n}" for n in ("rows.py", *before))):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes((REPOSITORY / path).read_bytes())
    (tmp_path / "year").mkdir()
    (tmp_path / "year" / "P27V01").symlink_to(SOURCE / "P27V01")
    for source in (tmp_path / "year", SOURCE):
        subprocess.check_output([sys.executable, str(copy / "scripts/norms/build.py"), str(source)])
        assert {p.name: p.read_bytes() for p in (copy / "src/scarabee/dsn/norms").glob("*.tsv")} == before
