"""One e-mail a day, and no more, when deposits need somebody: for bureaus that asked for it (`filings.notices`).

Its lines name dossiers and count declarations: no association, no person, no number.
"""

import logging
from collections import Counter
from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from scarabee.filings import notices
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue, Run
from scarabee.filings.selectors import board
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

KIND = "courriel"
NOT_BEFORE = time(8)
_TO_DECIDE = {
    FilingState.UNKNOWN: "issue inconnue",
    FilingState.NOT_DEPOSITED: "pas partie",
    FilingState.REFUSED: "rejet du portail (ARE)",
    FilingState.ANOMALIES: "bilan d’anomalies (BAN)",
}

logger = logging.getLogger(__name__)


def run_due(moment: datetime | None = None) -> bool:
    """Write the e-mail of the day if it is due and there is something to say; whether one left.

    The row of the day is the claim: two clocks write once, and a failure is seen there, then tried again next day.
    """
    moment = moment or now()
    local = localtime(moment)
    if local.time() < NOT_BEFORE or not notices.is_configured():
        return False
    try:
        with transaction.atomic():
            run = Run.objects.create(kind=KIND, key=f"{local:%Y-%m-%d}", started_at=moment)
    except IntegrityError:
        return False
    told, problem = lines(moment), ""
    try:
        left = bool(told) and notices.send("Scarabée : des dépôts de DSN vous attendent", told)
    except notices.NoticeFailed as failed:
        left, problem = False, str(failed)
    Run.objects.filter(pk=run.pk).update(finished_at=now(), done=int(left), problem=problem)
    return left


def lines(moment: datetime) -> list[str]:
    """What needs somebody at this moment, in French, one line each; empty when one can go home."""
    month = month_to_declare(localtime(moment).date())
    counts = Counter[tuple[str, str]]()
    for row in board.rows(Actor.owner("service"), month):
        if row.is_late:
            counts[row.employer.dossier, f"DSN de {month} en retard"] += 1
        elif row.is_at_risk:
            counts[row.employer.dossier, f"DSN de {month} à risque (échéance proche)"] += 1
    stopped = Filing.objects.filter(state__in=_TO_DECIDE, month__gte=month).values_list("dossier_name", "state")
    for name, state in stopped:
        counts[name, f"DSN à reprendre, {_TO_DECIDE[FilingState(state)]}"] += 1
    found = [f"{name} : {count} {what}" for (name, what), count in sorted(counts.items())]
    away = PortalQueue.objects.exclude(problem="").count()
    if away:
        whose = "un compte" if away == 1 else f"{away} comptes"
        found.append(f"Les dépôts n’avancent pas pour {whose} Net-Entreprises.")
    return [*found, "Ouvrez Scarabée, menu DSN, Dépôts."] if found else []
