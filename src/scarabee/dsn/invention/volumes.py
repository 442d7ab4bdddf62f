"""Very large files, written fast: parts of people are made once per month of a year, then stamped out.

A stamp is the true text of somebody's month with holes for what differs between people (identifiers, names,
birth, gross pay). Filling holes is one formatting of bytes per person, so speed is near that of writing, and
memory holds the stamps and one employer only. The other sums keep the stamp's values.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from scarabee.dsn.invention.bureau import Bureau, Employment, Sender, invent_bureau
from scarabee.dsn.invention.declarations import Heading, own_part
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.files import CRLF, sender_blocs
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import add_months, as_month, dsn_date, norm_in_force
from scarabee.dsn.invention.names import FAMILY_NAMES, MEN, WOMEN
from scarabee.dsn.invention.numbers import money, nic_of, nir_of, siren_of
from scarabee.dsn.invention.pay import Totals
from scarabee.dsn.invention.pay_blocs import person_part

MONTHS = 12
MODEL_EMPLOYERS = 10
MODEL_PEOPLE = 20
FIRST_SIREN_ROOT, SIREN_ROOTS = 30_000_000, 60_000_000
BIRTH_DEPARTMENTS = tuple(f"{number:02d}" for number in range(1, 96) if number != 20)
BIRTH_SENTINEL = date(1901, 1, 1)

Values = dict[bytes, bytes]


class BytesWriter(Protocol):
    """Anything that takes bytes: an open file, a pipe, a counter."""

    def write(self, block: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class LargeFile:
    """What was written. ``declarations`` counts S20 structures, ``person_months`` S21.G00.30 blocs."""

    lines: int
    size: int
    employers: int
    declarations: int
    person_months: int


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One person's month with holes, the sums of its text, and whether the gross pay is a hole too."""

    text: bytes
    lines: int
    totals: Totals
    open_gross: bool


@dataclass(frozen=True, slots=True)
class _Model:
    """One employer to copy, and for each of its people whether he is a man and the twelve stamps."""

    employer: Employer
    people: list[tuple[bool, list[_Stamp]]]


@dataclass(slots=True)
class _Slot:
    """One workplace at an employer: who fills it now, and how many cents more than the stamp they earn."""

    man: bool
    stamps: list[_Stamp]
    values: Values
    extra: int


def write_large_file(
    stream: BytesWriter,
    *,
    lines: int,
    seed: int = 1,
    persons_per_declaration: int = 12,
    new_people_share: float = 0.02,
    first_month: date | str = "2025-11",
    real: bool = False,
    line_end: bytes = CRLF,
) -> LargeFile:
    """Write one envoi of at least ``lines`` lines, stopping at the end of the S20 that reaches them.

    Employers come one after the other, each with twelve mensuelles from ``first_month`` on, under the norm of
    the last month. ``new_people_share`` is the part of the people that somebody new replaces each month.
    A line weighs about 26 bytes. Raises ValueError when no line or nobody is asked for.
    """
    if lines < 1 or persons_per_declaration < 1:
        raise ValueError("a large file needs lines and people")
    start = as_month(first_month)
    norm = norm_in_force(add_months(start, MONTHS - 1))
    bureau = invent_bureau(
        seed,
        employers=MODEL_EMPLOYERS,
        employees_per_employer=(MODEL_PEOPLE, MODEL_PEOPLE),
        first_month=start,
        months=MONTHS,
        norm=norm,
    )
    models = _make_models(bureau, norm, line_end)
    crowd = {man: _invent_identities(seed, man=man) for man in (False, True)}
    head = _encode(sender_blocs(bureau.sender, norm=norm, real=real), line_end)
    stream.write(head)
    written, size = head.count(b"\n"), len(head)
    employers = declarations = 0
    while written < lines:
        siren = siren_of(FIRST_SIREN_ROOT + (employers * 7_919 + seed * 104_729) % SIREN_ROOTS)
        year = _EmployerYear(bureau.sender, models[employers % len(models)], siren, crowd, persons_per_declaration)
        employers += 1
        for rank in range(MONTHS):
            block, count = year.declaration(add_months(start, rank), rank, norm, line_end, new_people_share)
            stream.write(block)
            written += count
            size += len(block)
            declarations += 1
            if written >= lines:
                break
    tail = _encode(bloc("S90.G00.90", {"001": str(written + 2), "002": str(declarations)}), line_end)
    stream.write(tail)
    people = declarations * persons_per_declaration
    return LargeFile(written + 2, size + len(tail), employers, declarations, people)


