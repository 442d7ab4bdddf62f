"""What the visible dossiers hold and wait for: every figure of the home page that the database counts at once."""

from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Subquery, Sum

from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.filings.selectors import figures as deposits
from scarabee.maintenance.journal import Actor
from scarabee.returns.selectors import figures as returned


@dataclass(frozen=True, slots=True)
class Totals:
    """`dossiers`, `employers`, `employees`: what is held. `writable`: dossiers that the reader may change.

    The rest waits: `prepared` imports of the reader's own; `unknown`, `stopped` and `to_order` deposits; `unread`
    returns; `anomalies` to treat, of which `late` ones; `rates` to validate; `lines` of CRM to attribute.
    """

    dossiers: int = 0
    employers: int = 0
    employees: int = 0
    writable: int = 0
    prepared: int = 0
    unknown: int = 0
    stopped: int = 0
    to_order: int = 0
    unread: int = 0
    anomalies: int = 0
    late: int = 0
    rates: int = 0
    lines: int = 0


def totals(actor: Actor) -> Totals:
    """One query."""
    writable = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef("pk"))
    prepared = Act.objects.filter(kind=Act.Kind.IMPORT, state=Act.State.PREPARED, user_id=actor.user_id or 0)
    counted = prepared.order_by().values("user_id").annotate(figure=Count("pk")).values("figure")
    found = (
        Dossier.objects.visible_to(actor)
        .order_by()
        .aggregate(
            dossiers=Count("pk"),
            employers=Sum(_held(Employer)),
            employees=Sum(_held(Employee)),
            writable=Count("pk", filter=Exists(writable)),
            prepared=Max(Subquery(counted)),
            unknown=Sum(deposits.unknown_filings()),
            stopped=Sum(deposits.stopped_filings()),
            to_order=Sum(deposits.batches_to_order()),
            unread=Max(returned.unread(actor)),
            anomalies=Sum(returned.anomalies_to_do()),
            late=Sum(returned.anomalies_late()),
            rates=Sum(returned.rates_to_validate()),
            lines=Sum(returned.lines_to_settle()),
        )
    )
    return Totals(**{name: figure or 0 for name, figure in found.items()})


def _held(model: type[Employer | Employee]) -> Subquery:
    """How many a dossier holds."""
    rows = model.objects.filter(dossier_id=OuterRef("pk")).order_by().values("dossier_id")
    return Subquery(rows.annotate(figure=Count("pk")).values("figure"))
