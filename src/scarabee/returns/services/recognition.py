"""Who the people of a return are here: by any NIR or NTT ever seen, under the employer that declares the SIRET."""

from collections.abc import Iterable

from django.db.models import F

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, Identifier
from scarabee.dossiers.services.identities import Key, known_people
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import Person

PEOPLE_AT_ONCE = 300
Kind = Identifier.Kind


def ids_under(employer_id: int, people: Iterable[Person]) -> dict[Person, int]:
    """{person: id of the employee} under one employer, for those who are known; the NIR counts before the NTT."""
    return _recognised(dict.fromkeys(people, employer_id))


def employees_of(people: Iterable[Person], actor: Actor | None = None) -> dict[Person, Employee]:
    """{person: employee} in the dossiers that declare the SIRETs of these people, with their employers and dossiers.

    `actor`: without the employees that they may not see. One query for each `PEOPLE_AT_ONCE`.
    """
    visible = Employee.objects.all() if actor is None else Employee.objects.visible_to(actor)
    rows = visible.filter(employer__declaring=True).select_related("employer", "dossier").order_by()
    rows = rows.defer("employer__lines", "employer__typed")
    rows = rows.annotate(by=F("identifiers__kind"), number=F("identifiers__value"))
    found: dict[Person, Employee] = {}
    for some in chunks(list(dict.fromkeys(people)), PEOPLE_AT_ONCE):
        numbers = {number for one in some for number in (one.nir, one.ntt) if number}
        known = {
            (one.employer.siret, one.by, one.number): one
            for one in rows.filter(employer__siret__in={one.siret for one in some}, number__in=numbers)
        }
        for person in some:
            nir, ntt = ((person.siret, Kind.NIR, person.nir), (person.siret, Kind.NTT, person.ntt))
            if employee := known.get(nir) or known.get(ntt):
                found[person] = employee
    return found


def _recognised(people: dict[Person, int]) -> dict[Person, int]:
    wanted = {one: _keys(employer_id, one) for one, employer_id in people.items()}
    known = known_people({key for keys in wanted.values() for key in keys})
    return {one: known[key] for one, keys in wanted.items() for key in reversed(keys) if key in known}


def _keys(employer_id: int, person: Person) -> list[Key]:
    numbers = ((Kind.NIR, person.nir), (Kind.NTT, person.ntt))
    return [Key(employer_id, kind, value) for kind, value in numbers if value]
