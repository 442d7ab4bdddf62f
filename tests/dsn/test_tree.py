"""The tree shows every line once, below the right parent, in words a reader knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scarabee.dsn.norms import norm
from scarabee.dsn.tree import BlocNode, RubriqueLine, decode, parse_tree

NORM = norm("P26V01")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "dsn"
FILES = sorted(SHARED.glob("*/*.dsn"))


def shape(nodes: list[BlocNode]) -> list[object]:
    """Codes as nested lists: ["30", ["40", ["60"]]]."""
    return [[node.code[-2:], *shape(node.children)] for node in nodes]


def lines(nodes: list[BlocNode]) -> Iterator[RubriqueLine]:
    for node in nodes:
        yield from node.rubriques
        yield from lines(node.children)


def tree_of(*codes: str) -> list[object]:
    return shape(parse_tree("".join(f"{code},'x'\n" for code in codes).encode(), norm=NORM))


def only(data: str | bytes) -> RubriqueLine:
    (line,) = lines(parse_tree(data.encode("latin-1") if isinstance(data, str) else data, norm=NORM))
    return line


def test_a_child_hangs_below_the_last_parent_opened() -> None:
    assert tree_of(
        "S21.G00.30.001", "S21.G00.40.001", "S21.G00.60.001", "S21.G00.60.001", "S21.G00.40.001",
        "S21.G00.71.002", "S21.G00.50.001", "S21.G00.51.001", "S21.G00.53.001", "S21.G00.51.001",
        "S21.G00.86.001", "S21.G00.30.001", "S21.G00.40.001",
    ) == [
        ["30", ["40", ["60"], ["60"]], ["40", ["71"]], ["50", ["51", ["53"]], ["51"]], ["86"]],
        ["30", ["40"]],
    ]  # fmt: skip


def test_a_new_occurrence_starts_when_the_number_does_not_increase() -> None:
    assert tree_of("S21.G00.15.001", "S21.G00.15.002", "S21.G00.15.002", "S21.G00.15.001") == [["15"]] * 3


def test_a_bloc_out_of_order_still_finds_its_parent() -> None:
    assert tree_of("S21.G00.30.001", "S21.G00.40.001", "S21.G00.50.001", "S21.G00.62.001") == [
        ["30", ["40", ["62"]], ["50"]]
    ]


def test_a_bloc_never_hangs_below_another_person() -> None:
    assert tree_of("S21.G00.30.001", "S21.G00.40.001", "S21.G00.30.001", "S21.G00.60.001") == [
        ["30", ["40"]],
        ["30", ["60"]],
    ]


def test_a_whole_message_has_one_root() -> None:
    (root,) = tree_of(
        "S10.G00.00.001", "S10.G00.01.001", "S20.G00.05.001", "S21.G00.06.001", "S21.G00.11.001",
        "S21.G00.30.001", "S21.G00.85.001", "S90.G00.90.001",
    )  # fmt: skip
    assert root == ["00", ["01"], ["05", ["06", ["11", ["30"]]], ["85"]], ["90"]]


def test_an_unknown_bloc_stays_where_it_makes_sense() -> None:
    start = ("S20.G00.05.001", "S21.G00.06.001", "S21.G00.11.001", "S21.G00.30.001", "S21.G00.50.001")
    assert tree_of(*start, "S21.G00.99.001") == [["05", ["06", ["11", ["30", ["50"], ["99"]]]]]]
    assert tree_of(*start, "S20.G00.96.001") == [["05", ["06", ["11", ["30", ["50"]]]], ["96"]]]
    assert tree_of(*start, "S21.G00.85.001", "S21.G00.99.001") == [
        ["05", ["06", ["11", ["30", ["50"]]]], ["85"], ["99"]]
    ]
    assert tree_of("S05.G51.00.001") == [["00"]]
    (node,) = parse_tree(b"S21.G00.99.001,'x'\n", norm=NORM)
    assert (node.label, node.rubriques[0].label) == (
        "Bloc inconnu de la norme",
        "Rubrique inconnue de la norme",
    )


def test_a_bloc_of_another_year_keeps_its_place() -> None:
    assert tree_of("S21.G00.30.001", "S21.G00.40.001", "S21.G00.75.001") == [["30", ["40", ["75"]]]]


@pytest.mark.parametrize(
    ("line", "readable"),
    [
        ("S21.G00.40.001,'01092026'", "01/09/2026"),
        ("S21.G00.40.001,'31132026'", "31132026"),
        ("S21.G00.30.006,'99991980'", "??/??/1980"),
        ("S20.G00.05.005,'01102026'", "octobre 2026"),
        ("S20.G00.05.005,'01132026'", "01132026"),
        ("S21.G00.56.001,'022026'", "février 2026"),
        ("S21.G00.51.013,'1234567.80'", "1\u202f234\u202f567,80\u202f€"),
        ("S21.G00.51.013,'-0012.34'", "-12,34\u202f€"),
        ("S21.G00.50.002,'0.00'", "0,00\u202f€"),
        ("S21.G00.51.013,'12,5'", "12,5"),
        ("S21.G00.50.006,'7.50'", "7,50\u202f%"),
        ("S21.G00.56.005,'-1.20'", "-1,20\u202f%"),
        ("S21.G00.50.008,'-1'", "-1"),
        ("S21.G00.51.012,'151.67'", "151,67"),
        ("S20.G00.05.001,'01'", "01 – DSN Mensuelle"),
        ("S20.G00.05.001,'77'", "77"),
        ("S21.G00.30.002,'D'ALMEIDA'", "D'ALMEIDA"),
        ("S21.G00.06.903,'1'", "1"),
        ("S21.G00.51.013,'" + "9" * 5000 + ".00'", "9" * 5000 + ".00"),
    ],
)
def test_values_are_readable_in_french(line: str, readable: str) -> None:
    assert only(line).readable == readable


def test_a_line_keeps_value_label_and_number() -> None:
    (node,) = parse_tree(b"S20.G00.05.001,'01'\r\nS20.G00.05.002,'01'\r\n", norm=NORM, first_line=18)
    assert [(line.line, line.value, line.value_label) for line in node.rubriques] == [
        (18, "01", "DSN Mensuelle"),
        (19, "01", "déclaration normale"),
    ]
    assert node.label == "Déclaration"


@pytest.mark.parametrize("line", ["S21.G00.30.002 , 'ZOÉ'", "  S21.G00.30.002,ZOÉ  ", "\ufeffS21.G00.30.002,'ZOÉ'\r"])
def test_loose_writings_are_read(line: str) -> None:
    assert only(line.encode()).value == "ZOÉ"


def test_lines_that_are_no_rubrique_are_kept_where_they_stand() -> None:
    nodes = parse_tree(b"bonjour\nS21.G00.30.001,'1'\n\nS21.G00.3\xe9\nS21.G00.30.002,'A'\n", norm=NORM)
    assert [(line.code, line.value, line.line) for line in lines(nodes)] == [
        ("", "bonjour", 1),
        ("S21.G00.30.001", "1", 2),
        ("", "S21.G00.3é", 4),
        ("S21.G00.30.002", "A", 5),
    ]
    assert shape(nodes) == [[""], ["30"]]


def test_decode_reads_latin_1_and_tolerates_utf_8() -> None:
    assert decode("Crèche Özdemir".encode("latin-1")) == decode("Crèche Özdemir".encode()) == "Crèche Özdemir"
    assert decode(bytes(range(256))) == "".join(map(chr, range(256)))


@pytest.mark.skipif(not FILES, reason="the sample files are not beside the repository")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_of_the_samples_is_shown_once(path: Path) -> None:
    data = path.read_bytes()
    shown = [line.line for line in lines(parse_tree(data, norm=norm("P25V01")))]
    written = [number for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    assert sorted(shown) == written
    if path.parent.name == "conformes":
        version = next(v for v in ("P24V01", "P25V01", "P26V01", "P27V01") if f"'{v}'".encode() in data)
        tree = parse_tree(data, norm=norm(version))
        assert len(tree) == 1
        assert [line.line for line in lines(tree)] == written
        assert not [line for line in lines(tree) if "inconnue" in line.label or not line.code]
