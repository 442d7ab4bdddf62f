"""What deposits wait for, in figures: for the home page."""

from django.db.models import Count, OuterRef, Subquery

from scarabee.filings.calendar import month_to_declare
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors import board
from scarabee.filings.selectors.months import today
from scarabee.maintenance.journal import Actor


def pressing(actor: Actor) -> int:
    """How many employers are late or at risk for the month to declare; two queries."""
    told = board.summary(board.rows(actor, month_to_declare(today())))
    return told.late + told.at_risk


def unknown_filings() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many filings ended nobody knows how."""
    return _per_dossier(S.UNKNOWN, Count("pk"))


def batches_to_order() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: in how many batches something waits for an order."""
    return _per_dossier(S.CHECKED, Count("batch", distinct=True))


def _per_dossier(state: S, figure: Count) -> Subquery:
    rows = Filing.objects.filter(dossier=OuterRef("pk"), dossier__archived_at=None, state=state).order_by()
    return Subquery(rows.values("dossier").annotate(figure=figure).values("figure"))
