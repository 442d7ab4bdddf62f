"""Whole files: conforming and invented ones pass, odd ones never raise, and what is said of them is sound."""

from datetime import date
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsn.checking.bases import TODAY, base, written
from tests.dsn.checking.mutations import MUTATIONS, Mutation

from scarabee.dsn import invention
from scarabee.dsn.checking import Checked, Rule, check
from scarabee.dsn.checking.results import MAX_FINDINGS_PER_RULE
from scarabee.dsn.findings import Finding, Severity
from scarabee.dsn.invention.files import envoi
from scarabee.dsn.invention.signalements import signalement_declaration, signalements

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "dsn"
CONFORMING = sorted((SAMPLES / "conformes").glob("*.dsn"))
TOLERATED = sorted((SAMPLES / "tolerance").glob("*.dsn"))
needs_samples = pytest.mark.skipif(not CONFORMING, reason=f"sample DSN files are absent: {SAMPLES}")
LATER = date(2026, 11, 24)


def checked(content: bytes, *, today: date = TODAY) -> Checked:
    return check(BytesIO(content), today=today)


def worrying(found: Checked) -> list[Finding]:
    return [one for one in found.findings if one.severity is not Severity.INFO]


@needs_samples
@pytest.mark.parametrize("path", CONFORMING, ids=lambda path: path.stem)
def test_a_conforming_file_has_nothing_but_the_age_of_its_norm(path: Path) -> None:
    found = checked(path.read_bytes(), today=LATER)
    assert {one.rule for one in worrying(found)} <= {Rule.NORM}
    assert (Rule.NORM in {one.rule for one in found.findings}) == (b",'P26V01'" not in path.read_bytes())
    assert not found.is_blocked


@needs_samples
def test_what_is_broken_in_a_conforming_file_is_found_there() -> None:
    whole = (SAMPLES / "conformes" / "bureau_2025-12.dsn").read_bytes().decode("latin-1")
    tried = 0
    for mutation in (one for one in MUTATIONS if one.base == "month" and one.rule is not Rule.MONTH):
        lines = whole.split("\r\n")[:-1]
        try:
            at = mutation.change(lines)
        except IndexError:  # this file holds no such line
            continue
        tried += 1
        content = written(lines, counted=mutation.counted)
        _assert_found(mutation, at + 1, checked(content, today=date(2026, 1, 10)))
    assert tried > 60


def _assert_found(mutation: Mutation, line: int, found: Checked) -> None:
    places = [(one.line, one.rubrique) for one in found.findings if one.rule == mutation.rule]
    assert (line, mutation.rubrique) in places, (mutation.rule, places)


@needs_samples
@pytest.mark.parametrize("path", TOLERATED, ids=lambda path: path.stem)
def test_an_imperfect_file_is_blocked_and_never_raises(path: Path) -> None:
    found = checked(path.read_bytes(), today=LATER)
    assert found.is_blocked
    _assert_lines_exist(found, path.read_bytes())


@pytest.mark.parametrize("norm", ["P24V01", "P25V01", "P26V01", "P27V01"])
@pytest.mark.parametrize("real", [False, True])
def test_invented_files_pass_in_every_norm(norm: str, real: bool) -> None:
    bureau = invention.invent_bureau(6, employers=6, employees_per_employer=(2, 6), months=3, norm=norm)
    files = []
    for month in bureau.all_months:
        files += [
            invention.month_file(bureau, month, real=real, fraction_count=2),
            invention.month_file(bureau, month, real=real, champ="02"),
            invention.replacement_file(bureau, month, real=real),
            invention.replacement_file(bureau, month, order=3, without_people=True, real=real),
            invention.nil_file(bureau, month, real=real),
            *invention.signalement_files(bureau, month, real=real),
        ]
    for content in files:
        assert {one.rule for one in worrying(checked(content, today=LATER))} <= {Rule.NORM}


def test_signalements_that_replace_or_cancel_pass() -> None:
    bureau = invention.invent_bureau(5, employers=8, months=12, norm="P26V01", first_month="2025-11")
    seen = set()
    for month in bureau.all_months:
        for employer in (one for one in bureau.employers if one.declares(month)):
            for event in signalements(bureau, employer, month):
                for kind in (["03"] if event.nature != "08" else []) + (["04"] if event.nature in ("07", "08") else []):
                    text = signalement_declaration(bureau, event, type=kind)
                    assert worrying(checked(envoi(bureau.sender, [text], norm="P26V01"), today=LATER)) == []
                    seen.add((event.nature, kind))
    assert {("07", "03"), ("07", "04"), ("08", "04")} <= seen


def test_files_of_every_kind_pass() -> None:
    for content in islice(invention.random_declarations(11, 60), 60):
        assert {one.rule for one in worrying(checked(content, today=date(2028, 1, 20)))} <= {Rule.NORM}


