"""Following a deposit: its receipt and its certificate of conformity, or its bilan d'anomalies (api-dsn §6.3, §6.5).

Asked for at 2, 5 and 15 minutes, then every hour until the answer is there, and once more a day later, since a body may
overwrite what it said.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from scarabee.filings.enums import STANDS, FilingState, ProofKind
from scarabee.filings.models import Filing
from scarabee.filings.services import answers, collectors, proofs, sessions
from scarabee.filings.services.agenda import fairly
from scarabee.filings.services.answers import Answer
from scarabee.filings.services.duplicates import same_key
from scarabee.filings.services.moves import Overtaken, move
from scarabee.filings.services.outcomes import UNKNOWN_WORDS
from scarabee.filings.services.reports import Verdict, judge
from scarabee.filings.services.sessions import Job, Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.errors import NotTheDepositor

AT_MOST = 200
"""Of one account in one run; the rest follows in the next."""
FIRST_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15))
OFTEN_FOR, KEPT_FOR = timedelta(days=3), timedelta(days=90)
"""Asked for every hour for three days, every day until the portal no longer keeps returns (api-dsn §6.5)."""
OVERWRITTEN_AFTER = timedelta(days=1)
FOLLOWED = Q(
    state__in=[
        FilingState.ACCEPTED, FilingState.RECORDED_BY_HAND, FilingState.CONFORM, FilingState.ANOMALIES,
    ]
) & ~Q(idflux="")  # fmt: skip
_OVER = frozenset({FilingState.CONFORM, FilingState.ANOMALIES})
_SETTLES = {
    ProofKind.CCO: (FilingState.CONFORM, "Certificat de conformité (CCO)."),
    ProofKind.BAN: (FilingState.ANOMALIES, "Bilan d’anomalies (BAN) : la déclaration est à corriger."),
    ProofKind.ARE: (FilingState.REFUSED, "Avis de rejet (ARE)."),
}
_ANOTHERS = (
    "Les retours de cet identifiant de dépôt (idflux) sont ceux d’une autre déclaration : vérifiez-le sur "
    "net-entreprises.fr."
)
_PURGED = "Le certificat de conformité n’est jamais venu, et le portail ne garde plus les retours d’il y a trois mois."


def run_due(moment: datetime | None = None, *, stop: threading.Event | None = None) -> int:
    """Ask for the answers of the deposits that are due; how many were asked for. One session for each account."""
    due = Filing.objects.filter(FOLLOWED, next_at__lte=moment or now())
    rows = due.select_related("dossier").defer("seen", "candidates")
    jobs = collectors.jobs_of(fairly(rows, "identity_id", each=AT_MOST))
    return sessions.run(jobs, _follow_all, stop=stop) if jobs else 0


def _follow_all(session: Session, jobs: list[Job]) -> None:
    for job in jobs:
        if session.is_over:
            return
        filing = job.filing
        try:
            found = answers.answers_of(session, job, filing.idflux, filing)
        except NotTheDepositor as error:
            _plan(filing, next_look(filing, now()), str(error))
        else:
            with sessions.only_this(filing):
                take(session, filing, found)
        session.done += 1


def take(session: Session, filing: Filing, found: list[Answer]) -> None:
    """Keep what is new for a filing, let its state follow, and plan when to ask again."""
    is_anothers = any(_is_anothers(filing, one) for one in found)
    if filing.state == FilingState.RECORDED_BY_HAND and is_anothers:
        _plan(filing, next_look(filing, now()), _ANOTHERS)
        return
    try:
        if filing.state == FilingState.ACCEPTED and is_anothers and _is_told_by_a_person(filing):
            _back_to_unknown(session, filing)
            return
        with transaction.atomic():
            for one in found:
                answers.keep(filing, one)
            _let_follow(session, filing, found)
    except Overtaken:  # a person, or another process: it is due again at its time
        return
    is_new = any(one.listed.nature == answers.CONFORMITY for one in found)
    if filing.state == FilingState.REFUSED:
        return
    if filing.state in _OVER:
        _plan(filing, now() + OVERWRITTEN_AFTER if is_new else None)
    else:
        look = next_look(filing, now())
        _plan(filing, look, "" if look else _PURGED)


def next_look(filing: Filing, moment: datetime) -> datetime | None:
    """When to ask for the answers of a deposit that has none yet; None once there is no more hope."""
    begun = filing.sent_at or filing.state_at
    age = moment - begun
    for look in FIRST_LOOKS:
        if age < look:
            return begun + look
    if age < OFTEN_FOR:
        return moment + timedelta(hours=1)
    return moment + timedelta(days=1) if age < KEPT_FOR else None


def _let_follow(session: Session, filing: Filing, found: list[Answer]) -> None:
    """The state that the last of these answers gives."""
    settling = [one for one in found if one.kind in _SETTLES]
    if not settling:
        return
    kind = settling[-1].kind
    state, why = _SETTLES[kind]
    if state == filing.state:
        return
    if state == FilingState.REFUSED and filing.state != FilingState.RECORDED_BY_HAND:
        return  # it has an AEE: the rejection that came since is kept, and shown
    proofs.hold_dossiers(filing)
    changes: dict[str, Any] = {"next_at": None} if state == FilingState.REFUSED else {}
    if state == FilingState.CONFORM and _another_stands(filing):
        changes["exempt"] = True  # it was refused, another one took its place, and now it is right after all
    move(filing, state, actor=session.caller.actor, automatic=True, why=why, problem="", **changes)
    proofs.tell_dossier(filing, refused=kind != ProofKind.CCO)


def _another_stands(filing: Filing) -> bool:
    return Filing.objects.filter(same_key(filing), state__in=STANDS, exempt=False).exists()


def _is_told_by_a_person(filing: Filing) -> bool:
    """Whether a person, not the portal, said under which idflux it was deposited."""
    last = filing.moves.filter(state=FilingState.ACCEPTED).last()
    return last is not None and not last.automatic


@transaction.atomic
def _back_to_unknown(session: Session, filing: Filing) -> None:
    """The idflux that a person gave is another declaration's: what became of this one is as unknown as before."""
    filing.proofs.exclude(return_id="").delete()  # they were listed under that idflux
    move(
        filing, FilingState.UNKNOWN, actor=session.caller.actor, automatic=True, why=_ANOTHERS, idflux="",
        sent_at=None, next_at=now(), problem=f"{_ANOTHERS} {UNKNOWN_WORDS}",
    )  # fmt: skip


def _is_anothers(filing: Filing, answer: Answer) -> bool:
    return judge(filing, answer.report) is Verdict.OTHER


def _plan(filing: Filing, next_at: datetime | None, problem: str = "") -> None:
    """Write down when to ask again, unless the filing has moved on."""
    Filing.objects.filter(pk=filing.pk, state=filing.state).update(next_at=next_at, problem=problem)
