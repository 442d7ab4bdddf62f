"""The invented people: who they are, and how their identity changes from one month to the next."""

from dataclasses import dataclass
from datetime import date
from random import Random

from scarabee.dsn.invention.months import dsn_date
from scarabee.dsn.invention.names import BIRTHPLACES, FAMILY_NAMES, MEN, STREETS, TOWNS, WOMEN
from scarabee.dsn.invention.numbers import nir_of


@dataclass(slots=True)
class Person:
    """One human being, whoever employs them. The fields hold the newest identity, ``old_*`` what came before.

    ``nir_from``: month in which the nir appears (an ntt stands in before); ``corrected_from``: month in which
    the nir replaces ``old_nir``; ``renamed_from``: month in which the name replaces ``old_name``.
    """

    man: bool
    birth: date
    nir: str
    name: str
    first_names: str
    birth_department: str
    birth_country: str
    birth_zone: str
    birth_country_label: str
    birthplace: str
    street: str
    postcode: str
    town: str
    email: str | None = None
    nir_from: date | None = None
    corrected_from: date | None = None
    old_nir: str = ""
    renamed_from: date | None = None
    old_name: str = ""

    def nir_in(self, month: date) -> str | None:
        """Return the nir declared in the month (first day), None while there is only an ntt."""
        if self.nir_from and month < self.nir_from:
            return None
        if self.corrected_from and month < self.corrected_from:
            return self.old_nir
        return self.nir

    def name_in(self, month: date) -> str:
        return self.old_name if self.renamed_from and month < self.renamed_from else self.name

    def needs_ntt(self, month: date) -> bool:
        """Say whether 30.020 is declared: up to and including the first month that gives the nir."""
        return self.nir_from is not None and month <= self.nir_from

    def changes_in(self, month: date) -> list[dict[str, str]]:
        """Return the rubriques of each S21.G00.31 of the month."""
        day = dsn_date(month)
        changes = []
        if self.corrected_from == month:
            changes.append({"001": day, "008": self.old_nir})
        if self.renamed_from == month:
            changes.append({"001": day, "009": self.old_name})
        return changes


def invent_person(rng: Random, taken: set[str]) -> Person:
    """Invent a person whose nir is not in ``taken``, and add it there."""
    while True:
        man = rng.random() < 0.38
        birth = date(rng.randrange(1961, 2007), rng.randrange(1, 13), rng.randrange(1, 29))
        department, country, zone, label, places = rng.choice(BIRTHPLACES)
        if department in ("2A", "2B") and birth.year < 1976:
            continue  # Corsica had number 20 then
        nir = nir_of(
            man=man,
            year=birth.year,
            month=birth.month,
            department=department,
            commune=rng.randrange(101, 560),
            order=rng.randrange(1, 900),
        )
        if nir not in taken:
            break
    taken.add(nir)
    names = MEN if man else WOMEN
    first_names = rng.choice(names)
    if rng.random() < 0.3:
        first_names += f" {rng.choice(names)}"
    _, town, postcode, _ = rng.choice(TOWNS)
    return Person(
        man=man,
        birth=birth,
        nir=nir,
        name=rng.choice(FAMILY_NAMES),
        first_names=first_names,
        birth_department=department,
        birth_country=country,
        birth_zone=zone,
        birth_country_label=label,
        birthplace=rng.choice(places),
        street=f"{rng.randrange(1, 150)} {rng.choice(STREETS)}",
        postcode=postcode,
        town=town,
        email=f"personne{len(taken)}@exemple.invalid" if rng.random() < 0.4 else None,
    )


def correct_nir(rng: Random, person: Person, month: date, taken: set[str]) -> None:
    """Make the person's nir of before ``month`` a wrong one (same birth, other order number)."""
    wrong = person.nir
    while wrong in taken:
        wrong = person.nir[:10] + f"{rng.randrange(1, 900):03d}"
    taken.add(wrong)
    person.old_nir = wrong
    person.corrected_from = month


def rename(rng: Random, person: Person, month: date) -> None:
    """Give the person another family name from ``month`` on."""
    person.old_name = person.name
    person.name = rng.choice([name for name in FAMILY_NAMES if name != person.old_name])
    person.renamed_from = month