def test_each_declaration_has_its_row() -> None:
    lines = base("month")
    at = next(at for at, line in enumerate(lines) if line.startswith("S21.G00.40.002"))
    lines[at] = "S21.G00.40.002,'77'"
    found = checked(written(lines))
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("S20.G00.05.001")]
    assert [row.line for row in found.declarations] == starts
    assert [row.rank for row in found.declarations] == list(range(len(starts)))
    people = sum(line.startswith("S21.G00.30.002") for line in lines)
    assert sum(row.people for row in found.declarations) == people
    first = found.declarations[0]
    assert (first.nature, first.type, first.fraction, first.champ, first.depot) == ("01", "01", "11", "01", "01")
    assert (first.norm, first.is_real, len(first.siret), len(first.month)) == ("P25V01", False, 14, 7)
    assert [(row.blocking, row.certain, row.warnings) for row in found.declarations[:2]] == [(1, 0, 0), (0, 0, 0)]
    assert [one.declaration for one in worrying(found)] == [0]


def test_the_findings_of_one_rule_are_counted_past_two_hundred() -> None:
    lines = [line.replace("S21.G00.81.001,'", "S21.G00.81.001,'9") for line in base("month")]
    wrong = sum(line.startswith("S21.G00.81.001") for line in lines)
    found = checked(written(lines))
    lengths = [one for one in found.findings if one.rule == Rule.LENGTH]
    assert wrong > MAX_FINDINGS_PER_RULE and len(lengths) == MAX_FINDINGS_PER_RULE + 1
    assert lengths[-1].message.startswith(f"{wrong - MAX_FINDINGS_PER_RULE} autres")
    assert sum(row.blocking for row in found.declarations) == wrong


def test_what_is_left_out_is_said() -> None:
    exact, newer = checked(written(base("month"))), checked(written(base("new norm")))
    assert any("IDCC" in sentence for sentence in exact.unchecked)
    assert not any("P25V01" in sentence for sentence in exact.unchecked)
    assert any("P26V01" in sentence and "P27V01" in sentence for sentence in newer.unchecked)
    lines = base("month")
    lines[[line[:14] for line in lines].index("S10.G00.00.006")] = "S10.G00.00.006,'P31V01'"
    unknown = checked(written(lines), today=date(2031, 3, 1))
    assert any("P31V01" in sentence for sentence in unknown.unchecked)
    assert not unknown.is_blocked, "tables of another version never block"


def test_no_representation_shows_a_nir() -> None:
    lines = base("month")
    at = [line[:14] for line in lines].index("S21.G00.30.001")
    nir = lines[at][16:-1]
    lines[at] = f"S21.G00.30.001,'{nir}99'"
    (finding,) = worrying(checked(written(lines)))
    assert nir in finding.value and nir not in repr(finding)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"PK\x03\x04",
        b"\xff\xfeS\x001\x000\x00",
        b"S10.G00.00.001,'x'",
        b"bonjour",
        b"S90.G00.90.001,'1'\n",
    ],
)
def test_what_is_no_dsn_is_one_certain_refusal(content: bytes) -> None:
    (finding,) = checked(content).findings
    assert (finding.rule, finding.severity, finding.certain) == (Rule.UNREADABLE, Severity.BLOCKING, True)
    assert finding.message and finding.remedy


def _assert_lines_exist(found: Checked, content: bytes) -> None:
    last = content.count(b"\n") + 1
    assert all(0 <= one.line <= last for one in found.findings), content
    assert all(one.severity is Severity.BLOCKING for one in found.findings if one.certain)
    assert all(one.rule in set(Rule) for one in found.findings)


SMALL = written(base("signalement 07"))
_LINE = st.sampled_from(SMALL.splitlines(keepends=True))
_ODD_LINE = st.builds(
    lambda code, value: f"S{code[0]:02d}.G00.{code[1]:02d}.{code[2]:03d},'{value}'\r\n".encode("latin-1", "replace"),
    st.tuples(st.sampled_from([10, 20, 21, 89, 90]), st.integers(0, 99), st.integers(0, 99)),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
)

_WHAT = _LINE | _ODD_LINE | st.binary(max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["drop", "insert", "bytes"]), st.integers(0, 10**6), _WHAT), max_size=6))
def test_no_edit_of_a_file_makes_the_check_raise(edits: list[tuple[str, int, bytes]]) -> None:
    content = SMALL
    for kind, where, what in edits:
        if kind == "bytes":
            at = where % (len(content) + 1)
            content = content[:at] + what + content[at + len(what) :]
            continue
        lines = content.splitlines(keepends=True)
        at = where % (len(lines) + 1)
        lines[at : at + (kind == "drop")] = [] if kind == "drop" else [what]
        content = b"".join(lines)
    _assert_lines_exist(checked(content), content)


@settings(max_examples=60, deadline=None)
@given(st.lists(_LINE | _ODD_LINE, max_size=30))
def test_no_heap_of_lines_makes_the_check_raise(lines: list[bytes]) -> None:
    content = b"".join([*SMALL.splitlines(keepends=True)[:16], *lines])
    _assert_lines_exist(checked(content), content)
