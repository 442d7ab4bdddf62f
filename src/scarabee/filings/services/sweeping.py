"""Sendings whose process died: nobody knows what became of them, and nothing here sends them again."""

from django.db.models import Q

from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal.identities import nobody_has
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.moves import Overtaken, move
from scarabee.filings.services.outcomes import UNKNOWN_WORDS
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

_INTERRUPTED = "L’envoi a été interrompu avant la réponse du portail."


def sweep(leased: PortalIdentity | None = None) -> int:
    """Make unknown what is being sent by nobody: its account's lease is over, or is the caller's; how many.

    `leased`: an account whose lease the caller has.
    """
    over = nobody_has("identity__queue__busy_until", now()) | Q(identity=None)
    sendings = Filing.objects.filter(state=FilingState.SENDING)
    lost = sendings.filter(identity=leased) if leased is not None else sendings.filter(over)
    return sum(_lose(filing) for filing in lost.select_related("dossier").defer("seen"))


def _lose(filing: Filing) -> bool:
    try:
        move(
            filing, FilingState.UNKNOWN, actor=Actor.owner("service"), automatic=True, why=_INTERRUPTED,
            attempt_token=filing.attempt_token, next_at=now(), problem=f"{_INTERRUPTED} {UNKNOWN_WORDS}",
        )  # fmt: skip
    except Overtaken:
        return False
    return True
