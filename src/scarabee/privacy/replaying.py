"""A return to an archive brings back people who were erased since it was made: they are erased again at once.

The register of erasures is no data of the archive: what stands here is remembered before the tables are emptied, and
goes on beside what the archive knew. People are known again by their marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scarabee.accounts.vault import KeyMissing, SealBroken
from scarabee.dossiers.models import Dossier, Identifier
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor
from scarabee.privacy import erasing
from scarabee.privacy.marks import Marker, Number
from scarabee.privacy.models import Erasure, Mark, MarkKey

REPLAYED, NOT_REPLAYED = "personne.effacee_de_nouveau", "personne.effacements_perdus"


@dataclass(frozen=True, slots=True)
class Memory:
    """The register as it stood: keys, erasures, and (number of the erasure, mark)."""

    keys: Sequence[MarkKey]
    erasures: Sequence[Erasure]
    marks: Sequence[tuple[int, bytes]]


def remember() -> Memory:
    """The register of erasures, before the tables are emptied."""
    told = Mark.objects.order_by("pk").values_list("erasure_id", "mac")
    return Memory(
        list(MarkKey.objects.order_by("pk")),
        list(Erasure.objects.order_by("pk")),
        [(pk, bytes(mac)) for pk, mac in told],
    )


def replay(memory: Memory, *, actor: Actor, since: datetime) -> int:
    """Put the register back beside what came, and erase again who was erased after `since`; how many people.

    The caller holds the transaction. Of erasures whose key the vault no longer opens nobody is known again: the journal
    says so, and the return goes on.
    """
    _put_back(memory)
    return _erase_again(actor, since, None)


def replay_in(dossier: Dossier, *, actor: Actor, since: datetime) -> int:
    """The same for a dossier that was just taken out of an archive of that moment."""
    return _erase_again(actor, since, dossier)


def _put_back(memory: Memory) -> None:
    keys: dict[int, MarkKey] = {}
    for key in memory.keys:
        keys[key.pk], _ = MarkKey.objects.get_or_create(
            uuid=key.uuid, defaults={"sealed": key.sealed, "made_at": key.made_at}
        )
    known = set(Erasure.objects.values_list("uuid", flat=True))
    for erasure in memory.erasures:
        if erasure.uuid in known:
            continue
        former = erasure.pk
        taken = Erasure.objects.filter(pk=former).exists()
        erasure.pk, erasure.key = (None if taken else former), keys[erasure.key_id]
        erasure.save(force_insert=True)
        Mark.objects.bulk_create(Mark(erasure=erasure, mac=mac) for pk, mac in memory.marks if pk == former)


def _erase_again(actor: Actor, since: datetime, dossier: Dossier | None) -> int:
    count = 0
    for key in MarkKey.objects.filter(erasures__at__gte=since).distinct():
        erasures = Erasure.objects.filter(key=key, at__gte=since)
        try:
            found = _people(Marker(key), erasures, dossier)
        except (KeyMissing, SealBroken):
            journal.record(actor, NOT_REPLAYED, erasures=erasures.count())
            continue
        for erasure in erasures.order_by("pk"):
            if people := found.get(erasure.pk):
                person = erasing.erase_again(erasure, people, actor)
                journal.record(
                    actor, REPLAYED, dossier_uuid=dossier.uuid if dossier else None, erasure=erasure.pk,
                    people=[one.pk for one in person.places], employee_months=erasure.counts["employee_months"],
                )  # fmt: skip
                count += 1
    return count


def _people(marker: Marker, erasures: QuerySet[Erasure], dossier: Dossier | None) -> dict[int, set[int]]:
    """{erasure: the employees that one of its marks names}, by one reading of the identifiers."""
    wanted: dict[bytes, int] = {
        bytes(mac): pk for pk, mac in Mark.objects.filter(erasure__in=erasures).values_list("erasure_id", "mac")
    }
    rows = Identifier.objects.order_by("pk")
    rows = rows.filter(dossier=dossier) if dossier else rows
    found: dict[int, set[int]] = {}
    for kind, value, employee in rows.values_list("kind", "value", "employee_id").iterator(chunk_size=4000):
        pk = wanted.get(marker.mark(Number(kind, value)))
        if pk is not None:
            found.setdefault(pk, set()).add(employee)
    return found
