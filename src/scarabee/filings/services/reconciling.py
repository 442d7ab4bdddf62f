"""Looking for deposits whose outcome is unknown, and for those made by hand without their idflux (api-dsn §8.1).

The portal's list of deposits names no file: what is new in it is recognised by its own returns. One match both ways is
adopted; none, once the whole time was listed, means that nothing was deposited; anything else is left to a person.
Nothing is ever sent from here.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from scarabee.filings.enums import FilingState, ProofKind
from scarabee.filings.models import Filing
from scarabee.filings.services import (
    answers,
    collectors,
    deposits_listed,
    following,
    matching,
    proofs,
    sessions,
    sweeping,
)
from scarabee.filings.services.agenda import due, fairly
from scarabee.filings.services.deposits_listed import CLOCK_DOUBT, ZONE_DOUBT, Span
from scarabee.filings.services.holders import regime_of
from scarabee.filings.services.matching import Found, Outcome
from scarabee.filings.services.moves import Overtaken, move
from scarabee.filings.services.outcomes import UNKNOWN_WORDS
from scarabee.filings.services.sessions import Job, Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.moments import PARIS

AT_MOST = 200
"""Of one account in one run."""
LISTED_WITHIN = timedelta(minutes=30)
"""How long after a sending the portal may still come to list it (api-dsn §8.1)."""
SOON, LESS_SOON, SELDOM = timedelta(minutes=2), timedelta(minutes=5), timedelta(hours=1)
SELDOM_FOR = timedelta(days=1)
UNKNOWN = Q(state=FilingState.UNKNOWN)
BY_HAND = Q(state=FilingState.RECORDED_BY_HAND, idflux="")
_NOTHING = (
    "Le portail n’a rien enregistré dans la demi-heure qui a suivi l’envoi : la déclaration n’est pas déposée. "
    "Scarabée ne la renvoie pas de lui-même : ordonnez son dépôt."
)
_ONE_OF = (
    "Le portail a enregistré pendant ce temps des dépôts que Scarabée ne peut pas attribuer avec certitude. Regardez "
    "sur net-entreprises.fr lequel est celui-ci, puis dites-le ici. Ne le redéposez pas avant."
)
_HAND_NOT_FOUND = (
    "Ce dépôt ne se trouve pas dans la liste du portail pour ce jour. Vérifiez le jour, ou recopiez son identifiant "
    "(idflux) du tableau de bord DSN de net-entreprises.fr."
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at the portal gave, for one régime of one account. `at`: the portal's time."""

    at: datetime
    fresh_until: datetime | None
    found: list[Found]


def run_due(moment: datetime | None = None, *, stop: threading.Event | None = None) -> int:
    """Look for what is due; how many filings were looked for. One session for each account."""
    rows = Filing.objects.filter(UNKNOWN | BY_HAND).filter(due(moment or now())).select_related("dossier")
    jobs = collectors.jobs_of(fairly(rows, "identity_id", each=AT_MOST))
    return sessions.run(jobs, _look_for_all, stop=stop) if jobs else 0


def _look_for_all(session: Session, jobs: list[Job]) -> None:
    sweeping.sweep(session.identity)  # we have its lease: what it was sending when it died may be among those found
    for regime in {job.regime for job in jobs}:
        group = [job for job in jobs if job.regime is regime]
        if session.is_over:
            return
        look = _look(session, group)
        everyone = _all_unknown(session, group)
        for job in group:
            whole = _is_whole(job.filing, look)
            outcome = matching.outcome_of(job.filing, everyone, look.found, is_whole=whole)
            with sessions.only_this(job.filing):
                _conclude(session, job.filing, outcome, look)
            session.done += 1


def _look(session: Session, group: list[Job]) -> _Look:
    """List the time of all these filings, and read the returns of what nobody here knows."""
    listed = deposits_listed.listed(session, group[0], lambda at: [span_of(job.filing, at) for job in group])
    known = set(Filing.objects.filter(idflux__in=list(listed.deposits)).values_list("idflux", flat=True))
    seen = set.intersection(*[set(job.filing.seen) for job in group])
    found = [
        Found(one, answers.answers_if_ours(session, group[0], one.idflux))
        for one in listed.deposits.values()
        if one.idflux not in known | seen
    ]
    return _Look(listed.asked_until, listed.fresh_until, found)


def span_of(filing: Filing, at: datetime) -> Span:
    """The time to list for a filing, by the portal's clock, until its present moment `at`."""
    if filing.state == FilingState.RECORDED_BY_HAND:
        day = filing.by_hand_on or (filing.ordered_at or filing.state_at).astimezone(PARIS).date()
        begins = datetime(day.year, day.month, day.day, tzinfo=PARIS)
        next_day = day + timedelta(days=1)
        ends = datetime(next_day.year, next_day.month, next_day.day, tzinfo=PARIS)
        return begins, max(begins + timedelta(minutes=1), min(ends, at))
    begun = filing.started_at or filing.state_at
    return begun - ZONE_DOUBT - CLOCK_DOUBT, min(at, begun + LISTED_WITHIN + CLOCK_DOUBT)


