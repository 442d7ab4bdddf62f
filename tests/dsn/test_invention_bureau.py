"""The invented bureau: same bytes everywhere, numbers with right keys, a life with every kind of event."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from scarabee.dsn import invention
from scarabee.dsn.invention.numbers import nir_key, nir_of

DIGEST_OF_A_MONTH = (
    "import hashlib; from scarabee.dsn import invention as i;"
    "b = i.invent_bureau(3, employers=4, months=4);"
    "print(hashlib.sha256(i.month_file(b, b.all_months[2])).hexdigest())"
)
DIGEST_OF_MIXTURES = (
    "import hashlib; from scarabee.dsn import invention as i;"
    "print(hashlib.sha256(b''.join(i.random_declarations(3, 12))).hexdigest())"
)


def luhn_holds(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def values(content: bytes, code: str) -> list[str]:
    """Return the values of a rubrique, in order."""
    found = re.findall(rb"^" + re.escape(code.encode()) + rb",'(.*)'\r?$", content, re.MULTILINE)
    return [value.decode("latin-1") for value in found]


@pytest.fixture(scope="module")
def bureau() -> invention.Bureau:
    return invention.invent_bureau(1, employers=30, months=12)


@pytest.fixture(scope="module")
def year(bureau: invention.Bureau) -> dict[date, bytes]:
    return {month: invention.month_file(bureau, month) for month in bureau.all_months}


@pytest.mark.parametrize("program", [DIGEST_OF_A_MONTH, DIGEST_OF_MIXTURES])
def test_the_same_seed_gives_the_same_bytes_in_any_process(program: str) -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
        )
        digests.add(run.stdout)
    assert len(digests) == 1


def test_another_seed_gives_other_people(bureau: invention.Bureau) -> None:
    other = invention.invent_bureau(2, employers=30, months=12)
    assert {employer.siret for employer in bureau.employers}.isdisjoint(
        {employer.siret for employer in other.employers}
    )


def test_a_month_read_twice_is_the_same_and_a_replacement_differs(bureau: invention.Bureau) -> None:
    month, siret = bureau.all_months[3], bureau.employers[0].siret
    first = invention.month_file(bureau, month, employers=[siret])
    assert first == invention.month_file(bureau, month, employers=[siret])
    later = invention.replacement_file(bureau, month, employers=[siret])
    assert values(later, "S20.G00.05.002") == ["03"]
    assert values(later, "S20.G00.05.006") == [values(first, "S20.G00.05.007")[0] + values(first, "S20.G00.05.004")[0]]
    assert values(later, "S21.G00.30.001") == values(first, "S21.G00.30.001")
    assert values(later, "S21.G00.50.002") != values(first, "S21.G00.50.002")


def test_sirens_sirets_and_nirs_are_right(bureau: invention.Bureau, year: dict[date, bytes]) -> None:
    assert len({employer.siret for employer in bureau.employers}) == 30
    for employer in bureau.employers:
        assert luhn_holds(employer.siren)
        assert luhn_holds(employer.siret)
    for content in year.values():
        people = re.findall(rb"S21.G00.30.001,'(\w+)'\r\n(?:S21.G00.30.00[245].*\r\n)+S21.G00.30.006,'(\d+)'", content)
        assert people
        for nir, birth in people:
            assert re.fullmatch(rb"[12]\d\d(0[1-9]|1[0-2])(\d\d|2A|2B)\d{6}", nir)
            assert nir[1:3] == birth[6:8]
            assert nir[3:5] == birth[2:4]


def test_the_key_of_a_nir_reads_corsica() -> None:
    assert nir_key("2550814168025") == 38
    assert nir_key(nir_of(man=True, year=1985, month=5, department="2A", commune=4, order=12)) == (
        97 - 1850519004012 % 97
    )


def test_one_nir_once_per_declaration_and_some_people_have_two_employers(year: dict[date, bytes]) -> None:
    homes: dict[bytes, set[bytes]] = {}
    for content in year.values():
        for declaration in content.split(b"S20.G00.05.001,")[1:]:
            nirs = re.findall(rb"S21.G00.30.001,'(\w+)'", declaration)
            assert len(nirs) == len(set(nirs))
            siren = re.findall(rb"S21.G00.06.001,'(\d+)'", declaration)[0]
            for nir in nirs:
                homes.setdefault(nir, set()).add(siren)
    assert sum(len(sirens) > 1 for sirens in homes.values()) >= 2


def test_the_pas_rate_follows_the_person(bureau: invention.Bureau) -> None:
    rates: dict[str, set[tuple[int | None, str]]] = {}
    for employments in bureau.employments.values():
        for employment in employments:
            rate = (employment.pas_rate, employment.pas_rate_id)
            rates.setdefault(employment.person.nir, set()).add(rate)
    assert all(len(known) == 1 for known in rates.values())


def test_only_women_are_on_maternity_leave(year: dict[date, bytes]) -> None:
    leaves = [
        person[:1]
        for content in year.values()
        for person in content.split(b"S21.G00.30.001,'")[1:]
        if b"S21.G00.60.001,'02'" in person.split(b"S20.G00.05.001")[0]
    ]
    assert leaves
    assert set(leaves) == {b"2"}


def test_every_kind_of_event_happens_in_a_year(year: dict[date, bytes]) -> None:
    counts = Counter(code for content in year.values() for code in re.findall(rb"S21\.G00\.\d\d\.\d{3}", content))
    for code in (
        "20.001 22.001 23.001 44.001 55.001 82.001 85.001 30.020 31.008 31.009 41.007 41.008 41.012 "
        "41.014 41.021 52.001 53.001 54.001 56.001 58.003 60.001 60.010 62.001 65.001 73.003 86.001 98.001"
    ).split():
        assert counts[f"S21.G00.{code}".encode()] > 0, code
    everything = b"".join(year.values())
    assert {"02", "60"} <= set(values(everything, "S21.G00.40.007"))
    assert {"01", "02"} == set(values(everything, "S20.G00.05.002"))
    assert any("'" in name for name in values(everything, "S21.G00.30.002"))
    assert b"\r\nS21.G00.40.009,'00002'" in everything


def test_an_ntt_gives_way_to_a_nir_in_a_month_that_declares_both(year: dict[date, bytes]) -> None:
    heads = [
        (b"30.001" in head, b"30.020" in head, b"30.005" in head)
        for content in year.values()
        for head in re.findall(rb"(?:^S21\.G00\.30\..*\n)+", content, re.MULTILINE)
    ]
    assert set(heads) == {(True, False, False), (True, True, False), (False, True, True)}


def test_a_moved_employer_hands_over_its_people(bureau: invention.Bureau, year: dict[date, bytes]) -> None:
    new = next(employer for employer in bureau.employers if employer.predecessor)
    assert new.first_month is not None
    for month, content in year.items():
        pairs = zip(values(content, "S21.G00.06.001"), values(content, "S21.G00.11.001"), strict=True)
        sirets = ["".join(pair) for pair in pairs]
        assert (new.siret in sirets) == (month >= new.first_month)
        assert (new.predecessor in sirets) == (month < new.first_month)
    first = invention.month_file(bureau, new.first_month, employers=[new.siret])
    assert set(values(first, "S21.G00.41.012")) == {new.predecessor}


def test_the_pas_paid_is_the_sum_of_the_pas_of_the_people(year: dict[date, bytes]) -> None:
    for content in year.values():
        for declaration in content.split(b"S20.G00.05.001,")[1:]:
            paid = [amount for name, amount in _payments(declaration) if name == "DGFIP"]
            withheld = sum(round(float(amount) * 100) for amount in values(declaration, "S21.G00.50.009"))
            assert sum(paid) == withheld


def _payments(declaration: bytes) -> list[tuple[str, int]]:
    names, amounts = values(declaration, "S21.G00.20.001"), values(declaration, "S21.G00.20.005")
    return [(name, round(float(amount) * 100)) for name, amount in zip(names, amounts, strict=True)]


def test_fractions_share_the_people_between_them(bureau: invention.Bureau) -> None:
    month = bureau.all_months[0]
    siret = max(bureau.employers, key=lambda employer: len(bureau.employed(employer, month))).siret
    whole = invention.month_file(bureau, month, employers=[siret])
    split = invention.month_file(bureau, month, employers=[siret], fraction_count=3)
    assert values(split, "S20.G00.05.003") == ["13", "23", "33"]
    assert sorted(values(split, "S21.G00.30.019")) == sorted(values(whole, "S21.G00.30.019"))


def test_signalements_follow_the_life_of_the_bureau(bureau: invention.Bureau, year: dict[date, bytes]) -> None:
    natures: Counter[str] = Counter()
    orders: list[tuple[str, str]] = []
    for month in bureau.all_months:
        for content in invention.signalement_files(bureau, month):
            natures.update(values(content, "S20.G00.05.001"))
            siret = values(content, "S21.G00.06.001")[0] + values(content, "S21.G00.11.001")[0]
            orders.append((siret, values(content, "S20.G00.05.004")[0]))
    assert set(natures) == {"04", "05", "07", "08"}
    assert len(orders) == len(set(orders))
    assert natures["07"] == sum(len(values(content, "S21.G00.62.001")) for content in year.values())


def test_a_year_of_the_demonstration_is_made_fast_and_stays_under_a_million_lines() -> None:
    bureau = invention.invent_bureau(1)
    lines = sum(invention.month_file(bureau, month).count(b"\n") for month in bureau.all_months)
    assert len(bureau.employers) == 50
    assert 400_000 < lines < 1_000_000


@pytest.mark.parametrize(
    "bounds",
    [{"employers": 0}, {"months": 0}, {"employees_per_employer": (0, 3)}, {"employees_per_employer": (4, 3)}],
)
def test_an_empty_bureau_is_refused(bounds: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="needs employers"):
        invention.invent_bureau(1, **bounds)  # type: ignore[arg-type]


def test_an_unknown_siret_is_refused(bureau: invention.Bureau) -> None:
    with pytest.raises(ValueError, match="no employer"):
        invention.month_file(bureau, "2025-11", employers=["00000000000000"])


def test_line_ends_are_the_ones_asked_for(bureau: invention.Bureau) -> None:
    siret = bureau.employers[0].siret
    unix = invention.nil_file(bureau, "2025-11", employers=[siret], line_end=invention.LF)
    windows = invention.nil_file(bureau, "2025-11", employers=[siret])
    assert b"\r" not in unix
    assert unix.replace(b"\n", b"\r\n") == windows
    assert hashlib.sha256(unix).digest() != hashlib.sha256(windows).digest()


def test_a_month_can_be_written_under_another_norm(bureau: invention.Bureau) -> None:
    content = invention.month_file(bureau, "2025-11", norm="P27V01")
    assert values(content, "S10.G00.00.006") == ["P27V01"]
    assert values(content, "S21.G00.40.084")
    assert not values(content, "S21.G00.06.003")
    assert values(invention.month_file(bureau, "2025-12"), "S10.G00.00.006") == ["P25V01"]
    assert values(invention.month_file(bureau, "2026-01"), "S10.G00.00.006") == ["P26V01"]
