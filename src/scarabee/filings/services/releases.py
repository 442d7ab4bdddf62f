"""Holds that are over: what a standing order held goes off, unless something came in its way meanwhile."""

from datetime import datetime

from django.db.models import Q

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import standing
from scarabee.filings.services.moves import Overtaken, move
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor


def release_due(moment: datetime | None = None) -> int:
    """Plan what was held until now; how many. Harmless when two processes do it at once."""
    moment = moment or now()
    due = Filing.objects.filter(over(moment)).select_related("dossier", "found")
    return sum(_release(filing, moment) for filing in due)


def over(moment: datetime) -> Q:
    """The filings whose hold is over at this moment."""
    return Q(state=FilingState.HELD, release_at__lte=moment)


def _release(filing: Filing, moment: datetime) -> bool:
    actor = Actor.owner("service")
    why = "" if standing.has_order(filing) else "L’ordre permanent a été retiré."
    why = why or standing.why_not(filing)
    try:
        if why:
            move(
                filing, FilingState.CHECKED, actor=actor, automatic=True, why=why, problem=why, release_at=None,
                standing=False,
            )  # fmt: skip
            return False
        move(
            filing, FilingState.PLANNED, actor=actor, automatic=True, why="Délai de l’ordre permanent écoulé.",
            release_at=None, planned_at=moment, next_at=moment, problem="",
        )  # fmt: skip
    except Overtaken:
        return False
    return True