def _is_whole(filing: Filing, look: _Look) -> bool:
    """Whether nothing that this look did not show can come any more."""
    if filing.state == FilingState.RECORDED_BY_HAND:
        return look.at >= span_of(filing, look.at)[1] + LISTED_WITHIN
    return look.at >= (filing.started_at or filing.state_at) + LISTED_WITHIN


def _all_unknown(session: Session, group: list[Job]) -> list[Filing]:
    """Every filing of this account and régime whose deposit may be among those found, due now or not."""
    looked_for = {job.filing.pk: job.filing for job in group}
    others = Filing.objects.filter(UNKNOWN, identity=session.identity).exclude(pk__in=looked_for)
    return [*looked_for.values(), *(one for one in others if regime_of(one.depot) is group[0].regime)]


def _conclude(session: Session, filing: Filing, outcome: Outcome, look: _Look) -> None:
    try:
        if outcome.adopted is not None:
            _adopt(session, filing, outcome.adopted)
        elif filing.state == FilingState.RECORDED_BY_HAND:
            _wait_by_hand(filing, outcome, look)
        else:
            _wait_or_give_up(session, filing, outcome, look)
    except (Overtaken, IntegrityError):  # a person settled it, or the deposit is another's: read anew at the next look
        Filing.objects.filter(pk=filing.pk, state=filing.state).update(next_at=now() + SOON)


def _adopt(session: Session, filing: Filing, found: Found) -> None:
    """This deposit is that filing's: as if the portal had answered it then."""
    actor = session.caller.actor
    is_refused = found.is_rejected
    state = FilingState.REFUSED if is_refused else FilingState.ACCEPTED
    by_hand = filing.state == FilingState.RECORDED_BY_HAND
    with transaction.atomic():
        if is_refused:
            proofs.hold_dossiers(filing)
        move(
            filing, FilingState.RECORDED_BY_HAND if by_hand and not is_refused else state, actor=actor, automatic=True,
            why="Retrouvée dans la liste des dépôts du portail.", idflux=found.listed.idflux,
            sent_at=found.listed.date or filing.started_at, candidates=[], identity=session.identity,
            next_at=None if is_refused else now(),
            problem="Le portail a rejeté ce fichier." if is_refused else "",
        )  # fmt: skip
        for one in found.answers:
            if one.kind == ProofKind.ARE or not is_refused:
                answers.keep(filing, one)
        if is_refused:
            proofs.tell_dossier(filing, refused=True)
    if not is_refused:
        following.take(session, filing, found.answers)


def _wait_or_give_up(session: Session, filing: Filing, outcome: Outcome, look: _Look) -> None:
    begun = filing.started_at or filing.state_at
    age, whole = look.at - begun, _is_whole(filing, look)
    if whole and not outcome.possible:
        move(
            filing, FilingState.NOT_DEPOSITED, actor=session.caller.actor, automatic=True, why=_NOTHING,
            problem=_NOTHING, next_at=None, candidates=[],
        )  # fmt: skip
        return
    if not whole:
        next_at: datetime | None = now() + (SOON if age < 3 * SOON else LESS_SOON)
    else:
        next_at = now() + SELDOM if age < SELDOM_FOR and outcome.may_become_clear else None
    _plan(filing, outcome, look, next_at, _ONE_OF if outcome.possible else UNKNOWN_WORDS)


def _wait_by_hand(filing: Filing, outcome: Outcome, look: _Look) -> None:
    may_come = not _is_whole(filing, look) or outcome.may_become_clear
    if may_come and now() - filing.state_at < SELDOM_FOR:
        _plan(filing, outcome, look, now() + SELDOM, "")
    else:
        _plan(filing, outcome, look, None, _ONE_OF if outcome.possible else _HAND_NOT_FOUND)


def _plan(filing: Filing, outcome: Outcome, look: _Look, next_at: datetime | None, problem: str) -> None:
    if next_at is not None and look.fresh_until is not None:
        next_at = max(next_at, min(look.fresh_until, now() + LESS_SOON))
    Filing.objects.filter(pk=filing.pk, state=filing.state).update(
        next_at=next_at, problem=problem, candidates=_told(outcome.possible)
    )


def _told(found: Iterable[Found]) -> list[dict[str, str]]:
    """The candidates, for a person to choose from."""
    return [
        {
            "idflux": one.listed.idflux, "date": one.listed.date_text, "etat": one.listed.statut, "siret": one.siret,
            "month": one.month,
        }
        for one in found
    ]  # fmt: skip
