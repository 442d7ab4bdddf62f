"""One session with the portal for one account: its lease, its tokens, and what happens when the portal is away.

Whatever speaks to the portal for filings (sending, looking for, following) does so in a session. Several accounts are
served at once, each by one session at a time.
"""

import logging
import random
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from django.db import InterfaceError, OperationalError, connections
from django.utils.timezone import localtime

from scarabee.accounts import vault
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal import door
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.door import Caller
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services.agenda import due
from scarabee.filings.services.lease import Lease, LeaseLost, lease
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import (
    ExpiredPassword,
    ExpiredToken,
    InvalidToken,
    LockedAccount,
    Maintenance,
    MalformedCredentials,
    NotEnrolled,
    PortalError,
    PortalFault,
    RefusedCredentials,
    TooMuchAsked,
    Unreachable,
    UnreadableAnswer,
)
from scarabee.netentreprises.tokens import Token

ACCOUNTS_AT_ONCE = 8
SESSION_SECONDS = 120
"""After so long a session lets others have their turn; what is left goes in the next."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
BUSY_PAUSE = timedelta(seconds=10)
STOPPED_PAUSE = timedelta(minutes=1)
STUMBLED_PAUSE = timedelta(minutes=10)
_NEVER_SO_LONG = timedelta(hours=1)
_OF_THE_DATABASE = (OperationalError, InterfaceError)
_UNFORESEEN = (
    "Une erreur imprévue de Scarabée l’a arrêté ici ; rien n’est parti deux fois. Il est repris dans quelques minutes. "
    "Si cela dure, signalez l’erreur."
)

logger = logging.getLogger(__name__)
_TOKEN_ERRORS = (ExpiredToken, InvalidToken)


NOT_BEFORE = "Rien n’est renvoyé tant que"
"""How words begin that say what a person does before anything goes on."""
MEND = f"{NOT_BEFORE} vous ne les avez pas corrigés et vérifiés avec la boule bleue."
_KEY_BACK = f"{NOT_BEFORE} ce n’est pas fait."
_TO_MEND = (RefusedCredentials, ExpiredPassword, LockedAccount, MalformedCredentials)
_ENROLLED_FIRST = f"{NOT_BEFORE} le service DSN n’est pas ouvert à ce compte, et vérifié avec la boule bleue."
_PASSING = (Maintenance, PortalFault, TooMuchAsked, UnreadableAnswer, Unreachable, InvalidToken, ExpiredToken)
"""Their remedies tell a person to begin again: here Scarabée does."""


class Pause(Exception):
    """This account can do no more for now. `words`: why, in French. `wait`: for how long, None for longer and longer.

    `until`: not before this moment, whatever the wait.
    """

    def __init__(self, words: str, wait: timedelta | None = None, until: datetime | None = None) -> None:
        super().__init__(words)
        self.words, self.wait, self.until = words, wait, until


class NoToken(Pause):
    """No token could be had: what was to be asked was not."""


class Access(Protocol):
    """Whose identifiers serve, for which régime."""

    @property
    def held(self) -> PortalIdentifiers: ...
    @property
    def regime(self) -> Regime: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A filing, and whose identifiers serve for it."""

    filing: Filing
    held: PortalIdentifiers
    regime: Regime


