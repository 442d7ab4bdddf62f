"""Sending what is planned: once, never twice, never silently not sent (design §5, api-dsn §8.1, decision 11).

One account of the portal sends one filing at a time; many accounts send at once. The row says SENDING, with the hash of
the content and the deposits the portal listed before, before the first byte leaves. There is no retry around a deposit.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import claims, deposits_listed, outcomes, sessions, sweeping
from scarabee.filings.services.agenda import due, fairly
from scarabee.filings.services.claims import Claimed
from scarabee.filings.services.deposits_listed import Listed
from scarabee.filings.services.holders import Holders, regime_of
from scarabee.filings.services.lease import LeaseLost
from scarabee.filings.services.sessions import Job, NoToken, Pause, Session, words_of
from scarabee.maintenance.clock import now
from scarabee.netentreprises.client import DEPOSIT_SECONDS
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import (
    CompressionRefused,
    ExpiredToken,
    InvalidToken,
    JudgedDangerous,
    MediaRefused,
    NotEnrolled,
    PortalError,
)
from scarabee.netentreprises.receipts import Receipt
from scarabee.netentreprises.tokens import Token

AT_MOST = 500
"""How many filings of one user and dossier one run takes up; the rest follows in the next."""
LISTED_FOR = timedelta(minutes=2)
"""How long the list of deposits is carried forward before it is asked for again."""
UNCOVERED_AGAIN = timedelta(minutes=1)
_NOT_NOW = (InvalidToken, ExpiredToken, NotEnrolled)
"""Certain refusals that are no fault of the file: it is planned again."""
_EVERYWHERE = (CompressionRefused, JudgedDangerous, MediaRefused)
"""Certain refusals that the next file would meet too."""
_CUT = "Une erreur imprévue a interrompu l’envoi."

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """The idflux that the portal is known to list, for one régime. `at`: when it was asked."""

    listed: Listed
    at: datetime
    idflux: set[str] = field(default_factory=set)

    def serves(self, moment: datetime) -> bool:
        """Whether it is recent enough, or must not be asked again yet."""
        fresh_until = self.listed.fresh_until
        return self.at <= moment < self.at + LISTED_FOR or (fresh_until is not None and self.at <= moment < fresh_until)


def run_due(moment: datetime | None = None, *, stop: threading.Event | None = None) -> int:
    """Send what is planned until now; how many filings the portal answered for, or nobody knows.

    Harmless in any number of processes at once. `stop`: set it to end after the deposit under way. A filing that
    nobody's identifiers cover stays planned, says why, and is looked at again every minute.
    """
    planned = Filing.objects.filter(due(moment or now()), state=FilingState.PLANNED)
    rows = list(fairly(planned.select_related("dossier"), "user_id", "dossier_id", "depot", each=AT_MOST))
    return sessions.run(_covered(rows), _send_all, stop=stop) if rows else 0


def _covered(filings: list[Filing]) -> list[Job]:
    """Whose identifiers each goes with, resolved anew; those that nobody covers say so."""
    holders = Holders()
    jobs: list[Job] = []
    uncovered: dict[str, list[int]] = {}
    for filing in filings:
        coverage = holders.cover(filer_id=filing.user_id, dossier_id=filing.dossier_id, depot=filing.depot)
        if coverage.held is not None and coverage.is_ready:
            jobs.append(Job(filing, coverage.held, regime_of(filing.depot)))
        else:
            uncovered.setdefault(coverage.problem, []).append(filing.pk)
    for problem, pks in uncovered.items():
        Filing.objects.filter(pk__in=pks, state=FilingState.PLANNED).update(
            problem=problem, next_at=now() + UNCOVERED_AGAIN
        )
    return jobs


def _send_all(session: Session, jobs: list[Job]) -> None:
    sweeping.sweep(session.identity)  # we have its lease: whatever it was sending, nobody is sending any more
    seen: dict[Regime, Seen] = {}
    for job in jobs:
        if session.is_over:
            return
        if (known := seen.get(job.regime)) is None or not known.serves(now()):
            seen[job.regime] = known = _look(session, job)
        session.ready(job)
        claimed = None
        with sessions.only_this(job.filing):
            claimed = claims.claim(session, job, sorted(known.idflux))
        if claimed is not None:
            _send(session, job, claimed, known)
            session.done += 1


def _look(session: Session, job: Job) -> Seen:
    at = now()
    listed = deposits_listed.recent(session, job)
    return Seen(listed, at, set(listed.deposits))


def _send(session: Session, job: Job, claimed: Claimed, seen: Seen) -> None:
    """One deposit, and what came of it. Raises `Pause` or `PortalError` when the rest had better wait."""
    actor = session.caller.actor
    try:
        receipt = _deposit(session, job, claimed)
    except (NoToken, LeaseLost) as error:  # the last answer, if any, proved that nothing was kept; nothing left since
        claims.back(session, claimed, error.words if isinstance(error, NoToken) else "")
        raise
    except PortalError as error:
        _not_answered(session, claimed, error, seen)
        return
    except Exception as error:
        logger.error("Filing %s: %s while sending", claimed.filing.pk, type(error).__name__)
        outcomes.unknown(actor, claimed, _CUT)
        raise Pause(_wait_for(claimed)) from None
    outcomes.answered(actor, claimed, receipt)
    if receipt.idflux:
        seen.idflux.add(receipt.idflux)


def _deposit(session: Session, job: Job, claimed: Claimed) -> Receipt:
    def post(token: Token) -> Receipt:
        if not session.lease.lasts(2 * DEPOSIT_SECONDS):  # this machine slept since the claim, or its clock leapt
            raise LeaseLost
        return session.client.deposit(token, claimed.data)

    return session.ask(job, post)


def _not_answered(session: Session, claimed: Claimed, error: PortalError, seen: Seen) -> None:
    """The portal gave neither AEE nor ARE (api-dsn §3.1). Raises when the rest of this account must wait."""
    actor = session.caller.actor
    if error.is_outcome_unknown:
        outcomes.unknown(actor, claimed, error.message)
        raise Pause(_wait_for(claimed), until=seen.listed.fresh_until)
    if not error.sent or isinstance(error, _NOT_NOW):
        claims.back(session, claimed, words_of(error))
        raise error
    outcomes.refused_unread(actor, claimed, error)
    if isinstance(error, _EVERYWHERE):
        raise error


def _wait_for(claimed: Claimed) -> str:
    return f"Attend que l’issue du dépôt n° {claimed.filing.pk} soit connue."
