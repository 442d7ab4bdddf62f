"""Collecting returns by account of the portal and régime, every hour, as a cursor goes on (api-dsn §6, §8.5).

The cursor moves only past what was answered, and stays `ZONE_DOUBT` behind the portal's present, so that the last hours
are searched again each time: no source says in which zone the portal writes its hours, and clocks change twice a year.
"""

import random
import threading
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localtime

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalBinding, PortalIdentity
from scarabee.accounts.portal import refusals
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.filings.models import PortalQueue
from scarabee.filings.services import sessions
from scarabee.filings.services.deposits_listed import ZONE_DOUBT
from scarabee.filings.services.lease import LeaseLost
from scarabee.filings.services.sessions import Pause, Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import PortalError, TooMuchAsked
from scarabee.netentreprises.listings import ReturnListing
from scarabee.netentreprises.moments import range_path
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import arrivals, cursors, fetching, leaves, pending, treating
from scarabee.returns.services.readers import Reader, reader_for
from scarabee.returns.services.windows import Window, narrower, next_window, wider

WINDOWS_PER_RUN = 24
EVERY = timedelta(hours=1)
SHORT_OF_NOW = timedelta(minutes=2)
"""What was published just now may not be listed yet (api-dsn §8.5)."""
AFTER_TOO_MUCH = timedelta(minutes=2)
"""How long to be silent after a 429 (api-dsn §6.3)."""
_GOES_ON_AFTER = timedelta(minutes=1)
_STOPPED_PAUSE = timedelta(minutes=15)
_WRONG_CLOCK = timedelta(minutes=1)
_NEVER_SO_LATE = timedelta(hours=2)
_NOBODY = (
    "Plus aucun compte actif n’a ces identifiants Net-Entreprises, et des dépôts attendent encore des retours : ils ne "
    "sont pas récupérés. Enregistrez ces identifiants pour un compte, ou prolongez la récupération jusqu’à une date."
)


def run_due(moment: datetime | None = None, *, stop: threading.Event | None = None) -> int:
    """Search and fetch what is due, one session for each account; how many documents came in. One query for nothing.

    An account that must wait, or for which another process speaks, is left for later.
    """
    stop = stop or threading.Event()
    moment = moment or now()
    if not _is_anything_due(moment):
        return 0
    cursors.begin_missing()
    identities = sorted(set(_due(moment).values_list("identity_id", flat=True)))
    treating.treat_waiting()
    return sessions.together([partial(_collect, pk, stop) for pk in identities])


def _is_anything_due(moment: datetime) -> bool:
    """Whether something is to be asked, or an account to be collected for from now on."""
    begins = [cursors.missing(regime).values("pk") for regime in Regime]
    return _due(moment).values("pk").union(*begins, all=True).exists()


def _due(moment: datetime) -> QuerySet[Cursor]:
    """The cursors for which something is to be asked: a search, or a document while nothing failed."""
    documents = Return.objects.filter(
        arrivals.due(moment), identity=OuterRef("identity"), regime=OuterRef("regime"),
        portal__in=PortalBinding.objects.values("portal"),
    )  # fmt: skip
    waiting = PortalQueue.objects.filter(
        identity=OuterRef("identity"), retry_at__gt=moment, retry_at__lt=moment + _NEVER_SO_LATE
    )
    return Cursor.objects.filter(
        _is_due(moment) | (Q(failures=0) & Exists(documents)), ~Exists(waiting)
    )  # fmt: skip


def _is_due(moment: datetime) -> Q:
    """Its time has come, or was written by a clock that was wrong."""
    return Q(next_at__lte=moment) | Q(next_at__gt=moment + _NEVER_SO_LATE)


def _collect(identity_id: int, stop: threading.Event) -> int:
    identity = PortalIdentity.objects.get(pk=identity_id)
    found = list(Cursor.objects.filter(pk__in=_due(now()).values("pk"), identity=identity).order_by("regime"))
    if identity.state == IdentityState.FROZEN and not refusals.enrolment_may_have_taken_effect(identity):
        why = Held.BROUGHT_BACK if identity.frozen_cause == Held.BROUGHT_BACK else Held.FROZEN
        for cursor in found:
            _stopped(cursor, str(HeldBack(why)))
        return 0
    able = [(cursor, reader) for cursor in found if (reader := _reader(cursor)) is not None]
    if not able:
        return 0
    with sessions.opened(identity, stop) as session:
        if session is None:
            return 0
        done = 0
        for cursor, reader in able:
            done += _one(session, cursor, reader)
        return done


def _reader(cursor: Cursor) -> Reader | None:
    """Who reads for it. Without anybody, it is a trouble only while deposits wait for returns."""
    reader = reader_for(cursor, localtime(now()).date())
    if reader is None:
        _stopped(cursor, _NOBODY if pending.awaiting(cursor.identity_id).exists() else "")
    return reader


