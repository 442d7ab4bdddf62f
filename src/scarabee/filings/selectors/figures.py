"""What deposits wait for, in figures: for the home page."""

from dataclasses import dataclass

from django.db.models import Count, Q

from scarabee.filings.calendar import month_to_declare
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors import board
from scarabee.filings.selectors.months import today
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Figures:
    """`pressing`: employers late or at risk for the month to declare. `unknown`: filings. `to_order`: batches."""

    pressing: int
    unknown: int
    to_order: int


def figures(actor: Actor) -> Figures:
    """Four queries."""
    told = board.summary(board.rows(actor, month_to_declare(today())))
    waiting = Filing.objects.visible_to(actor).filter(dossier__archived_at=None).order_by()
    counted = waiting.aggregate(
        unknown=Count("pk", filter=Q(state=S.UNKNOWN)),
        to_order=Count("batch", filter=Q(state=S.CHECKED), distinct=True),
    )
    return Figures(told.late + told.at_risk, counted["unknown"], counted["to_order"])
