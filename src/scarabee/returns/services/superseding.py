"""Rates that a newer one of the same person overtakes: put aside while they wait, and when a decision is undone."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Before
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate
from scarabee.returns.services import oddities

BEFORE = "pas_rate"
"""Kind of the `Before` that keeps how a rate stood: state, why, decided_at, decided_by."""
REPLACED = "Remplacé par un CRM plus récent."
_LATER = Q(available_on__gt=OuterRef("available_on")) | Q(available_on=OuterRef("available_on"), pk__gt=OuterRef("pk"))


def set_aside_older(act: Act, employer_ids: Iterable[int], moment: datetime, actor_name: str) -> int:
    """Put aside the waiting rates of those people to whom a newer one was applied at that moment. Returns how many."""
    newer = PasRate.objects.filter(employee_id=OuterRef("employee_id"), state=RateState.APPLIED, decided_at=moment)
    older = PasRate.objects.filter(employer_id__in=list(employer_ids), state=RateState.WAITING)
    older = older.filter(Exists(newer.filter(_LATER))).order_by()
    rows = list(older.values_list("pk", "why"))
    keep(act, ((pk, RateState.WAITING.value, why, None, "") for pk, why in rows))
    for some in chunks([pk for pk, _ in rows]):
        PasRate.objects.filter(pk__in=some).update(
            state=RateState.SET_ASIDE, why=REPLACED, decided_at=moment, decided_by=actor_name
        )
    return len(rows)


def wait_again(applied: QuerySet[PasRate], act: Act, moment: datetime, actor_name: str) -> int:
    """Let rates that an act had applied wait for a person again; what a newer one overtook is put aside. How many."""
    numbers = list(applied.order_by().values_list("pk", flat=True))
    newer = PasRate.objects.filter(employee_id=OuterRef("employee_id"), state=RateState.APPLIED)
    for some in chunks(numbers):
        rows = PasRate.objects.filter(pk__in=some)
        rows.update(state=RateState.WAITING, why=f"Décision annulée ({act}).", decided_at=moment, decided_by=actor_name)
        rows.filter(Exists(newer.filter(_LATER))).update(state=RateState.SET_ASIDE, why=REPLACED)
    return len(numbers)


def compare_again(waiting: QuerySet[PasRate]) -> None:
    """Say of rates whose day was the only doubt, and is known now, whether a newer one is in force."""
    newer = PasRate.objects.filter(_LATER, employee_id=OuterRef("employee_id"), state=RateState.APPLIED)
    waiting.filter(Exists(newer)).order_by().update(why=oddities.OLDER)
    waiting.order_by().update(why="")


def keep(act: Act, rows: Iterable[tuple[int, str, str, datetime | None, str]]) -> None:
    """Remember how rates stood before an act: (id, state, why, decided_at, decided_by)."""
    Before.objects.bulk_create(
        (
            Before(
                act=act, kind=BEFORE, object_id=pk,
                values={"state": state, "why": why, "decided_at": at and at.isoformat(), "decided_by": by},
            )
            for pk, state, why, at, by in rows
        ),
        batch_size=1000,
    )  # fmt: skip
