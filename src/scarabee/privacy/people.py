"""Somebody, wherever they stand: the same NIR or NTT, under any employer of any dossier that the actor may see.

Names never make two people one: whoever has no number at all is told alone, and homonyms are for a person to look at.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.dsn.identifiers import matching_nir
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.privacy.marks import Number

_JOINING = (Identifier.Kind.NIR, Identifier.Kind.NTT)


@dataclass(frozen=True, slots=True)
class Person:
    """A person: one row per employer and dossier where they stand, and every identifier ever seen for them."""

    places: list[Employee]
    numbers: frozenset[Number]

    @property
    def shown(self) -> Employee:
        """The row whose page or number was asked for."""
        return self.places[0]

    @property
    def ids(self) -> list[int]:
        return [one.pk for one in self.places]

    @property
    def sirets(self) -> list[str]:
        return sorted({one.employer.siret for one in self.places})

    @property
    def has_other_names(self) -> bool:
        """Whether the numbers lead to rows of different names: perhaps one number was typed for somebody else."""
        return len({search_key(one.family_name, one.given_names) for one in self.places}) > 1

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """(family name, given names) as they stand, without those that lack one of them."""
        told = {(one.family_name.strip(), one.given_names.strip()) for one in self.places}
        return frozenset(one for one in told if all(one))

    @property
    def writings(self) -> frozenset[str]:
        """Every way in which a number of theirs may be written: NIR with and without its key, NTT."""
        found = {number.value for number in self.numbers if number.kind != Identifier.Kind.CIVIL}
        for one in self.places:
            found |= {"".join(one.nir.split()), matching_nir(one.nir), one.ntt}
        return frozenset(found - {""})


def person_of(*, actor: Actor, number: int) -> Person:
    """The person whose local number this is, and all their places that the actor may see. Raises `NotVisible`."""
    asked = Employee.objects.visible_to(actor).filter(pk=number).first()
    if asked is None:
        raise NotVisible("Ce salarié n’existe pas, ou vous n’y avez pas accès.", remedy="Cherchez-le de nouveau.")
    found = closure([asked.pk])
    rows = Employee.objects.visible_to(actor).filter(pk__in=found).select_related("dossier", "employer")
    return _person(sorted(rows.distinct(), key=lambda one: (one.pk != number, one.dossier.name_key, one.pk)))


def person_among(employee_ids: Iterable[int]) -> Person:
    """These very rows as one person, whoever asks: for what the program does by itself."""
    rows = Employee.objects.filter(pk__in=list(employee_ids)).select_related("dossier", "employer")
    return _person(list(rows.order_by("pk")))


def closure(employee_ids: Iterable[int]) -> set[int]:
    """The rows that share a NIR or an NTT with these, or with one of those found, over all dossiers."""
    found, told = set(employee_ids), set[tuple[str, str]]()
    waiting = set(found)
    while waiting:
        new = set[tuple[str, str]]()
        for some in chunks(sorted(waiting)):
            rows = Identifier.objects.filter(employee_id__in=some, kind__in=_JOINING)
            new |= set(rows.values_list("kind", "value"))
        new -= told
        told |= new
        waiting = set[int]()
        for some_values in chunks(sorted({value for _, value in new})):
            rows = Identifier.objects.filter(value__in=some_values, kind__in=_JOINING)
            for kind, value, pk in rows.values_list("kind", "value", "employee_id"):
                if (kind, value) in new and pk not in found:
                    waiting.add(pk)
        found |= waiting
    return found


def _person(places: list[Employee]) -> Person:
    numbers = set[Number]()
    for some in chunks([one.pk for one in places]):
        rows = Identifier.objects.filter(employee_id__in=some)
        numbers |= {Number(kind, value) for kind, value in rows.values_list("kind", "value")}
    return Person(places, frozenset(numbers))
