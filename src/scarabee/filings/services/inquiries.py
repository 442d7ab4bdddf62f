"""After a return to a backup: asking the portal for every deposit made since, and knowing each again (api-dsn §8.1).

Half a day at a time, by account and régime, up to half an hour after the return. What is listed and belongs to no
filing here is recognised by its own returns: as the filing it is, which then counts as deposited; or as a deposit of an
employer of ours whose file never came here, recorded so that it is not made twice; or as somebody else's, and shown.
Nothing is ever sent from here.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from scarabee.accounts.models import PortalIdentifiers, PortalIdentity
from scarabee.dossiers.models import Act, Employer
from scarabee.filings.enums import STANDS, FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import after_restore, answers, decisions, deposits_listed, sessions
from scarabee.filings.services.deposits_listed import CLOCK_DOUBT, ZONE_DOUBT, Span
from scarabee.filings.services.duplicates import same_key
from scarabee.filings.services.lease import LeaseLost
from scarabee.filings.services.matching import Found
from scarabee.filings.services.moves import Overtaken, move
from scarabee.filings.services.reconciling import LISTED_WITHIN
from scarabee.filings.services.reports import Verdict, judge
from scarabee.filings.services.sessions import Pause, Session
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.listings import ListedDeposit

STEP = timedelta(hours=12)
"""How much is listed before it is written down."""
AGAIN, LATER = timedelta(minutes=3), timedelta(minutes=15)
MONTHLY = "01"
_S = FilingState
_MAY_BE = frozenset({_S.CHECKED, _S.REJECTED_LOCALLY, _S.HELD, _S.PLANNED, _S.NOT_DEPOSITED, _S.CANCELLED, _S.UNKNOWN})
_AGAIN_FOUND = "Retrouvée parmi les dépôts du portail après le retour à une sauvegarde : elle était déjà déposée."
_NOBODY = "Aucun compte Net-Entreprises n’a encore servi : il n’y avait rien à demander au portail."
_ASKED = "Le portail a été interrogé sur tous les dépôts faits depuis la sauvegarde."


@dataclass(frozen=True, slots=True)
class _Asker:
    """Whose identifiers ask, for which régime."""

    held: PortalIdentifiers
    regime: Regime

    @property
    def key(self) -> str:
        return f"{self.held.identity_id} {self.regime.value}"


def run_due(moment: datetime | None = None, *, stop: threading.Event | None = None) -> int:
    """Ask what is left to ask; how many accounts were asked. One session for each."""
    acts = list(after_restore.open_acts())
    if not acts:
        return 0
    stop, moment = stop or threading.Event(), moment or now()
    askers = _askers()
    tasks: list[Callable[[], int]] = []
    for act in acts:
        due: dict[int, list[_Asker]] = {}
        for one in askers:
            if _is_due(act.receipt["looks"].get(one.key, {}), moment):
                due.setdefault(one.held.identity_id, []).append(one)
        tasks += [partial(_ask_all, act.pk, some, stop) for some in due.values()]
    asked = sessions.together(tasks)
    for act in acts:
        _finish_if_over(act.pk, askers)
    return asked


def _askers() -> list[_Asker]:
    """One for each account and régime that an active user holds, and that the portal took once."""
    rows = PortalIdentifiers.objects.select_related("user", "identity").filter(
        user__is_active=True, identity__last_success_at__isnull=False
    )
    found: dict[str, _Asker] = {}
    for held in rows.order_by("-proved_at", "pk"):
        for regime in Regime:
            if held.agricole if regime is Regime.AGRICOLE else held.general:
                one = _Asker(held, regime)
                found.setdefault(one.key, one)
    return list(found.values())


def _is_due(look: dict[str, Any], moment: datetime) -> bool:
    if look.get("done"):
        return False
    next_at = datetime.fromisoformat(look["next_at"]) if look.get("next_at") else moment
    return not moment < next_at <= moment + LATER * 2


def _ask_all(act_id: int, askers: list[_Asker], stop: threading.Event) -> int:
    identity = PortalIdentity.objects.get(pk=askers[0].held.identity_id)
    with sessions.opened(identity, stop) as session:
        if session is None:
            return 0
        for one in askers:
            try:
                _ask(session, act_id, one)
            except LeaseLost:
                return 0
            except (Pause, PortalError) as error:
                words = error.words if isinstance(error, Pause) else sessions.words_of(error)
                _note(act_id, one, problem=words, next_at=(now() + LATER).isoformat())
        return 1


def _ask(session: Session, act_id: int, asker: _Asker) -> None:
    """List step by step what was deposited, and write down what each is. Raises what `Session.ask` raises."""
    _ask_again(session, act_id, asker)
    fresh_until = None
    while not session.is_over:
        act = Act.objects.get(pk=act_id)
        span = partial(_span, session, act, asker)
        listed = deposits_listed.listed(session, asker, lambda _: [span()])  # noqa: B023 - called at once
        begins, ends = span()
        reached, fresh_until = min(ends, listed.asked_until), listed.fresh_until
        known = set(Filing.objects.filter(idflux__in=list(listed.deposits)).values_list("idflux", flat=True))
        new = [one for key, one in listed.deposits.items() if key not in known and key not in act.receipt["found"]]
        found = [Found(one, answers.answers_if_ours(session, asker, one.idflux)) for one in new]
        is_over = _keep(session, act_id, asker, found, reached)
        if is_over or reached < begins + STEP:
            break
    next_at = max(now() + AGAIN, min(fresh_until or now(), now() + LATER))
    _note(act_id, asker, problem="", next_at=next_at.isoformat())


def _ask_again(session: Session, act_id: int, asker: _Asker) -> None:
    """Of the deposits that could not be told yet."""
    act = Act.objects.get(pk=act_id)
    unclear = {key: one for key, one in act.receipt["found"].items() if not one["clear"] and one["by"] == asker.key}
    settled = set(Filing.objects.filter(idflux__in=list(unclear)).values_list("idflux", flat=True))
    found = []
    for idflux, one in unclear.items():
        at = datetime.fromisoformat(one["at"]) if one["at"] else None
        listed = ListedDeposit(idflux, at, one["date"], one["etat"])
        found.append(Found(listed, [] if idflux in settled else answers.answers_if_ours(session, asker, idflux)))
    if found:
        _keep(session, act_id, asker, found, None)


def _span(session: Session, act: Act, asker: _Asker) -> Span:
    """What is listed next, by the clock of the portal."""
    look = act.receipt["looks"].get(asker.key, {})
    first = after_restore.made_at_of(act) + session.behind - ZONE_DOUBT - CLOCK_DOUBT
    begins = datetime.fromisoformat(look["until"]) if look.get("until") else first
    return begins, min(begins + STEP, _limit(session, act), now() + session.behind)


def _limit(session: Session, act: Act) -> datetime:
    """Until when what left before the return to the backup may come to be listed."""
    return act.created_at + session.behind + LISTED_WITHIN + CLOCK_DOUBT


@transaction.atomic
def _keep(session: Session, act_id: int, asker: _Asker, found: list[Found], reached: datetime | None) -> bool:
    """Write down what these deposits are and how far the listing came; whether nothing is left to ask."""
    session.lease.renew()
    act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act_id)
    told = act.receipt["found"]
    for one in found:
        number, is_clear = _recognised(session, one)
        told[one.listed.idflux] = {
            "at": one.listed.date.isoformat() if one.listed.date else "", "date": one.listed.date_text,
            "etat": one.listed.statut, "siret": one.siret, "month": one.month,
            "nature": one.declared.nature if one.declared else "", "filing": number, "clear": is_clear,
            "by": asker.key,
        }  # fmt: skip
    look = act.receipt["looks"].setdefault(asker.key, {})
    if reached is not None:
        waits = any(not one["clear"] and one["by"] == asker.key for one in told.values())
        look |= {"until": reached.isoformat(), "done": reached >= _limit(session, act) and not waits}
    act.save(update_fields=["receipt"])
    return bool(look.get("done"))


def _recognised(session: Session, found: Found) -> tuple[int | None, bool]:
    """The filing that this deposit is, if it is one; and whether that is settled."""
    if known := Filing.objects.filter(idflux=found.listed.idflux).first():
        return known.pk, True
    if found.is_rejected:
        return None, True
    told = found.declared
    if told is None or not found.siret:
        return None, found.conformity is not None
    rows = Filing.objects.filter(siret=told.siret, nature=told.nature, month=told.month, idflux="", state__in=_MAY_BE)
    report = found.conformity.report if found.conformity else None
    same = [one for one in rows.select_related("dossier").order_by("pk") if judge(one, report) is Verdict.SAME]
    if any(one.state == _S.UNKNOWN for one in same):
        return None, False  # `reconciling` looks for it
    if len(same) == 1:
        return same[0].pk, _adopt(session, same[0], found)
    if report is not None and report.essai_reel != "02":
        return None, True
    return _record(session, found)


def _adopt(session: Session, filing: Filing, found: Found) -> bool:
    actor = session.caller.actor
    state = _S.ACCEPTED if filing.state == _S.NOT_DEPOSITED else _S.RECORDED_BY_HAND
    changes: dict[str, Any] = {
        "idflux": found.listed.idflux, "sent_at": found.listed.date or now(), "next_at": now(), "planned_at": None,
        "release_at": None, "problem": "", "candidates": [], "identity": session.identity,
        "exempt": filing.exempt or Filing.objects.filter(same_key(filing), state__in=STANDS, exempt=False).exists(),
    }  # fmt: skip
    try:
        with transaction.atomic():
            if filing.state == _S.CANCELLED:
                move(filing, _S.CHECKED, actor=actor, automatic=True, why=_AGAIN_FOUND)
            move(filing, state, actor=actor, automatic=True, why=_AGAIN_FOUND, **changes)
    except (Overtaken, IntegrityError):  # a person was faster, or another of its key stands
        return False
    return True


def _record(session: Session, found: Found) -> tuple[int | None, bool]:
    """A réel of an employer of ours whose file is not here: recorded, so that its key is not deposited twice."""
    told = found.declared
    assert told is not None
    employer = Employer.objects.filter(siret=told.siret, declaring=True).select_related("dossier").first()
    if employer is None or told.nature != MONTHLY:
        return None, True
    try:
        with transaction.atomic():
            filing = decisions.record_by_hand(
                actor=Actor.owner("service"), dossier=employer.dossier, siret=told.siret, month=told.month,
                fraction=told.fraction or "11", idflux=found.listed.idflux, reason=_AGAIN_FOUND,
            )  # fmt: skip
    except Refusal:  # recorded meanwhile, or the dossier is archived: shown as it is
        return None, True
    Filing.objects.filter(pk=filing.pk).update(
        identity=session.identity, type=told.type or filing.type, order_number=told.order, sent_at=found.listed.date
    )
    return filing.pk, True


@transaction.atomic
def _note(act_id: int, asker: _Asker, **changes: Any) -> None:
    act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act_id)
    act.receipt["looks"].setdefault(asker.key, {}).update(changes)
    act.save(update_fields=["receipt"])


@transaction.atomic
def _finish_if_over(act_id: int, askers: list[_Asker]) -> None:
    act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act_id)
    looks = act.receipt["looks"]
    if act.state == Act.State.RUNNING and all(looks.get(one.key, {}).get("done") for one in askers):
        after_restore.finish(act, _ASKED if looks else _NOBODY)
