"""The invented employers: small associations, with the numbers and codes a declaration needs."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from scarabee.dsn.invention.activities import ACTIVITIES, Activity
from scarabee.dsn.invention.names import STREETS, TOWNS
from scarabee.dsn.invention.numbers import invent_iban, invent_siren, nic_of

URSSAF_SIRETS = ("78861779300013", "75351120100017", "79482766700018")
PENSION_SIRET = "75320126800012"
HEALTH_CODES = ("AMUT01", "P0942", "P1037")


@dataclass(frozen=True, slots=True)
class Employer:
    """One établissement. ``first_month`` and ``last_month`` bound the months it declares (None: no bound).

    ``predecessor`` is the siret it had before its nic changed; ``seasonal`` employers only hire in summer.
    """

    siren: str
    nic: str
    head_nic: str
    name: str
    activity: Activity
    street: str
    postcode: str
    town: str
    insee: str
    iban: str
    bic: str
    urssaf: str
    health: str | None
    provident: str | None
    first_month: date | None = None
    last_month: date | None = None
    predecessor: str | None = None
    seasonal: bool = False

    @property
    def siret(self) -> str:
        return self.siren + self.nic

    def declares(self, month: date) -> bool:
        """Say whether this établissement exists in the month (given by its first day)."""
        return (self.first_month is None or self.first_month <= month) and (
            self.last_month is None or month <= self.last_month
        )


def invent_employer(rng: Random, number: int) -> Employer:
    """Invent the ``number``-th employer of a bureau; the number spreads kinds and towns evenly."""
    activity = ACTIVITIES[number % len(ACTIVITIES)]
    town_name, town, postcode, insee = TOWNS[(number + number // len(TOWNS)) % len(TOWNS)]
    siren = invent_siren(rng)
    nic = nic_of(siren, rng.choice((1, 1, 1, 2, 3)))
    return Employer(
        siren=siren,
        nic=nic,
        head_nic=nic,
        name=activity.names[number // len(ACTIVITIES) % len(activity.names)].format(town_name),
        activity=activity,
        street=f"{rng.randrange(1, 120)} {rng.choice(STREETS)}",
        postcode=postcode,
        town=town,
        insee=insee,
        iban=invent_iban(rng),
        bic="BKINFRPPXXX",
        urssaf=rng.choice(URSSAF_SIRETS),
        health=rng.choice(HEALTH_CODES) if rng.random() < 0.85 else None,
        provident="P0942" if rng.random() < 0.7 else None,
        seasonal=number % 25 == 6,
    )


def second_establishment(rng: Random, employer: Employer) -> Employer:
    """Invent another établissement of the same siren, elsewhere."""
    town_name, town, postcode, insee = rng.choice([place for place in TOWNS if place[1] != employer.town])
    return replace(
        employer,
        nic=nic_of(employer.siren, 40 + rng.randrange(40)),
        name=f"{employer.name}, antenne de {town_name}",
        street=f"{rng.randrange(1, 120)} {rng.choice(STREETS)}",
        postcode=postcode,
        town=town,
        insee=insee,
    )


def successor(rng: Random, employer: Employer, first_month: date) -> Employer:
    """Invent the same employer after a move: another nic, another address, from the given month on."""
    nic = nic_of(employer.siren, 90 + rng.randrange(9))
    return replace(
        employer,
        nic=nic,
        head_nic=nic,
        street=f"{rng.randrange(1, 120)} {rng.choice(STREETS)}",
        first_month=first_month,
        predecessor=employer.siret,
    )
