"""Dossiers filled without files, for what looks at ticks, pages and queries only."""

from scarabee.dossiers.models import Act, Dossier, Employee, Employer, Identifier
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor


def filled(actor: Actor, name: str, *, employers: int, employees: int) -> Dossier:
    """A dossier of so many employers, each with so many employees, in the order of their numbers."""
    dossier = create_dossier(actor=actor, name=name)
    act = Act.objects.create(
        kind=Act.Kind.ENTRY, state=Act.State.DONE, dossier=dossier, actor_name=actor.name, created_at=now()
    )
    rows = Employer.objects.bulk_create(
        Employer(
            dossier=dossier,
            siret=f"{dossier.pk:04}{number:010}",
            name=f"Association {number:04}",
            search_key=search_key(f"Association {number:04}", "VALENCE"),
            town="VALENCE",
            act=act,
        )
        for number in range(1, employers + 1)
    )
    people = Employee.objects.bulk_create(
        Employee(
            dossier=dossier,
            employer=row,
            nir=f"2{number:012}",
            family_name=f"NOM {number:05}",
            given_names="Camille",
            birth_date="01021980",
            search_key=search_key(f"NOM {number:05}", "Camille"),
            act=act,
        )
        for row in rows
        for number in range(1, employees + 1)
    )
    Identifier.objects.bulk_create(
        Identifier(
            dossier=dossier,
            employer_id=person.employer_id,
            employee=person,
            kind=Identifier.Kind.NIR,
            value=person.nir,
            act=act,
        )
        for person in people
    )
    return dossier
