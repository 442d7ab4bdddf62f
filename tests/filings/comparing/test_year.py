"""Twelve months of a bureau, each compared with the one before, before it is imported: nobody vanishes by mistake."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.transfers.scenes import dossier_of, take

from scarabee.dossiers.models import Dossier
from scarabee.dsn.findings import Finding
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.filings.comparing.comparison import compare

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[4] / "shared/data/dsn/conformes"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample DSN files beside the repository")
KNOWN = {"employeur_inconnu", "salarie_inconnu"}


def declarations_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each S20 of a file with its first line."""
    starts = [match.start() for match in re.finditer(rb"^S20\.G00\.05\.001,", data, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], data.find(b"S90.G00.90.001")], strict=True):
        yield data.count(b"\n", 0, start) + 1, data[start:end]


def findings_on(dossier: Dossier, data: bytes) -> list[Finding]:
    return [
        finding
        for rank, (line, one) in enumerate(declarations_of(data))
        for finding in compare(dossier=dossier, declaration=one, is_real=False, rank=rank, first_line=line)
    ]


def follow(files: Iterable[bytes]) -> Iterator[tuple[bytes, list[Finding]]]:
    """Each file with its findings, which its import changes in nothing but that all fractions are here."""
    dossier = dossier_of("Année")
    for data in files:
        found = findings_on(dossier, data)
        take(dossier, data)
        assert findings_on(dossier, data) == [one for one in found if one.rule != "fractions_incompletes"]
        yield data, found


@needs_samples
def test_twelve_months_of_a_bureau_lose_nobody() -> None:
    """What is left are nets that do jump: each is checked against the file itself."""
    paths = sorted(SAMPLES.glob("bureau_*.dsn"))
    people = [len(_people(path)) for path in paths]
    assert len(paths) == 12 and min(people) > 50
    seen: set[str] = set()
    for path, (data, found) in zip(paths, follow(path.read_bytes() for path in paths), strict=True):
        assert {one.rule for one in found} <= KNOWN | {"net_inhabituel"}
        assert len([one for one in found if one.rule == "net_inhabituel"]) <= 6
        lines = data.decode("latin-1").splitlines()
        for one in found:
            assert lines[one.line - 1].startswith(one.rubrique)
            if one.rule == "net_inhabituel":
                assert lines[one.line - 1].endswith(f",'{one.value}'")
                assert "le brut passe" in one.message  # the gross moved as much: a declared pay, no slip
        new = sum(one.rule == "salarie_inconnu" for one in found)
        assert new <= len(_people(path) - seen)  # never more than the numbers first seen this month
        seen |= _people(path)


def test_a_year_of_an_invented_bureau_loses_nobody() -> None:
    """Hires, ends, arrêts, changes of contract, of number, of NIR, of SIRET; seasonal employers; two employers."""
    bureau = invent_bureau(5, employers=8, employees_per_employer=(5, 12), months=12)
    files = [month_file(bureau, one, fraction_count=2 if one.month % 2 else 1) for one in bureau.all_months]
    for _, found in follow(files):
        assert {one.rule for one in found} <= KNOWN | {"fractions_incompletes"}


def test_whoever_is_cut_out_of_a_file_is_missed() -> None:
    """Each person in turn whose contract of last month goes on is taken out of the month; nobody else is missed."""
    bureau = invent_bureau(7, employers=6, employees_per_employer=(5, 8), months=4)
    last, month = bureau.all_months[1:3]
    dossier = dossier_of("Coupes", [month_file(bureau, last)])
    cut = 0
    for employer, (line, declaration) in zip(
        (one for one in bureau.employers if one.declares(month)),
        declarations_of(month_file(bureau, month)),
        strict=True,
    ):
        head, *parts = re.split(rb"(?=^S21\.G00\.30\.001,)|(?=^S21\.G00\.85\.001,)", declaration, flags=re.MULTILINE)
        there = [one for one in bureau.employed(employer, month) if one.person.nir_in(month)]
        assert len([part for part in parts if part.startswith(b"S21.G00.30.001")]) == len(there)
        for position, employment in enumerate(there):
            data = head + b"".join(part for rank, part in enumerate(parts) if rank != position)
            found = compare(dossier=dossier, declaration=data, is_real=False, first_line=line)
            goes_on = any(one.is_active_in(month) for one in employment.contracts_in(last))
            missed = [one.message for one in found if one.rule in ("salarie_disparu", "neant_inattendu")]
            assert len(missed) == goes_on, (employer.siret, position)
            assert all(employment.person.name_in(last) in message for message in missed)
            cut += goes_on
    assert cut > 15


def _people(path: Path) -> set[str]:
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return {f"{one['siret']} {nir}" for one in told["declarations"] for nir in one["nirs"]}
