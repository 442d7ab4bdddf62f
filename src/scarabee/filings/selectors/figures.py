"""What deposits wait for, in figures: for the home page."""

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


def pressing(actor: Actor) -> int:
    """How many employers are late or at risk for the month to declare; two queries."""
    told = board.summary(board.rows(actor, month_to_declare(today())))
    return told.late + told.at_risk


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
