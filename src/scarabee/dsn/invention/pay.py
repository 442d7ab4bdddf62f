"""The pay of one contract for one month, in cents: plausible sums, not a payroll."""

from dataclasses import dataclass, fields
from datetime import date
from random import Random

from scarabee.dsn.invention.contracts import FULL_TIME_HOURS, Contract
from scarabee.dsn.invention.numbers import share

CEILINGS = {
    2024: 386_400,
    2025: 392_500,
}  # monthly plafond de Sécurité sociale; later years take the last one
LATER_CEILING = 400_500
FULL_SMIC = 182_303

# code de cotisation (81.001), rate in hundredths of a percent, organisme ("urssaf" or "pension")
CAPPED_RATES = (("076", 1545, "urssaf"), ("131", 787, "pension"))
GROSS_RATES = (
    ("075", 700, "urssaf"),
    ("076", 251, "urssaf"),
    ("074", 345, "urssaf"),
    ("045", 120, "urssaf"),
    ("068", 30, "urssaf"),
    ("049", 10, "urssaf"),
    ("100", 2, "urssaf"),
    ("102", 180, "urssaf"),
    ("128", 55, "urssaf"),
)
CSG_RATES = (("072", 920, "urssaf"), ("079", 50, "urssaf"))
UNEMPLOYMENT_RATES = (("040", 400, "urssaf"), ("048", 25, "urssaf"))
GENERAL_REDUCTION = 900  # 81.001 = 018, hundredths of a percent, negative
PENSION_REDUCTION = 130  # 81.001 = 106
OCCUPATIONAL_HEALTH = 24  # 81.001 = 091


@dataclass(frozen=True, slots=True)
class Pay:
    """One contract, one month. Amounts in cents, measures in hundredths of an hour (or day)."""

    contract: Contract
    base: int
    bonus: int
    worked: int
    absent: int
    ceiling: int
    smic: int

    @property
    def gross(self) -> int:
        return self.base + self.bonus

    @property
    def capped(self) -> int:
        return min(self.gross, self.ceiling)

    @property
    def csg_base(self) -> int:
        return share(self.gross, 9825)

    @property
    def net_taxable(self) -> int:
        return share(self.gross, 8010)


@dataclass(slots=True)
class Totals:
    """Sums over people, in cents: what the employer's own blocs and a reader's figures need."""

    people: int = 0
    gross: int = 0
    capped: int = 0
    net_taxable: int = 0
    net_paid: int = 0
    pas: int = 0
    urssaf: int = 0
    pension: int = 0
    health: int = 0
    provident: int = 0

    def add(self, other: "Totals") -> None:
        for column in fields(self):
            setattr(self, column.name, getattr(self, column.name) + getattr(other, column.name))


def invent_pay(rng: Random, contract: Contract, month: date) -> Pay:
    """Return the pay of a contract for a month (first day) it is active in."""
    worked_days, days = contract.worked_days(month)
    measure = contract.hours_in(month)
    if contract.counts_days:
        worked, absent = measure * worked_days // max(1, worked_days), 0
        proportion = worked * 10_000 // contract.full_measure
    else:
        worked = measure * worked_days // days
        absent = measure - worked
        proportion = worked * 10_000 // FULL_TIME_HOURS
    base = contract.job.hourly_pay * worked // 100
    bonus = 0
    if worked and rng.random() < 0.35:
        bonus = max(100, share(base, rng.randrange(50, 900)))
    ceiling = CEILINGS.get(month.year, LATER_CEILING)
    return Pay(
        contract=contract,
        base=base,
        bonus=bonus,
        worked=worked,
        absent=absent,
        ceiling=max(1, share(ceiling, proportion)),
        smic=share(FULL_SMIC, proportion),
    )