@dataclass(slots=True)
class Session:
    """What one account does in a row. `done` counts the filings that went on."""

    identity: PortalIdentity
    lease: Lease
    client: Client
    stop: threading.Event
    caller: Caller
    ends_at: datetime
    done: int = 0
    behind: timedelta = timedelta()
    """What to add to the clock of this machine to have that of the portal."""
    listed_minutes: int = 60
    """How wide a search of deposits may be, as far as is known; see `search_over`."""
    _tokens: dict[tuple[int, Regime], Token] = field(default_factory=dict, repr=False)
    _is_enrolled: bool = False

    @property
    def is_over(self) -> bool:
        """Whether to leave the rest for later: asked to stop, or others wait."""
        return self.stop.is_set() or not now() < self.ends_at

    def ask[T](self, access: Access, call: Callable[[Token], T]) -> T:
        """What the portal answers to this call, made with a fresh token.

        A token that the portal no longer takes is renewed once, and the call made once more (api-dsn §8.2): such an
        answer proves that nothing was done. Raises `NoToken` when nothing could be asked, what the call raises, and
        `LeaseLost`.
        """
        token = self._token(access)
        self.lease.hold()
        try:
            try:
                answer = call(token)
            except _TOKEN_ERRORS:
                token = self._token(access, anew=True)
                self.lease.hold()
                answer = call(token)
        except NotEnrolled as error:
            door.note_service_answer(self.identity, self.caller, error)
            raise
        if not self._is_enrolled:
            door.note_service_answer(self.identity, self.caller, None)
            self._is_enrolled = True
        return answer

    def search_over(self, minutes: int) -> None:
        """Let searches of deposits be so wide, in this session and in those to come."""
        if minutes != self.listed_minutes:
            self.listed_minutes = minutes
            PortalQueue.objects.filter(identity=self.identity).update(listed_minutes=minutes)

    def ready(self, access: Access) -> None:
        """Have a fresh token for this job, so that what follows only has to be sent. Raises `NoToken`."""
        self._token(access)

    def _token(self, access: Access, *, anew: bool = False) -> Token:
        key = (access.held.pk, access.regime)
        known = self._tokens.get(key)
        if known is None or anew or not known.is_fresh(now()):
            self.lease.hold()
            self._tokens[key] = known = self._signed_in(access)
        return known

    def _signed_in(self, access: Access) -> Token:
        try:
            entry = kept_entry(access.held)
            return door.authenticate(
                identity=self.identity, credentials=entry.credentials, regime=access.regime, client=self.client,
                caller=self.caller,
            )  # fmt: skip
        except (vault.KeyMissing, vault.SealBroken):
            raise NoToken(
                f"Le mot de passe Net-Entreprises de « {access.held.user.username} » ne s’ouvre plus : le coffre n’a "
                f"pas sa clé. Rien n’est parti. Remettez la clé du coffre, ou retapez le mot de passe. {_KEY_BACK}",
                STOPPED_PAUSE,
            ) from None
        except HeldBack as held:
            if held.held == Held.BUSY:
                raise NoToken(held.message, BUSY_PAUSE) from None
            raise NoToken(f"{held} {MEND}", STOPPED_PAUSE) from None
        except PortalError as error:
            self.identity.refresh_from_db(fields=["state", "frozen_cause"])
            raise NoToken(words_of(error), STOPPED_PAUSE if error.certain and error.sent else None) from None


Work = Callable[[Session, list[Job]], None]


def run(jobs: Sequence[Job], work: Work, *, stop: threading.Event | None = None) -> int:
    """Do this work for these jobs, one session for each account, several accounts at once; how many filings went on.

    An account that must wait, or for which another process works, is left for later.
    """
    stop = stop or threading.Event()
    groups: dict[int, list[Job]] = {}
    for job in _not_waiting(jobs):
        groups.setdefault(job.held.identity_id, []).append(job)
    return together([partial(_session, group, work, stop) for group in groups.values()])


def together(tasks: Sequence[Callable[[], int]]) -> int:
    """Do these, each for another account, several at once; the sum of what they return."""
    if len(tasks) <= 1:
        return sum(task() for task in tasks)
    with ThreadPoolExecutor(min(len(tasks), ACCOUNTS_AT_ONCE), thread_name_prefix="portal") as pool:
        return sum(pool.map(_in_thread, tasks))


