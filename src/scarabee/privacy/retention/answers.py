"""Deposits and their proofs, returns, rates, anomalies past their time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employer
from scarabee.filings.models import Batch, Filing
from scarabee.maintenance.journal import Actor
from scarabee.privacy.deposits import MAY_LEAVE
from scarabee.returns.enums import AnomalyState
from scarabee.returns.models import Anomaly, PasRate, Return

type Found = list[tuple[str, int, str, str, int]]
"""(dossier, how many, oldest day, newest day, held back)."""

_DONE = (AnomalyState.ACCEPTED, AnomalyState.CLOSED, AnomalyState.CORRECTED)


def midnight(day: date) -> datetime:
    """The beginning of a day, to the hour: what is months old does not mind the season."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def per_dossier(rows: QuerySet[Any], column: str, *, dossier: str = "dossier__name", kept: Q | None = None) -> Found:
    """Count rows by the name of their dossier, with the days of the oldest and the newest."""
    held = kept if kept is not None else Q(pk=None)
    told = rows.order_by().values(dossier).annotate(
        figure=Count("pk", filter=~held), oldest=Min(column), newest=Max(column), held=Count("pk", filter=held)
    )  # fmt: skip
    found = told.order_by(dossier).values_list(dossier, "figure", "oldest", "newest", "held")
    return [(name or "", count, _day(oldest), _day(newest), stay) for name, count, oldest, newest, stay in found]


def remove(rows: QuerySet[Any]) -> int:
    """Delete rows, with what hangs on them, by small transactions; how many."""
    numbers = list(rows.order_by("pk").values_list("pk", flat=True))
    for some in chunks(numbers, 200):
        with transaction.atomic():
            rows.model._default_manager.filter(pk__in=some).delete()
    return len(numbers)


def find_filings(before: date) -> Found:
    """Deposits that came to their end before that day."""
    return per_dossier(_filings(before), "state_at", dossier="dossier_name", kept=Q(state__in=MAY_LEAVE))


def remove_filings(actor: Actor, before: date) -> int:
    """Remove them with their proofs, and batches that nothing is left of."""
    count = remove(_filings(before).exclude(state__in=MAY_LEAVE))
    remove(Batch.objects.filter(created_at__lt=midnight(before), filings=None))
    return count


def find_returns(before: date) -> Found:
    """Returns that arrived before that day, by the dossier that declares their employer."""
    rows = Return.objects.filter(arrived_at__lt=midnight(before))
    names = _declaring(rows.exclude(siret="").values_list("siret", flat=True).distinct())
    told: dict[str, tuple[int, Any, Any]] = {}
    figures = rows.order_by().values("siret").annotate(figure=Count("pk"), a=Min("arrived_at"), b=Max("arrived_at"))
    for siret, count, oldest, newest in figures.values_list("siret", "figure", "a", "b"):
        name = names.get(siret, "")
        so_far, first, last = told.get(name, (0, oldest, newest))
        told[name] = (so_far + count, min(first, oldest), max(last, newest))
    return [(name, count, _day(a), _day(b), 0) for name, (count, a, b) in sorted(told.items())]


def remove_returns(actor: Actor, before: date) -> int:
    """Remove them with all their versions; rates and anomalies drawn from them stay."""
    return remove(Return.objects.filter(arrived_at__lt=midnight(before)))


def find_rates(before: date) -> Found:
    """Rates whose validity ended before that day."""
    return per_dossier(PasRate.objects.filter(valid_until__lt=before), "valid_until")


def remove_rates(actor: Actor, before: date) -> int:
    """Remove them."""
    return remove(PasRate.objects.filter(valid_until__lt=before))


def find_anomalies(before: date) -> Found:
    """Anomalies that were settled before that day; those to do are held back."""
    rows = Anomaly.objects.filter(changed_at__lt=midnight(before))
    return per_dossier(rows, "changed_at", kept=~Q(state__in=_DONE))


def remove_anomalies(actor: Actor, before: date) -> int:
    """Remove them."""
    return remove(Anomaly.objects.filter(changed_at__lt=midnight(before), state__in=_DONE))


def _filings(before: date) -> QuerySet[Filing]:
    rows: QuerySet[Filing] = Filing.objects.filter(state_at__lt=midnight(before))
    return rows


def _declaring(sirets: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for some in chunks(sorted(sirets)):
        rows = Employer.objects.filter(siret__in=some, declaring=True)
        names |= dict(rows.values_list("siret", "dossier__name"))
    return names


def _day(moment: date | datetime) -> str:
    return f"{moment:%Y-%m-%d}"
