"""A whole invented payroll bureau: its employers, the people they employ, what happens month after month."""

from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from scarabee.dsn.invention.contracts import Contract
from scarabee.dsn.invention.draws import draws
from scarabee.dsn.invention.employers import (
    Employer,
    invent_employer,
    second_establishment,
    successor,
)
from scarabee.dsn.invention.months import add_months, as_month, norm_in_force
from scarabee.dsn.invention.numbers import invent_siren, nic_of
from scarabee.dsn.invention.people import Person, invent_person
from scarabee.dsn.invention.stories import Stage, hire, seasonal_hire, shuffled_stories

MOVER, MOVED = 3, 4  # of every 25 employers, the fifth is the fourth after a change of nic
SECOND_SITE = 1  # and the second is another établissement of the first


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the files: the bureau itself (blocs S10.G00.01 and .02, contact of S20.G00.07)."""

    siren: str
    nic: str
    name: str
    street: str
    postcode: str
    town: str
    contact: str
    email: str
    telephone: str


@dataclass(slots=True)
class Employment:
    """One person at one employer: matricule, contracts, PAS rate (hundredths of a percent; None: barème)."""

    employer: Employer
    person: Person
    matricule: str
    contracts: list[Contract]
    pas_rate: int | None
    pas_rate_id: str
    children: int = 0

    @property
    def ntt(self) -> str:
        return f"{1 if self.person.man else 2}{self.employer.siren}{self.matricule}"

    def contracts_in(self, month: date) -> list[Contract]:
        """Return the contracts the employer declares in the month (first day)."""
        if not self.employer.declares(month):
            return []
        return [contract for contract in self.contracts if contract.is_active_in(month)]


@dataclass(slots=True)
class Bureau:
    """The invention, complete from the start: files are only read off it, in any order.

    ``norm`` None means the norm in force for the month of each file.
    """

    seed: int
    first_month: date
    months: int
    norm: str | None
    sender: Sender
    employers: list[Employer] = field(default_factory=list)
    employments: dict[str, list[Employment]] = field(default_factory=dict)

    @property
    def all_months(self) -> list[date]:
        return [add_months(self.first_month, step) for step in range(self.months)]

    def norm_of(self, month: date) -> str:
        return self.norm or norm_in_force(month)

    def employed(self, employer: Employer, month: date) -> list[Employment]:
        """Return who the employer declares in the month, in the order of hiring."""
        return [employment for employment in self.employments[employer.siret] if employment.contracts_in(month)]


def invent_bureau(
    seed: int,
    *,
    employers: int = 50,
    employees_per_employer: tuple[int, int] = (3, 10),
    first_month: date | str = "2025-11",
    months: int = 12,
    norm: str | None = None,
) -> Bureau:
    """Invent a bureau; the same arguments give the same bureau on every machine.

    ``employees_per_employer`` bounds how many people each employer employs in all, not at once. ``norm``
    forces one norm (``"P24V01"`` to ``"P27V01"``), otherwise each month has its own. Raises ValueError on
    empty bounds.
    """
    least, most = employees_per_employer
    if employers < 1 or months < 1 or not 1 <= least <= most:
        raise ValueError("a bureau needs employers, months and employees")
    rng = draws("bureau", seed)
    bureau = Bureau(seed, as_month(first_month), months, norm, _invent_sender(rng))
    stage = Stage(rng, bureau.first_month, months)
    stories = shuffled_stories(rng)
    for number in range(employers):
        employer = _next_employer(rng, bureau, number)
        if employer.predecessor:
            _follow(bureau, employer)
            continue
        bureau.employments[employer.siret] = [
            _employ(stage, employer, rank, next(stories)) for rank in range(1, rng.randint(least, most) + 1)
        ]
    return bureau


def _invent_sender(rng: Random) -> Sender:
    siren = invent_siren(rng)
    return Sender(
        siren=siren,
        nic=nic_of(siren, 1),
        name="Tiers de confiance L'Escarboucle",
        street="12 rue de l'Invention",
        postcode="35990",
        town="VALBRUME",
        contact="Noémie D'Hervault",
        email="paie@exemple.invalid",
        telephone="0199000000",
    )


def _next_employer(rng: Random, bureau: Bureau, number: int) -> Employer:
    """Invent one more employer, and add it to the bureau."""
    role = number % 25
    if role == SECOND_SITE:
        employer = second_establishment(rng, bureau.employers[-1])
    elif role == MOVED and bureau.months > 2:
        mover = bureau.employers[-1]
        move = add_months(bureau.first_month, bureau.months // 2)
        employer = successor(rng, mover, move)
        _close(bureau, mover, add_months(move, -1))
    else:
        employer = invent_employer(rng, number)
    bureau.employers.append(employer)
    return employer


def _close(bureau: Bureau, employer: Employer, last_month: date) -> None:
    closed = replace(employer, last_month=last_month)
    bureau.employers[bureau.employers.index(employer)] = closed
    for employment in bureau.employments[closed.siret]:
        employment.employer = closed


def _follow(bureau: Bureau, employer: Employer) -> None:
    """Give the successor of a moved établissement the people of the old one."""
    move = employer.first_month
    assert move is not None and employer.predecessor is not None
    followers = []
    for employment in bureau.employments[employer.predecessor]:
        for contract in employment.contracts:
            if contract.start < move:
                contract.moved_on, contract.old_siret = move, employer.predecessor
        followers.append(replace(employment, employer=employer))
    bureau.employments[employer.siret] = followers


def _employ(stage: Stage, employer: Employer, rank: int, story: str) -> Employment:
    rng = stage.rng
    person = stage.share_person(employer.siren) if story == "shared" else None
    person = person or invent_person(rng, stage.taken_nirs)
    contracts = seasonal_hire(stage, employer) if employer.seasonal else hire(stage, employer, person, story)
    if story == "steady" and not employer.seasonal:
        stage.shareable.append((employer.siren, person))
    tax = draws("pas", person.nir)  # the rate is the person's, whoever pays
    has_rate = tax.random() < 0.8
    return Employment(
        employer=employer,
        person=person,
        matricule=f"{rank:05d}",
        contracts=contracts,
        pas_rate=tax.choice((0, 0, 0, 110, 190, 280, 430, 710)) if has_rate else None,
        pas_rate_id=f"{tax.randrange(10**11, 10**12)}" if has_rate else "-1",
        children=rng.choice((0, 0, 1, 2)),
    )
