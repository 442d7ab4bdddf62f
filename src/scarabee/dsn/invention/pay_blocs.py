"""The blocs of somebody's pay in a mensuelle: S21.G00.50 and below, S21.G00.86."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from scarabee.dsn.invention.bureau import Employment
from scarabee.dsn.invention.contracts import Contract
from scarabee.dsn.invention.draws import draws
from scarabee.dsn.invention.employers import PENSION_SIRET
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import add_months, dsn_date, month_end, months_between
from scarabee.dsn.invention.numbers import money, share
from scarabee.dsn.invention.pay import (
    CAPPED_RATES,
    CSG_RATES,
    GENERAL_REDUCTION,
    GROSS_RATES,
    OCCUPATIONAL_HEALTH,
    PENSION_REDUCTION,
    UNEMPLOYMENT_RATES,
    Pay,
    Totals,
    invent_pay,
)
from scarabee.dsn.invention.person_blocs import (
    contract_bloc,
    contract_event_blocs,
    covers_health,
    individual_blocs,
)


@dataclass(frozen=True, slots=True)
class PersonPart:
    """One person's lines in a mensuelle, and what they add to the employer's own blocs."""

    text: str
    totals: Totals


def person_part(employment: Employment, month: date, *, seed: int, norm: str, revision: int = 0) -> PersonPart:
    """Write one person's part of a mensuelle, from S21.G00.30 to S21.G00.86.

    The sums depend on seed, employer, matricule, month and ``revision`` only, so a file can be written again.
    """
    rng = draws("pay", seed, employment.employer.siret, employment.matricule, month, revision)
    contracts = employment.contracts_in(month)
    totals = Totals(people=1)
    text = [individual_blocs(employment, month, norm=norm)]
    for contract in contracts:
        text.append(contract_bloc(employment, contract, month, norm=norm))
        text.append(contract_event_blocs(employment, contract, month))
    pays = [invent_pay(rng, contract, month) for contract in contracts]
    bases = "".join([_base_blocs(employment, pay, month, totals) for pay in pays])
    text.append(_payment_bloc(employment, pays, month, totals))
    text.extend(_earning_blocs(pay, month) for pay in pays)
    text.append(_supplement_blocs(rng, pays, month, norm, totals))
    text.append(bases)
    for contract in contracts:
        age = max(0, months_between(contract.start_in(month), month))
        text.append(bloc("S21.G00.86", {"001": "07", "002": "02", "003": str(age), "005": contract.number_in(month)}))
    if totals.gross and rng.random() < 0.01:
        text.append(_seizure_bloc(employment, rng))
    return PersonPart("".join(text), totals)


def _payment_bloc(employment: Employment, pays: list[Pay], month: date, totals: Totals) -> str:
    """Return S21.G00.50, and enter gross, net and PAS in the totals."""
    totals.gross = sum(pay.gross for pay in pays)
    totals.capped = sum(pay.capped for pay in pays)
    totals.net_taxable = sum(pay.net_taxable for pay in pays)
    rate = employment.pas_rate if employment.pas_rate is not None else _neutral_rate(totals.net_taxable)
    totals.pas = share(totals.net_taxable, rate)
    totals.net_paid = share(totals.gross, 7785) - totals.pas
    return bloc(
        "S21.G00.50",
        {
            "001": dsn_date(month_end(month)),
            "002": money(totals.net_taxable),
            "003": "01",
            "004": money(totals.net_paid),
            "006": money(rate),
            "007": "13" if employment.pas_rate is None else "01",
            "008": employment.pas_rate_id,
            "009": money(totals.pas),
            "013": money(totals.net_taxable),
        },
    )


def _seizure_bloc(employment: Employment, rng: Random) -> str:
    """Return S21.G00.98, a saisie administrative à tiers détenteur paid in part."""
    name = f"SATD-{employment.employer.siren}-{employment.matricule}"
    return bloc("S21.G00.98", {"001": name, "002": "04", "003": money(rng.randrange(1_000, 9_000))})


def _neutral_rate(net_taxable: int) -> int:
    """Return the rate of the barème, in hundredths of a percent, for a net in cents."""
    for limit, rate in ((162_000, 0), (168_300, 50), (179_100, 130), (191_100, 210), (204_200, 290)):
        if net_taxable < limit:
            return rate
    return 350


def _earning_blocs(pay: Pay, month: date) -> str:
    """Return the S21.G00.51 of one contract (001, 002 with its 53, 003, 010)."""
    start, end = _period(pay.contract, month)
    number = pay.contract.number_in(month)
    text = ""
    for kind, amount in (("001", pay.gross), ("002", pay.gross), ("003", pay.gross), ("010", pay.base)):
        text += bloc("S21.G00.51", {"001": start, "002": end, "010": number, "011": kind, "013": money(amount)})
        if kind == "002":
            unit = "12" if pay.contract.counts_days else "10"
            text += bloc("S21.G00.53", {"001": "01", "002": money(pay.worked), "003": unit})
            if pay.absent:
                text += bloc("S21.G00.53", {"001": "02", "002": money(pay.absent), "003": unit})
    return text


def _supplement_blocs(rng: Random, pays: list[Pay], month: date, norm: str, totals: Totals) -> str:
    """Return S21.G00.52, 54, 56 and 58."""
    text = ""
    for pay in pays:
        start, end = _period(pay.contract, month)
        if pay.bonus:
            number = pay.contract.number_in(month)
            rubriques = {"001": "027", "002": money(pay.bonus), "003": start, "004": end, "006": number}
            text += bloc("S21.G00.52", rubriques)
    start, end = _period(pays[0].contract, month)
    if totals.gross:
        first_number = pays[0].contract.number_in(month) if norm != "P24V01" else None
        for kind, chance, most in (("09", 0.3, 9_000), ("17", 0.4, 12_000), ("18", 0.5, 4_500)):
            if rng.random() < chance:
                amount = money(rng.randrange(500, most))
                rubriques_54 = {"001": kind, "002": amount, "003": start, "004": end, "005": first_number}
                text += bloc("S21.G00.54", rubriques_54)
        if rng.random() < 0.02:
            text += _correction_bloc(rng, month)
    return text + bloc(
        "S21.G00.58", {"001": start, "002": end, "003": "03", "004": money(totals.net_paid + totals.pas)}
    )


def _correction_bloc(rng: Random, month: date) -> str:
    """Return S21.G00.56: the PAS of the month before, corrected by its rate."""
    wrong = add_months(month, -1)
    return bloc(
        "S21.G00.56",
        {
            "001": f"{wrong.month:02d}{wrong.year}",
            "002": "02",
            "005": "1.10",
            "006": "2.30",
            "007": money(rng.randrange(100, 3_000)),
            "015": money(rng.randrange(60_000, 190_000)),
        },
    )


def _base_blocs(employment: Employment, pay: Pay, month: date, totals: Totals) -> str:
    """Return the S21.G00.78, 79 and 81 of one contract, and enter the cotisations in the totals."""
    start, end = _period(pay.contract, month)
    number = pay.contract.number_in(month)
    urssaf = employment.employer.urssaf

    def base(code: str, amount: int, affiliation: str | None = None) -> str:
        return bloc(
            "S21.G00.78",
            {"001": code, "002": start, "003": end, "004": money(amount), "005": affiliation, "006": number},
        )

    def component(code: str, amount: int) -> str:
        return bloc("S21.G00.79", {"001": code, "004": money(amount)})

    def levied(rates: Iterable[tuple[str, int, str]], amount: int) -> str:
        text, shown = "", money(amount)
        for code, rate, organism in rates:
            due = share(amount, rate)
            if organism == "urssaf":
                totals.urssaf += due
            else:
                totals.pension += due
            text += bloc(
                "S21.G00.81",
                {
                    "001": code,
                    "002": urssaf if organism == "urssaf" else PENSION_SIRET,
                    "003": shown,
                    "004": money(due),
                    "007": money(rate) if rate > 0 and code not in ("018", "106") else None,
                },
            )
        return text

    text = base("02", pay.capped) + component("07", pay.ceiling) + levied(CAPPED_RATES, pay.capped)
    text += base("03", pay.gross) + component("01", pay.smic) + levied(GROSS_RATES, pay.gross)
    if 0 < pay.gross < 2 * pay.smic:
        text += levied((("018", -GENERAL_REDUCTION, "urssaf"), ("106", -PENSION_REDUCTION, "pension")), pay.gross)
    text += levied((("091", OCCUPATIONAL_HEALTH, "urssaf"),), pay.gross)
    text += base("04", pay.csg_base) + levied(CSG_RATES, pay.csg_base)
    text += base("07", pay.gross) + levied(UNEMPLOYMENT_RATES, pay.gross)
    if covers_health(employment, pay.contract):
        totals.health += 4_212
        text += base("31", 0, "1") + bloc("S21.G00.81", {"001": "059", "004": money(4_212)})
    if employment.employer.provident:
        due = share(pay.gross, 60)
        totals.provident += due
        text += base("31", 0, "2") + component("11", pay.gross) + bloc("S21.G00.81", {"001": "059", "004": money(due)})
    return text


def _period(contract: Contract, month: date) -> tuple[str, str]:
    """Return first and last day of the month's pay period, cut by the start and end of the contract."""
    last = month_end(month)
    start = max(contract.start_in(month), month)
    end = min(contract.end, last) if contract.end else last
    return dsn_date(start), dsn_date(end)
