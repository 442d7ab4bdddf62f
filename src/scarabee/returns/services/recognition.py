"""Who the people of a return are here: by any NIR or NTT ever seen, under the employer that declares the SIRET."""

from collections.abc import Iterable

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, Employer, Identifier
from scarabee.dossiers.services.identities import Key, known_people
from scarabee.netentreprises.documents import Person


def ids_under(employer_id: int, people: Iterable[Person]) -> dict[Person, int]:
    """{person: id of the employee} under one employer, for those who are known; the NIR counts before the NTT."""
    return _recognised(dict.fromkeys(people, employer_id))


def employees_of(people: Iterable[Person]) -> dict[Person, Employee]:
    """{person: employee} in the dossiers that declare the SIRETs of these people, with their employers and dossiers."""
    listed = list(people)
    sirets = sorted({one.siret for one in listed})
    employers: dict[str, int] = {}
    for some in chunks(sirets):
        employers |= Employer.objects.filter(siret__in=some, declaring=True).values_list("siret", "pk")
    ids = _recognised({one: employers[one.siret] for one in listed if one.siret in employers})
    found: dict[int, Employee] = {}
    for chunk in chunks(sorted(set(ids.values()))):
        found |= Employee.objects.select_related("employer", "dossier").in_bulk(list(chunk))
    return {one: found[pk] for one, pk in ids.items()}


def _recognised(people: dict[Person, int]) -> dict[Person, int]:
    wanted = {one: _keys(employer_id, one) for one, employer_id in people.items()}
    known = known_people({key for keys in wanted.values() for key in keys})
    return {one: known[key] for one, keys in wanted.items() for key in reversed(keys) if key in known}


def _keys(employer_id: int, person: Person) -> list[Key]:
    numbers = ((Identifier.Kind.NIR, person.nir), (Identifier.Kind.NTT, person.ntt))
    return [Key(employer_id, kind, value) for kind, value in numbers if value]
