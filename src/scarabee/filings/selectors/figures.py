"""What deposits wait for, in figures: for the home page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery

from scarabee.filings.calendar import month_to_declare
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors import board
from scarabee.filings.selectors.months import today
from scarabee.filings.selectors.searching import TO_DECIDE
from scarabee.filings.selectors.superseding import superseded
from scarabee.maintenance.journal import Actor

STOPPED = Q(state=S.PLANNED) & ~Q(problem="")
"""Ordered, but something is in the way."""


@dataclass(frozen=True, slots=True)
class Month:
    """The month to declare (AAAA-MM): of `expected` employers, how many are late or at risk (`pressing`), declared, at
    the portal. `due`: when the next of the others is due, None when nothing is left to send.
    """

    month: str
    expected: int
    pressing: int
    conform: int
    at_the_portal: int
    due: datetime | None

    @property
    def left(self) -> int:
        """How many are still to be deposited."""
        return self.expected - self.conform - self.at_the_portal


def month_figures(actor: Actor) -> Month:
    """The month to declare, for what the actor's dossiers declare; two queries."""
    month = month_to_declare(today())
    found = [row for row in board.rows(actor, month) if row.is_expected]
    at_the_portal = [row for row in found if row.stage in board.AT_THE_PORTAL]
    left = [row for row in found if not row.is_settled and row.stage not in board.AT_THE_PORTAL]
    return Month(
        month=month,
        expected=len(found),
        pressing=sum(row.is_late or row.is_at_risk for row in found),
        conform=sum(row.is_settled for row in found),
        at_the_portal=len(at_the_portal),
        due=min((row.due.planned_before for row in left), default=None),
    )


def unknown_filings() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many filings ended nobody knows how, as only a person can tell."""
    return _per_dossier(TO_DECIDE, Count("pk"))


def stopped_filings() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many filings are ordered and do not leave, whatever the date."""
    return _per_dossier(STOPPED, Count("pk"))


def batches_to_order() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: in how many batches something waits for an order."""
    return _per_dossier(Q(state=S.CHECKED) & ~Q(superseded()), Count("batch", distinct=True))


def _per_dossier(which: Q, figure: Count) -> Subquery:
    rows = Filing.objects.filter(which, dossier=OuterRef("pk"), dossier__archived_at=None).order_by()
    return Subquery(rows.values("dossier").annotate(figure=figure).values("figure"))
