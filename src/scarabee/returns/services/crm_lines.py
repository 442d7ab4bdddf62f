"""The lines of a CRM nominatif, as rates need them: hundredths of a percent, days as ISO texts, readable or not."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from scarabee.netentreprises.documents import Person

NUMBER_LENGTH = 40
_LIMIT = 100
"""A rate is a percentage: 0 at least, below 100."""


class Value(NamedTuple):
    """What a line says of a rate, in hundredths of a percent; None: no personalised rate. `future_from` ISO or ""."""

    rate: int | None = None
    future_rate: int | None = None
    future_from: str = ""

    def on(self, day: str) -> int | None:
        """The rate of that day (ISO)."""
        return self.future_rate if self.future_from and day >= self.future_from else self.rate

    @property
    def ends_without_rate(self) -> bool:
        """Whether there is no personalised rate, or none any more from a day to come on."""
        return self.rate is None or (bool(self.future_from) and self.future_rate is None)


class Line(NamedTuple):
    """One individual of a CRM. `is_readable`: whether his rate is one that can exist."""

    siret: str
    nir: str
    ntt: str
    matricule: str
    value: Value
    is_readable: bool

    @property
    def number(self) -> str:
        """What tells who it is: the NIR, else the NTT, else the matricule."""
        return (self.nir or self.ntt or self.matricule)[:NUMBER_LENGTH]


def line_of(person: Person) -> Line:
    """The line of an individual. A future rate without its first day cannot be read."""
    told = (person.rate, person.has_rate, person.future_rate, person.future_from)
    value, is_readable = _value(*told)
    return Line(person.siret, person.nir, person.ntt, person.matricule, value, is_readable)


def percent(hundredths: int | None) -> Decimal | None:
    """Hundredths of a percent as a percentage with two decimals."""
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


@lru_cache(16384)
def stored_percent(hundredths: int | None) -> str | None:
    """As `percent`, in the text that the database takes."""
    return None if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02}"


def hundredths(rate: Decimal | None) -> int | None:
    """A percentage as hundredths of a percent."""
    return None if rate is None else int(rate.scaleb(2))


def value_of(rate: Decimal | None, future_rate: Decimal | None, future_from: date | None) -> Value:
    """The value of the columns of a PasRate or RateLine."""
    return Value(hundredths(rate), hundredths(future_rate), future_from.isoformat() if future_from else "")


@lru_cache(8192)
def _value(
    rate: Decimal | None, has_rate: bool, future_rate: Decimal | None, future_from: date | None
) -> tuple[Value, bool]:
    rates = [one for one in (rate, future_rate) if one is not None]
    readable = (rate is not None or not has_rate) and (future_rate is None or future_from is not None)
    if not readable or not all(0 <= one < _LIMIT and one == round(one, 2) for one in rates):
        return Value(), False
    return value_of(rate, future_rate, future_from), True
