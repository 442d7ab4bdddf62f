"""Two records that are probably one person, and their joining by hand (design §2, Employee).

Nothing is merged on a guess: these only propose, a person decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import transaction

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services import identities
from scarabee.dossiers.services.dossiers import lock_writable, touch
from scarabee.dossiers.services.entry import entry_act
from scarabee.dossiers.services.refresh import refresh_employees
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

CLOSE = 0.8
SAME_BIRTH = "mêmes nom, prénoms et date de naissance"
SAME_MATRICULE = "même matricule et noms proches"


@dataclass(frozen=True, slots=True)
class Twins:
    """Two people of one employer, the older record first, and what makes them look alike."""

    first: Employee
    second: Employee
    reason: str


def probable_twins(employer: Employer) -> list[Twins]:
    """The pairs of people of one employer that look like one person. The caller has checked who may see them."""
    reasons: dict[tuple[int, int], str] = {}
    by_birth: dict[tuple[str, str], int] = {}
    by_matricule: dict[str, list[tuple[int, str, str]]] = {}
    rows = Employee.objects.filter(employer=employer).order_by("pk")
    columns = ("pk", "search_key", "birth_date", "matricule", "family_name", "given_names")
    for pk, key, birth, matricule, family, given in rows.values_list(*columns).iterator(chunk_size=4000):
        if key and birth:
            older = by_birth.setdefault((key, birth), pk)
            if older != pk:
                reasons[older, pk] = SAME_BIRTH
        if matricule:
            by_matricule.setdefault(matricule, []).append((pk, search_key(family), search_key(given)))
    for group in by_matricule.values():
        for pair in _close_pairs(group):
            reasons.setdefault(pair, SAME_MATRICULE)
    people: dict[int, Employee] = {}
    for chunk in chunks(sorted({pk for pair in reasons for pk in pair})):
        people.update(Employee.objects.in_bulk(chunk))
    pairs = [Twins(people[first], people[second], reason) for (first, second), reason in reasons.items()]
    return sorted(pairs, key=lambda twins: (twins.first.search_key, twins.first.pk, twins.second.pk))


@transaction.atomic
def join_people(*, actor: Actor, kept: Employee, dropped: Employee) -> Employee:
    """Make one person of two records of one employer: months, identifiers and typed fields go to `kept`.

    Where both have a typed field, that of `kept` stays. Raises `Refusal` when they are under two employers, are the
    same record, or the actor may not change the dossier.
    """
    dossier = lock_writable(actor, kept.dossier)
    locked = Employee.objects.select_for_update(of=("self",), no_key=True).in_bulk([kept.pk, dropped.pk])
    if kept.pk == dropped.pk:
        raise Refusal("C’est deux fois la même fiche.", remedy="Choisissez deux fiches différentes.")
    if len(locked) < 2:
        raise NotVisible("L’une des deux fiches n’existe plus.", remedy="Revenez à la liste : elle est à jour.")
    kept, dropped = locked[kept.pk], locked[dropped.pk]
    if kept.employer_id != dropped.employer_id or kept.dossier_id != dossier.pk:
        raise Refusal(
            "Ces deux fiches ne sont pas chez le même employeur : la même personne y a une fiche chez chacun.",
            remedy="Réunissez seulement deux fiches d’un même employeur.",
        )
    act = entry_act(actor, dossier, f"Réunion de deux fiches : {kept}")
    dropped_id, months = dropped.pk, dropped.months.count()
    identities.join(act=act, kept_id=kept.pk, dropped_id=dropped_id)
    kept.refresh_from_db()
    kept.revision += 1
    kept.save(update_fields=["revision"])
    refresh_employees([kept.pk])
    touch(dossier)
    journal.record(
        actor, "employees.joined", dossier_uuid=dossier.uuid, act=act.pk, kept=kept.pk, dropped=dropped_id,
        months=months,
    )  # fmt: skip
    kept.refresh_from_db()
    return kept


def _close_pairs(group: list[tuple[int, str, str]]) -> Iterator[tuple[int, int]]:
    """Each record with the first one before it whose names are close; a spouse's name or a typing slip are."""
    for index, (pk, family, given) in enumerate(group):
        for older, older_family, older_given in group[:index]:
            if _alike(family, older_family) or _alike(given, older_given):
                yield older, pk
                break


def _alike(one: str, other: str) -> bool:
    return bool(one) and (one == other or SequenceMatcher(None, one, other).ratio() >= CLOSE)
