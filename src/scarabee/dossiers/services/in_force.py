"""Which version of a declaration is in force (design §2, "In force").

A month has one per champ and fraction: réel before essai, then those that the portal is not known to have refused (ARE,
BAN), then the highest order, then the newest 20.05.007, then the newest import; the hash settles what came in one
import, so that a copy or another order of rows says the same. Being refused is a rank, not a ban: while its correction
has not come, a refused month still is the best that is known of the pay, and does not vanish from the screens, which
say that it was refused.
A signalement is in force until another one of type 03 or 04 names it in 20.05.006; an essai replaces no réel. It speaks
of an event that is told whole a second time, under a number of its own: one that was refused counts for nothing and
replaces nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import F

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth
from scarabee.dossiers.services.locking import WAIT_SECONDS, lock_dossiers
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers

CANCELLED = "04"


class Version(NamedTuple):
    """What the portal answers about: the bytes of one S20, sent as an essai or as a réel."""

    siret: str
    is_real: bool
    whole_hash: bytes


REFUSED: list[Callable[[Iterable[str], Iterable[str]], set[Version]]] = []
"""Other apps say here which versions of some SIRETs and months (empty: signalements) the portal refused."""


class Slot(NamedTuple):
    """What one version at most is in force for."""

    employer_id: int
    month: str
    champ: str
    fraction: str


def settle(employer_ids: Iterable[int]) -> list[int]:
    """Set `in_force` for every declaration of some employers; returns the ids of those that changed."""
    flipped: list[int] = []
    for chunk in chunks(sorted(set(employer_ids)), 300):
        flipped += _settle(chunk)
    return flipped


def _settle(employer_ids: Iterable[int]) -> list[int]:
    columns = (
        "pk", "employer_id", "month", "champ", "fraction", "is_real", "order_rank", "made_on", "imported_at",
        "in_force", "nature", "type", "replaces", "set_aside", "whole_hash", "refused",
    )  # fmt: skip
    rows = list(Declaration.objects.filter(employer_id__in=list(employer_ids)).values_list(*columns))
    winners = in_force_ids(rows)
    on = [row[0] for row in rows if row[0] in winners and not row[9]]
    off = [row[0] for row in rows if row[0] not in winners and row[9]]
    for ids, value in ((on, True), (off, False)):
        for chunk in chunks(ids):
            Declaration.objects.filter(pk__in=chunk).update(in_force=value)
    return on + off


def in_force_ids(rows: list[tuple[Any, ...]]) -> set[int]:
    """The ids in force among rows (pk, employer, month, champ, fraction, real, rank, made_on, imported_at, …)."""
    best: dict[Slot, tuple[tuple[Any, ...], int]] = {}
    notices: list[tuple[Any, ...]] = []
    for row in rows:
        if row[13]:
            continue
        if not row[2]:
            if not row[15]:
                notices.append(row)
            continue
        slot = Slot(*row[1:5])
        rank = (row[5], not row[15], row[6], row[7], row[8], bytes(row[14]))
        if slot not in best or rank > best[slot][0]:
            best[slot] = (rank, row[0])
    replaced = {(row[1], row[10], row[12], real) for row in notices if row[12] for real in {row[5], False}}
    winners = {pk for _, pk in best.values()}
    for row in notices:
        named = row[7][6:8] + row[7][4:6] + row[7][:4] + str(row[6])
        by_another = (row[1], row[10], named, row[5]) in replaced and row[12] != named
        if row[11] != CANCELLED and not by_another:
            winners.add(row[0])
    return winners


def people_of(declaration_ids: Iterable[int]) -> set[int]:
    """The employees that declarations speak of."""
    found: set[int] = set()
    for chunk in chunks(sorted(set(declaration_ids))):
        found.update(EmployeeMonth.objects.filter(declaration_id__in=chunk).values_list("employee_id", flat=True))
    return found


def hold_answered(*, siret: str, whole_hash: bytes, is_real: bool) -> None:
    """Lock the dossiers that `note_answer` would write into: for who moves a deposit, and journals it, before.

    The caller holds the transaction. Raises `Busy` while another work has one of them.
    """
    found = Declaration.objects.filter(employer__siret=siret, whole_hash=whole_hash, is_real=is_real)
    lock_dossiers(found.values_list("dossier_id", flat=True), seconds=WAIT_SECONDS)


def note_answer(*, siret: str, whole_hash: bytes, refused: bool, is_real: bool = True) -> None:
    """Note in every dossier whether the portal refused these bytes of a SIRET (ARE, BAN), or no longer does (CCO).

    What is in force and shown there follows. The answer to an essai says nothing of the same bytes sent as a réel:
    `is_real` says which was answered. The caller holds the transaction; harmless when nothing changes.
    Raises `Busy` while another work has one of them.
    """
    found = Declaration.objects.filter(employer__siret=siret, whole_hash=whole_hash, is_real=is_real)
    dossiers = set(found.exclude(refused=refused).values_list("dossier_id", flat=True))
    if not dossiers:
        return
    lock_dossiers(dossiers, seconds=WAIT_SECONDS)
    changed = found.exclude(refused=refused)
    employers = set(changed.values_list("employer_id", flat=True))
    changed.update(refused=refused)
    flipped = settle(employers)
    refresh_employees(people_of(flipped))
    refresh_employers(_employers_of(flipped))
    Dossier.objects.filter(pk__in=dossiers).update(revision=F("revision") + 1)


def known_refused(sirets: Iterable[str], months: Iterable[str]) -> set[Version]:
    """The versions of some SIRETs and months that are known as refused, from any dossier or by another app."""
    found: set[Version] = set()
    wanted = sorted(set(months))
    for some in chunks(sorted(set(sirets)), 300):
        for some_months in chunks(wanted, 300):
            rows = Declaration.objects.filter(employer__siret__in=some, month__in=some_months, refused=True)
            for siret, is_real, whole_hash in rows.values_list("employer__siret", "is_real", "whole_hash"):
                found.add(Version(siret, is_real, bytes(whole_hash)))
            for told in REFUSED:
                found |= told(some, some_months)
    return found


def recall_answers(employer_id: int) -> None:
    """Mark what is known as refused among the versions of an employer that came back, before they are settled."""
    rows = Declaration.objects.filter(employer_id=employer_id, refused=False)
    columns = ("pk", "employer__siret", "is_real", "whole_hash", "month")
    held = list(rows.values_list(*columns))
    known = known_refused({siret for _, siret, *_ in held}, {month for *_, month in held})
    late = [pk for pk, siret, real, whole, _ in held if Version(siret, real, bytes(whole)) in known]
    for some in chunks(late):
        Declaration.objects.filter(pk__in=some).update(refused=True)


def _employers_of(declaration_ids: list[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(declaration_ids):
        found.update(Declaration.objects.filter(pk__in=chunk).values_list("employer_id", flat=True))
    return found
