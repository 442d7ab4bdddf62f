"""What returns, anomalies and rates wait for, in figures: for the home page."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value

from scarabee.dossiers.models import Employer
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.comparing.months import month_before
from scarabee.filings.selectors.months import today
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import OPEN_ANOMALIES, AnomalyState, RateState
from scarabee.returns.models import Anomaly, PasRate, RateLine
from scarabee.returns.selectors.listing import Asked, returns
from scarabee.returns.selectors.waiting import Awaiting


def unread(actor: Actor) -> Subquery:
    """How many returns nobody has read yet, for this reader."""
    rows = returns(actor, Asked(only="non-lus")).order_by().annotate(one=Value(1)).values("one")
    return Subquery(rows.annotate(figure=Count("pk")).values("figure"))


def anomalies_to_do() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many anomalies of the employers it declares are to be treated."""
    rows = Anomaly.objects.filter(state=AnomalyState.TO_DO, employer__declaring=True)
    return _per_dossier(rows)


def anomalies_late() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many of its open anomalies should be corrected by now."""
    rows = Anomaly.objects.filter(state__in=OPEN_ANOMALIES, employer__declaring=True, due_on__lt=today())
    return _per_dossier(rows)


def lines_to_settle() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many lines of CRM wait for somebody to say whose they are."""
    own = Employer.objects.filter(dossier=OuterRef(OuterRef("pk")), dossier__archived_at=None, declaring=True)
    rows = RateLine.objects.filter(settled_at=None, siret__in=own.order_by().values("siret"))
    one = Value(1, output_field=IntegerField())
    return Subquery(rows.order_by().annotate(one=one).values("one").annotate(figure=Count("pk")).values("figure"))


def rates_to_validate() -> Subquery:
    """Of a dossier (OuterRef "pk") that is open: how many rates wait for a person."""
    return _per_dossier(PasRate.objects.filter(state=RateState.WAITING))


def amiss(actor: Actor) -> int:
    """How many returns of the last two months to declare are late, or could not be asked for; some fifteen queries."""
    month = month_to_declare(today())
    return sum(Awaiting(actor, one).amiss for one in (month, month_before(month)))


def _per_dossier(rows: QuerySet[Anomaly] | QuerySet[PasRate]) -> Subquery:
    own = rows.filter(dossier=OuterRef("pk"), dossier__archived_at=None).order_by().values("dossier")
    return Subquery(own.annotate(figure=Count("pk")).values("figure"))