@contextmanager
def opened(identity: PortalIdentity, stop: threading.Event) -> Iterator[Session | None]:
    """A session of this account; None while another process has one, or once told to stop."""
    with lease(identity) as mine:
        if mine is None or stop.is_set():
            yield None
            return
        with Client(current_portal(), clock=now) as client:
            caller = Caller(Actor.owner("service"), automatic=True)
            ends_at = now() + timedelta(seconds=SESSION_SECONDS)
            width = PortalQueue.objects.values_list("listed_minutes", flat=True).get(identity=identity)
            yield Session(identity, mine, client, stop, caller, ends_at, listed_minutes=width)


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: longer and longer, never twice the same."""
    longest: timedelta = min(FIRST_PAUSE * (1 << min(max(failures, 1) - 1, 10)), LONGEST_PAUSE)
    return longest * random.uniform(0.8, 1.0)  # noqa: S311 - so that machines do not knock together


def words_of(error: PortalError) -> str:
    """What went wrong, in French, with what a person has to do; nothing of the kind when Scarabée goes on by itself."""
    if isinstance(error, _PASSING):
        return error.message
    if isinstance(error, NotEnrolled):
        return f"{error} {_ENROLLED_FIRST}"
    return f"{error} {MEND}" if isinstance(error, _TO_MEND) else str(error)


def clock_words(moment: datetime) -> str:
    """An hour of Paris, « 14 h 05 »."""
    return f"{localtime(moment):%H h %M}"


def _in_thread(task: Callable[[], int]) -> int:
    try:
        return task()
    finally:
        connections.close_all()


def _session(jobs: list[Job], work: Work, stop: threading.Event) -> int:
    identity = PortalIdentity.objects.get(pk=jobs[0].held.identity_id)
    with opened(identity, stop) as session:
        if session is None:
            return 0
        try:
            work(session, jobs)
        except LeaseLost:
            return session.done
        except Pause as pause:
            _wait(session, jobs, pause)
        except PortalError as error:
            _wait(session, jobs, Pause(words_of(error)))
        except _OF_THE_DATABASE:
            raise
        except Exception as error:
            _log(identity.pk, error)
            _wait(session, jobs, Pause(_UNFORESEEN))
        else:
            _went_well(identity)
        return session.done


@contextmanager
def only_this(filing: Filing) -> Iterator[None]:
    """Let an unforeseen fault of one filing stop no other of its account: it says so, and waits."""
    try:
        yield
    except (Pause, PortalError, LeaseLost, *_OF_THE_DATABASE):
        raise
    except Exception as error:
        _log(filing.pk, error)
        Filing.objects.filter(pk=filing.pk).update(problem=_UNFORESEEN, next_at=now() + STUMBLED_PAUSE)


def _log(number: int, error: Exception) -> None:
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("Portal, number %s: %s\n%s", number, type(error).__name__, where)


def _went_well(identity: PortalIdentity) -> None:
    PortalQueue.objects.filter(identity=identity).update(failures=0, problem="", retry_at=None, last_run_at=now())


def _wait(session: Session, jobs: list[Job], pause: Pause) -> None:
    """Write down why this account waits, and until when; what is due of it waits too."""
    moment = now()
    queue = PortalQueue.objects.get(identity=session.identity)
    failures = queue.failures + 1 if pause.wait is None else queue.failures
    retry_at = moment + (pause.wait or pause_after(failures))
    if pause.until is not None:
        retry_at = max(retry_at, min(pause.until, moment + LONGEST_PAUSE))
    PortalQueue.objects.filter(pk=queue.pk).update(
        failures=min(failures, 1000), problem=pause.words, retry_at=retry_at, last_run_at=moment
    )
    _put_off(jobs, pause.words, retry_at)


def _not_waiting(jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose account has not to wait; the others are put off until it has not."""
    moment = now()
    waiting = {
        queue.identity_id: queue
        for queue in PortalQueue.objects.filter(retry_at__gt=moment, retry_at__lt=moment + _NEVER_SO_LONG)
    }
    if not waiting:
        return list(jobs)
    for identity_id, queue in waiting.items():
        assert queue.retry_at is not None
        _put_off([job for job in jobs if job.held.identity_id == identity_id], queue.problem, queue.retry_at)
    return [job for job in jobs if job.held.identity_id not in waiting]


def _put_off(jobs: Sequence[Job], words: str, until: datetime) -> None:
    """Those still due wait; those still to be sent say why."""
    waiting = Filing.objects.filter(due(now()), pk__in=[job.filing.pk for job in jobs])
    by_itself = f"{words} Rien n’est perdu : Scarabée réessaie de lui-même à {clock_words(until)}."
    problem = words if NOT_BEFORE in words else by_itself
    waiting.filter(state=FilingState.PLANNED).update(problem=problem, next_at=until)
    waiting.exclude(state=FilingState.PLANNED).update(next_at=until)