def _one(session: Session, cursor: Cursor, reader: Reader) -> int:
    """What is due of one cursor. Whatever is in the way is written on it, until a run goes well."""
    is_due, done = Cursor.objects.filter(_is_due(now()), pk=cursor.pk).exists(), 0
    try:
        has_caught_up = is_due and _search(session, cursor, reader)
        done = fetching.fetch_due(session, reader, cursor)
        if has_caught_up and not fetching.is_over(session):
            leaves.list_lately(session, reader, cursor)
    except LeaseLost:
        return done
    except Pause as pause:
        _failed(cursor, pause.words, pause.wait)
    except TooMuchAsked as error:
        width = narrower(cursor.width_minutes, error.allowed_minutes)
        _failed(cursor, str(error), AFTER_TOO_MUCH, width)
    except PortalError as error:
        _failed(cursor, str(error))
    return done


def _search(session: Session, cursor: Cursor, reader: Reader) -> bool:
    """Search window by window up to the portal's present, or as far as one run goes; whether it was reached."""
    position = began = _start(session, cursor)
    asked: set[str] = set()
    for _ in range(WINDOWS_PER_RUN):
        window = next_window(position, _limit(session), cursor.width_minutes)
        if window is None:
            break
        digits = range_path(window.since, window.until)
        if digits in asked:  # the hour that autumn repeats: its digits were answered just now
            position = window.resume
            continue
        asked.add(digits)
        listing = _ask(session, reader, window)
        if position == began and (right := _start(session, cursor)) != began:  # the clock of this machine is wrong
            _keep(session, cursor, listing, None)
            position = began = right
            continue
        position = min(window.resume, max(window.since, _limit(session)))
        _keep(session, cursor, listing, position)
        if fetching.is_over(session):
            break
    left = next_window(position, _limit(session), cursor.width_minutes)
    _went_well(cursor, now() + (_GOES_ON_AFTER if left else EVERY * random.uniform(0.95, 1.0)))  # noqa: S311
    return left is None


def _start(session: Session, cursor: Cursor) -> datetime:
    """Where to search from: the cursor, which a wrong clock may have put ahead of the portal's present."""
    return min(cursor.until, _limit(session) - ZONE_DOUBT)


def _limit(session: Session) -> datetime:
    return now() + session.behind - SHORT_OF_NOW


def _ask(session: Session, reader: Reader, window: Window) -> ReturnListing:
    """One search; what it tells of the portal's clock serves from then on."""
    asked_at = now()
    listing = session.ask(reader, lambda token: session.client.list_returns(token, window.since, window.until))
    if listing.dated_at is not None:
        behind = listing.dated_at - asked_at
        session.behind = behind if abs(behind) > _WRONG_CLOCK else timedelta()
    return listing


def _keep(session: Session, cursor: Cursor, listing: ReturnListing, position: datetime | None) -> None:
    """Write down what was listed, and how far the cursor has come, together. Raises `LeaseLost`."""
    limit = _limit(session)
    if position is not None:
        settled = min(position, limit - ZONE_DOUBT)
        cursor.until = settled if cursor.until > limit else max(cursor.until, settled)
    cursor.width_minutes = wider(cursor.width_minutes, listing.allowed_minutes)
    if listing.expires_at is not None:
        cursor.next_at = max(cursor.next_at, min(listing.expires_at, now() + EVERY))
    with transaction.atomic():
        session.lease.renew()
        for flux in listing.flux:
            arrivals.list_flux(
                identity_id=cursor.identity_id, regime=cursor.regime, idflux=flux.idflux, returns=flux.returns
            )
        cursor.save(update_fields=["until", "width_minutes", "next_at"])


def _went_well(cursor: Cursor, next_at: datetime) -> None:
    cursor.failures, cursor.problem, cursor.last_success_at = 0, "", now()
    cursor.next_at = max(cursor.next_at, next_at)
    cursor.save(update_fields=["failures", "problem", "last_success_at", "next_at"])


def _failed(cursor: Cursor, words: str, wait: timedelta | None = None, width_minutes: int | None = None) -> None:
    """Write down why a run could not go on, and when the next one begins: later and later without `wait`."""
    cursor.failures, cursor.problem = min(cursor.failures + 1, 1000), words
    cursor.width_minutes = width_minutes or cursor.width_minutes
    cursor.next_at = max(cursor.next_at, now() + (wait or sessions.pause_after(cursor.failures)))
    cursor.save(update_fields=["failures", "problem", "width_minutes", "next_at"])


def _stopped(cursor: Cursor, words: str) -> None:
    """Nothing may be asked: write down why, and look again later."""
    next_at = now() + _STOPPED_PAUSE
    Cursor.objects.filter(pk=cursor.pk).update(problem=words, failures=max(cursor.failures, 1), next_at=next_at)