class _EmployerYear:
    """One employer of a large file and who works there, month after month."""

    def __init__(
        self, sender: Sender, model: _Model, siren: str, crowd: dict[bool, Iterator[Values]], headcount: int
    ) -> None:
        self.sender, self.crowd = sender, crowd
        nic = nic_of(siren, 1)
        self.employer = replace(model.employer, siren=siren, nic=nic, head_nic=nic)
        self.luck = int(siren)
        self.hired = 0
        self.slots = [self._hire(*model.people[rank % len(model.people)]) for rank in range(headcount)]

    def declaration(
        self, month: date, rank: int, norm: str, line_end: bytes, new_people_share: float
    ) -> tuple[bytes, int]:
        """Return the S20 of the rank-th month (0 to 11) and its number of lines."""
        totals, texts, lines = Totals(), [], 0
        replaced = int(new_people_share * 32_768)
        for position in range(len(self.slots)):
            self.luck = (self.luck * 1_103_515_245 + 12_345) % 2_147_483_648
            slot = self.slots[position]
            if rank and self.luck >> 16 < replaced:
                slot = self.slots[position] = self._hire(slot.man, slot.stamps)
            stamp = slot.stamps[rank]
            totals.add(stamp.totals)
            if stamp.open_gross:
                extra = slot.extra + 7 * rank
                slot.values[b"gross"] = money(stamp.totals.gross + extra).encode()
                totals.gross += extra
            texts.append(stamp.text % slot.values)
            lines += stamp.lines
        before, after = (
            _encode(text, line_end)
            for text in own_part(self.employer, month, Heading(), norm=norm, sender=self.sender, totals=totals)
        )
        return before + b"".join(texts) + after, lines + before.count(b"\n") + after.count(b"\n")

    def _hire(self, man: bool, stamps: list[_Stamp]) -> _Slot:
        self.hired += 1
        employer, values = self.employer, next(self.crowd[man])
        values[b"matricule"] = b"%05d" % self.hired
        values[b"siren"], values[b"nic"] = employer.siren.encode(), employer.nic.encode()
        return _Slot(man, stamps, values, int(values[b"nir"][7:]) % 9_000)


def _make_models(bureau: Bureau, norm: str, line_end: bytes) -> list[_Model]:
    """Make the stamps: of every employer that stays, the people who stay the whole year."""
    models = []
    for employer in bureau.employers:
        if employer.seasonal or employer.first_month or employer.last_month:
            continue
        lasting = [
            employment
            for employment in bureau.employments[employer.siret]
            if not employment.person.corrected_from
            and all(employment.contracts_in(month) for month in bureau.all_months)
        ]
        people = [(employment.person.man, _make_stamps(bureau, employment, norm, line_end)) for employment in lasting]
        if people:
            models.append(_Model(employer, people))
    return models


def _make_stamps(bureau: Bureau, employment: Employment, norm: str, line_end: bytes) -> list[_Stamp]:
    person = replace(
        employment.person,
        nir="%(nir)s",
        name="%(name)s",
        first_names="%(first_names)s",
        birth=BIRTH_SENTINEL,
        birth_department="%(department)s",
        birth_country="FR",
        birth_zone="01",
        birth_country_label="",
        birthplace="VALBRUME",
        email="%(matricule)s.%(siren)s@exemple.invalid" if employment.person.email else None,
    )
    employer = replace(employment.employer, siren="%(siren)s", nic="%(nic)s")
    pattern = replace(employment, employer=employer, person=person, matricule="%(matricule)s")
    stamps = []
    for month in bureau.all_months:
        part = person_part(pattern, month, seed=bureau.seed, norm=norm)
        text = part.text.replace(f"'{dsn_date(BIRTH_SENTINEL)}'", "'%(birth)s'")
        open_gross = part.totals.gross > 0 and len(pattern.contracts_in(month)) == 1
        if open_gross:
            text = text.replace(f"'{money(part.totals.gross)}'", "'%(gross)s'")
        stamps.append(_Stamp(_encode(text, line_end), text.count("\n"), part.totals, open_gross))
    return stamps


def _invent_identities(seed: int, *, man: bool) -> Iterator[Values]:
    """Yield distinct people for ever (some twenty thousand million before a nir comes back)."""
    first_names = MEN if man else WOMEN
    ranges = (899, 459, 12, 45, len(BIRTH_DEPARTMENTS))
    total = 899 * 459 * 12 * 45 * len(BIRTH_DEPARTMENTS)
    number = seed * 15_485_863 % total
    while True:
        number = (number + 7_368_787_019) % total
        rest, drawn = number, []
        for size in ranges:
            drawn.append(rest % size)
            rest //= size
        order, commune, month, year, department = drawn
        day = number % 28
        nir = nir_of(
            man=man,
            year=1961 + year,
            month=1 + month,
            department=BIRTH_DEPARTMENTS[department],
            commune=101 + commune,
            order=1 + order,
        )
        yield {
            b"nir": nir.encode(),
            b"name": FAMILY_NAMES[number % 7_001 % len(FAMILY_NAMES)].encode("latin-1"),
            b"first_names": first_names[number % 4_999 % len(first_names)].encode("latin-1"),
            b"birth": f"{1 + day:02d}{1 + month:02d}{1961 + year}".encode(),
            b"department": BIRTH_DEPARTMENTS[department].encode(),
        }


def _encode(text: str, line_end: bytes) -> bytes:
    return text.replace("\n", line_end.decode("ascii")).encode("latin-1")
