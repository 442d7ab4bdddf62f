"""Files of every kind in random order, for tests that must hold for whatever comes."""

from collections.abc import Iterator
from datetime import date
from random import Random

from scarabee.dsn.invention.bureau import Bureau, invent_bureau
from scarabee.dsn.invention.declarations import (
    CANCELS,
    NIL,
    NORMAL,
    REPLACES,
    REPLACES_WITHOUT_PEOPLE,
    Heading,
    filing_day,
    monthly_declaration,
)
from scarabee.dsn.invention.draws import draws
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.files import AGRICULTURAL_CHAMP, CRLF, LF, envoi
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import add_months, dsn_date
from scarabee.dsn.invention.numbers import money
from scarabee.dsn.invention.signalements import END, START, signalement_declaration, signalements

NORMS = ("P24V01", "P25V01", "P26V01", "P27V01")
FILES_PER_BUREAU = 10
FRACTIONS = ("11", "11", "11", "12", "22", "13", "23", "33")


def random_declarations(seed: int, count: int) -> Iterator[bytes]:
    """Yield ``count`` files of one to four S20 each: every nature, type, champ, fraction, norm and line end.

    The same seed yields the same files. An S20 may repeat the key of another file's with other contents, as
    an employer's corrections do; never within one file.
    """
    rng = draws("mixture", seed)
    bureau = _small_bureau(rng)
    for number in range(count):
        if number and number % FILES_PER_BUREAU == 0:
            bureau = _small_bureau(rng)
        yield _random_file(rng, bureau)


def _small_bureau(rng: Random) -> Bureau:
    return invent_bureau(
        rng.randrange(10**9),
        employers=rng.randrange(3, 9),
        employees_per_employer=(1, 5),
        first_month=date(rng.choice((2024, 2025, 2026)), rng.randrange(1, 13), 1),
        months=rng.randrange(3, 13),
        norm=rng.choice(NORMS),
    )


def _random_file(rng: Random, bureau: Bureau) -> bytes:
    point = rng.choice(("01", "01", "01", "02"))
    declarations: dict[str, str] = {}  # by the event or the employer and month, so that no S20 comes twice
    for _ in range(rng.randrange(1, 5)):
        draw = _random_monthly if rng.random() < 0.7 else _random_signalement
        name, text = draw(rng, bureau, point)
        declarations[name] = text
    return envoi(
        bureau.sender,
        list(declarations.values()),
        norm=bureau.norm_of(bureau.first_month),
        real=rng.random() < 0.3,
        point=point,
        without_people=not any("\nS21.G00.30." in text for text in declarations.values()),
        line_end=rng.choice((CRLF, LF)),
    )


def _random_monthly(rng: Random, bureau: Bureau, point: str) -> tuple[str, str]:
    """Return the name of an employer's month, and a mensuelle of any type for it."""
    employer, month = _random_place(rng, bureau)
    fraction = rng.choice(FRACTIONS)
    people = bureau.employed(employer, month)[int(fraction[0]) - 1 :: int(fraction[1])]
    if rng.random() < 0.1:
        people = []
    replaces = rng.random() < 0.2
    order = rng.randrange(2, 9) if replaces else 1
    heading = Heading(
        type=(REPLACES if replaces else NORMAL) if people else (REPLACES_WITHOUT_PEOPLE if replaces else NIL),
        fraction=fraction,
        order=order,
        replaces=f"{dsn_date(filing_day(month))}{order - 1}" if replaces and people else None,
        champ=AGRICULTURAL_CHAMP if point == "02" else rng.choice(("01", "01", "03")),
        revision=order - 1,
    )
    text = monthly_declaration(bureau, employer, month, heading, people)
    if people and rng.random() < 0.1:
        text += _fee_blocs(rng, month)
    return f"{employer.siret} {month}", text


def _random_signalement(rng: Random, bureau: Bureau, point: str) -> tuple[str, str]:
    """Return the name of an event and a signalement of it; a mensuelle for a bureau where nothing happens."""
    events = [
        event
        for month in bureau.all_months
        for employer in bureau.employers
        if employer.declares(month)
        for event in signalements(bureau, employer, month)
    ]
    if not events:
        return _random_monthly(rng, bureau, point)
    natures = sorted({event.nature for event in events})
    nature = rng.choice(natures)
    event = rng.choice([event for event in events if event.nature == nature])
    types = [NORMAL, NORMAL]
    if nature != START:
        types.append(REPLACES)
    if nature in (END, START):
        types.append(CANCELS)
    name = f"{event.employment.employer.siret} {event.order}"
    return name, signalement_declaration(bureau, event, type=rng.choice(types))


def _random_place(rng: Random, bureau: Bureau) -> tuple[Employer, date]:
    month = add_months(bureau.first_month, rng.randrange(bureau.months))
    return rng.choice([employer for employer in bureau.employers if employer.declares(month)]), month


def _fee_blocs(rng: Random, month: date) -> str:
    """Return S89.G00.32 and 43, the fees paid to a beneficiary: lines that belong to no employee."""
    year = str(month.year)
    text = bloc("S89.G00.32", {"001": "Arbitre", "002": "D'HÉRICOURT", "003": "Zoé", "012": "VALBRUME", "017": year})
    return text + bloc("S89.G00.43", {"001": "01", "002": money(rng.randrange(5_000, 90_000))})
