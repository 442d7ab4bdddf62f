"""Erasing somebody: what would go and what stays, then all of it in one transaction, everywhere they stand.

Their rows go by the registry, declarations become partial, their contents are removed as soon as that is committed
(see `settling`). Files of deposits are let go of, returns kept without them. What proves a declaration (AEE, CCO),
receipts and the journal stay: they name nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F

from scarabee.accounts.services import authority
from scarabee.dossiers import registry
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Dossier, Employee, EmployeeMonth
from scarabee.dossiers.services.deletion import take_away
from scarabee.dossiers.services.holds import Hold
from scarabee.dossiers.services.packages import pack_ids, rows_of, unpack_ids
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.privacy import deposits, marks, remains, traces
from scarabee.privacy.deposits import Deposit
from scarabee.privacy.masking import Sought
from scarabee.privacy.models import Erasure, Mark
from scarabee.privacy.neighbours import Archive, archives_before
from scarabee.privacy.people import Person, closure, person_among, person_of
from scarabee.privacy.traces import Traces

ERASED = "personne.effacee"
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the person: who employs them, where, and what would go. `counts`: {kind of the registry: rows}."""

    employee: Employee
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take, mask, and leave. `holds`: why it cannot be done now."""

    person: Person
    places: list[Place]
    deposits: list[Deposit]
    documents: int
    loose: int
    packages: int
    proofs: list[dict[str, Any]]
    archives: list[Archive]
    holds: list[Hold] = field(default_factory=list)


def preview(*, actor: Actor, number: int) -> Preview:
    """What erasing the person of this local number would do. Writes nothing.

    Raises `NotAllowed` unless the actor is Administrateur, `NotVisible`.
    """
    authority.require_administrator(actor)
    person = person_of(actor=actor, number=number)
    sought = Sought.of(person)
    found = traces.find(person, sought)
    return Preview(
        person=person,
        places=[Place(one, _counts(one)) for one in person.places],
        deposits=found.deposits,
        documents=len(found.documents),
        loose=len(found.lines) + len(found.anomalies),
        packages=len(found.packages),
        proofs=deposits.proofs_of(found.deposits),
        archives=archives_before(now()),
        holds=deposits.holds(found.deposits) + remains.holds(sought),
    )


def erase(*, actor: Actor, number: int, reason: str, seen: Collection[int]) -> Erasure:
    """Erase the person of this local number everywhere. `seen`: the rows that the preview showed.

    Raises `NotAllowed` unless the actor is Administrateur, `NotVisible`, and `Refusal` without a reason, when the
    reason names the person, when other rows are theirs than those seen, while a deposit or a waiting file holds them.
    """
    authority.require_administrator(actor)
    reason = " ".join(reason.split())
    shown = person_of(actor=actor, number=number)
    with transaction.atomic():
        found = traces.find(shown, Sought.of(shown))
        traces.lock(found, {one.dossier_id for one in shown.places})
        person = person_of(actor=actor, number=number)
        sought = Sought.of(person)
        _require_reason(reason, sought)
        if closure([number]) != set(person.ids) or set(seen) != set(person.ids) or traces.find(person, sought) != found:
            raise Refusal(
                "Cette personne n’est plus où l’aperçu la montrait : quelqu’un a importé ou modifié quelque chose.",
                remedy="Relisez le nouvel aperçu, puis confirmez de nouveau.",
            )
        _require_free(deposits.holds(found.deposits) + remains.holds(sought))
        erasure = _begin(actor, person, reason)
        carry_out(erasure, person, found, actor)
        _tell(actor, erasure, person)
    return erasure


def carry_out(erasure: Erasure, person: Person, found: Traces, actor: Actor) -> None:
    """Take the person away, and note in the erasure how much went. The caller holds the transaction and the locks.

    Their contents go once that is committed, by `settling.settle`.
    """
    proofs = [*erasure.proofs, *(one for one in deposits.proofs_of(found.deposits) if one not in erasure.proofs)]
    counts, freed = traces.clean(found, person, Sought.of(person), actor.name)
    counts["employee_months"], parts = _take_away(person)
    counts["people"] = len(person.places)
    erasure.counts, erasure.proofs, erasure.settled_at = counts, proofs, None
    erasure.waiting = pack_ids({*unpack_ids(bytes(erasure.waiting)), *freed, *parts})
    erasure.save(update_fields=["counts", "proofs", "waiting", "settled_at"])


def erase_again(erasure: Erasure, employee_ids: Collection[int], actor: Actor) -> Person:
    """Do an erasure once more, to these rows that an archive brought back. The caller holds the transaction."""
    person = person_among(employee_ids)
    found = traces.find(person, Sought.of(person))
    traces.lock(found, {one.dossier_id for one in person.places})
    carry_out(erasure, person, found, actor)
    return person


def _take_away(person: Person) -> tuple[int, set[int]]:
    """Remove the rows of the person; how many months, and the ids of their contents."""
    parts, months = set[int](), 0
    declarations: list[int] = []
    for one in person.places:
        held = list(EmployeeMonth.objects.filter(employee=one).values_list("content_id", flat=True))
        months += len(held)
        parts.update(held)
        declarations += take_away(one)
    recompute(declarations)
    Dossier.objects.filter(pk__in={one.dossier_id for one in person.places}).update(revision=F("revision") + 1)
    return months, parts


def _begin(actor: Actor, person: Person, reason: str) -> Erasure:
    marker = marks.current()
    erasure = Erasure.objects.create(
        key=marker.key, at=now(), actor_name=actor.name, reason=reason,
        dossiers=sorted({str(one.dossier.uuid) for one in person.places}),
    )  # fmt: skip
    Mark.objects.bulk_create(Mark(erasure=erasure, mac=marker.mark(one)) for one in sorted(person.numbers))
    return erasure


def _tell(actor: Actor, erasure: Erasure, person: Person) -> None:
    """One entry per dossier: numbers, no name."""
    for dossier in {one.dossier_id: one.dossier for one in person.places}.values():
        journal.record(
            actor, ERASED, dossier_uuid=dossier.uuid, erasure=erasure.pk,
            people=[one.pk for one in person.places if one.dossier_id == dossier.pk],
            employee_months=erasure.counts["employee_months"], proofs=len(erasure.proofs),
        )  # fmt: skip


def _counts(employee: Employee) -> dict[str, int]:
    counts = {
        kind.name: rows_of(kind, employer=employee.employer, employee=employee).count()
        for kind in registry.kinds()
        if kind.is_of_people
    }
    held: set[int] = set(EmployeeMonth.objects.filter(employee=employee).values_list("declaration_id", flat=True))
    return counts | {"declarations": len(held)}


def _require_reason(reason: str, sought: Sought) -> None:
    if not reason or len(reason) > REASON_LENGTH:
        raise Refusal(
            "Il manque le motif de l’effacement." if not reason else "Le motif de l’effacement est trop long.",
            remedy=f"Écrivez-le en une phrase ({REASON_LENGTH} signes au plus), sans nommer la personne.",
        )
    words = {word for family, given in sought.names for word in (family, given)}
    if sought.may_be_in(reason.encode()) or any(sought.is_name(word) for word in reason.split() if words):
        raise Refusal(
            "Le motif nomme la personne : il reste, et ne doit donc pas la nommer.",
            remedy="Écrivez par exemple « à sa demande du 12 novembre 2026 ».",
        )


def _require_free(holds: list[Hold]) -> None:
    if holds:
        more = f", et {len(holds) - 1} autre(s) avec lui" if len(holds) > 1 else ""
        raise Refusal(
            f"L’effacement ne peut pas se faire maintenant : {holds[0].reason}{more}.", remedy=holds[0].remedy
        )


def visible_erasures(actor: Actor) -> Any:
    """The register of erasures, newest first. Raises `NotAllowed` unless the actor is Administrateur."""
    authority.require_administrator(actor)
    return Erasure.objects.all()


def get_erasure(*, actor: Actor, number: int) -> Erasure:
    """One erasure of the register. Raises `NotAllowed`, `NotVisible`."""
    found: Erasure | None = visible_erasures(actor).filter(pk=number).first()
    if found is None:
        raise NotVisible("Cet effacement n’existe pas.", remedy="Regardez la liste des effacements.")
    return found
