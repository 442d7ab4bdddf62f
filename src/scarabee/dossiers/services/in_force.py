"""Which version of a declaration is in force (design §2, "In force").

A month has one per champ and fraction: réel before essai, then the highest order, then the newest 20.05.007, then the
newest import; the hash settles what came in one import, so that a copy or another order of rows says the same.
A signalement is in force until another one of type 03 or 04 names it in 20.05.006; an essai replaces no réel.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Declaration, EmployeeMonth

CANCELLED = "04"


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
        "in_force", "nature", "type", "replaces", "set_aside", "whole_hash",
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
            notices.append(row)
            continue
        slot = Slot(*row[1:5])
        rank = (row[5], row[6], row[7], row[8], bytes(row[14]))
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
