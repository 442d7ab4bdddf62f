"""The figures of people add up to those announced beside the sample files."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from scarabee.dsn.figures import Figures, UsedRate, person_figures

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "dsn" / "conformes"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the repository")
NAMES = sorted(path.stem for path in SAMPLES.glob("*.dsn"))


def split_people(declaration: str) -> list[str]:
    """The plainest way: from the line that opens a bloc 30 to the next such line, or to 85, S89 or S90."""
    people: list[list[str]] = []
    previous, inside = "", False
    for line in declaration.splitlines(keepends=True):
        code = line[:14]
        if code.startswith("S21.G00.30") and (not previous.startswith("S21.G00.30") or code <= previous):
            people.append([])
            inside = True
        elif code.startswith(("S21.G00.85", "S89", "S90")):
            inside = False
        if inside:
            people[-1].append(line)
        previous = code
    return ["".join(lines) for lines in people]


def test_the_samples_are_all_here() -> None:
    assert not SAMPLES.is_dir() or len(NAMES) == 16


@needs_samples
@pytest.mark.parametrize("name", NAMES)
def test_figures_are_those_announced(name: str) -> None:
    text = (SAMPLES / f"{name}.dsn").read_bytes().decode("latin-1")
    announced = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)
    declarations = re.split(r"(?m)^(?=S20\.G00\.05\.001)", text)[1:]
    assert len(declarations) == len(announced["declarations"])
    for declaration, expected in zip(declarations, announced["declarations"], strict=True):
        people = split_people(declaration)
        assert len(people) == expected["individus"]
        assert re.findall(r"(?m)^S21\.G00\.30\.001,'(.*)'", declaration) == expected["nirs"]
        figures = [person_figures(person.encode("latin-1")) for person in people]
        sums = [sum((getattr(f, key) for f in figures), Decimal(0)) for key in ("pas", "gross", "net_fiscal", "net")]
        assert sums == [Decimal(expected[key]) for key in ("pas", "brut", "nf", "net")]
        assert sum(f.unreadable for f in figures) == 0
        assert all(f.rates for f in figures)


PERSON = b"""S21.G00.30.001,'2550814168025'
S21.G00.50.001,'31102026'
S21.G00.50.002,'1000.10'
S21.G00.50.004,'900.00'
S21.G00.50.006,'3.50'
S21.G00.50.007,'01'
S21.G00.50.008,'123456'
S21.G00.50.009,'35.00'
S21.G00.51.011,'001'
S21.G00.51.013,'1300.00'
S21.G00.51.011,'002'
S21.G00.51.013,'1300.00'
S21.G00.53.001,'01'
S21.G00.51.011,'001'
S21.G00.51.013,'-100.00'
S21.G00.51.013,'7777.00'
S21.G00.58.003,'03'
S21.G00.58.004,'950.00'
S21.G00.58.003,'04'
S21.G00.58.004,'1.00'
S21.G00.50.002,'0000.90'
S21.G00.50.006,'0.00'
S21.G00.50.007,'13'
"""
TOTALS = Figures(
    pas=Decimal("35.00"),
    net_fiscal=Decimal("1001.00"),
    net=Decimal("900.00"),
    gross=Decimal("1200.00"),
    net_social=Decimal("950.00"),
    rates=[UsedRate(Decimal("3.50"), "01", "123456"), UsedRate(Decimal("0.00"), "13", "")],
)


@pytest.mark.parametrize(
    "part",
    [
        PERSON,
        PERSON.replace(b"\n", b"\r\n"),
        PERSON.rstrip(b"\n"),
        PERSON.replace(b",'", b" , '"),
        PERSON.replace(b"'", b""),
    ],
    ids=["lf", "crlf", "no last line end", "spaces", "no quotes"],
)
def test_only_what_may_be_added_is_added(part: bytes) -> None:
    assert person_figures(part) == TOTALS


def test_amounts_that_are_no_number_are_counted_and_left_out() -> None:
    part = b"S21.G00.50.002,'douze'\nS21.G00.50.004,'12,50'\nS21.G00.50.006,'?'\nS21.G00.50.009,''\n\xff\x00\n"
    figures = person_figures(part)
    assert (figures.net_fiscal, figures.net, figures.pas, figures.unreadable) == (0, Decimal("12.50"), 0, 1)
    assert figures.rates == [(None, "", "")]


def test_nothing_gives_zero() -> None:
    assert person_figures(b"") == Figures()
