"""What the portal lists as deposited by one account between two moments, told by the clock of the portal.

One search spans a few minutes only (api-dsn §6.2), so that a span is asked in slices; each slice must be answered, or
nothing is concluded. No source says in which zone the portal writes its hours: `ZONE_DOUBT` is how far they may differ.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scarabee.filings.services.sessions import Access, Pause, Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.errors import TooMuchAsked
from scarabee.netentreprises.listings import DepositListing, ListedDeposit

LEAST_MINUTES, MOST_MINUTES = 1, 24 * 60
ZONE_DOUBT = timedelta(hours=2)
CLOCK_DOUBT = timedelta(minutes=10)
"""By how much the portal may date a deposit before we began to send it."""
_WRONG_CLOCK = timedelta(minutes=1)
_TRIES = 3

type Span = tuple[datetime, datetime]
"""From when to when, aware, by the clock of the portal."""


@dataclass(slots=True)
class Listed:
    """idflux → what the portal says of the deposit. `asked_until`: how far, by its clock.

    `fresh_until`: when the same may be asked again (Expires).
    """

    asked_until: datetime
    deposits: dict[str, ListedDeposit] = field(default_factory=dict)
    fresh_until: datetime | None = None


def recent(session: Session, access: Access) -> Listed:
    """What was deposited lately, until now. Raises as `listed` does."""
    return listed(session, access, lambda moment: [(moment - ZONE_DOUBT - CLOCK_DOUBT, moment)])


def listed(session: Session, access: Access, spans: Callable[[datetime], Iterable[Span]]) -> Listed:
    """What was deposited in the spans that this function gives for the portal's present moment, their ends included.

    The clock of this machine may be wrong: what time it is there is told by each answer, and the search is made anew
    when it was not what we thought. Raises what `Session.ask` raises, and any `PortalError` of a listing.
    """
    for _ in range(_TRIES):
        behind = session.behind
        found = _between(session, access, spans(now() + behind))
        if abs(session.behind - behind) < _WRONG_CLOCK:
            return found
    raise Pause("L’heure de cet ordinateur ou celle du portail change sans cesse : la recherche n’est pas sûre.")


def _between(session: Session, access: Access, spans: Iterable[Span]) -> Listed:
    found = Listed(now() + session.behind)
    # at least one minute of each: what time it is at the portal is told by an answer only
    least = timedelta(minutes=LEAST_MINUTES)
    for since, until in _merged((min(since, until - least), until) for since, until in spans):
        start = since
        while start < until:
            width = session.listed_minutes
            # a minute less: the two ends of an hour that is repeated in autumn must not look alike
            end = min(until, start + timedelta(minutes=width) - timedelta(minutes=1 if width > LEAST_MINUTES else 0))
            try:
                listing = _ask(session, access, start, end)
            except TooMuchAsked as error:
                if width <= LEAST_MINUTES:
                    raise
                session.search_over(max(LEAST_MINUTES, min(width // 2, error.allowed_minutes or width)))
                continue
            found.deposits.update((one.idflux, one) for one in listing.deposits if one.idflux)
            found.fresh_until = listing.expires_at
            start = end
    return found


def _ask(session: Session, access: Access, since: datetime, until: datetime) -> DepositListing:
    """One search. What it tells of the portal's clock and of the width it allows serves for the next ones."""
    asked_at = now()
    listing = session.ask(access, lambda token: session.client.list_deposits(token, since, until))
    if listing.dated_at is not None:
        behind = listing.dated_at - asked_at
        session.behind = behind if abs(behind) > _WRONG_CLOCK else timedelta()
    if listing.allowed_minutes is not None:
        session.search_over(max(LEAST_MINUTES, min(listing.allowed_minutes, MOST_MINUTES)))
    return listing


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in their order, those that overlap as one."""
    current: Span | None = None
    for since, until in sorted(spans):
        if current is None:
            current = (since, until)
        elif since <= current[1]:
            current = (current[0], max(current[1], until))
        else:
            yield current
            current = (since, until)
    if current is not None:
        yield current
