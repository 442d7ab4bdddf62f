"""The span of time of a search: `{debut}[/{fin}]`, 14 digits each, and how wide it may be (api-dsn §6.1, §6.2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scarabee.netentreprises.bouchon.state import PARIS, State, local_digits
from scarabee.netentreprises.bouchon.wire import empty

DECLARANT_MINUTES = 60
OPERATOR_MINUTES = 10
DAY_MINUTES = 24 * 60
REDUCED_MINUTES = {DECLARANT_MINUTES: 15, OPERATOR_MINUTES: 5, DAY_MINUTES: 15}
_DIGITS = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until`, both included, as 14 digits of Paris time; `minutes` is how wide it is."""

    since: str
    until: str
    minutes: float

    def holds(self, moment: datetime) -> bool:
        """Whether this moment falls within, to the second of Paris time."""
        return self.since <= local_digits(moment) <= self.until


def read_span(parts: list[str], at: datetime) -> Span:
    """The span of one or two parts of the path. 404 without `debut`, 422 for what is not a date of 14 digits."""
    if not parts:
        raise empty(404)
    since = _moment(parts[0])
    until = _moment(parts[1]) if len(parts) > 1 else at.astimezone(PARIS).replace(tzinfo=None, microsecond=0)
    # In the hour that a change of clock skips or repeats, the narrower reading counts.
    naive = (until - since).total_seconds()
    real = (until.replace(tzinfo=PARIS).astimezone(UTC) - since.replace(tzinfo=PARIS).astimezone(UTC)).total_seconds()
    digits = [f"{moment:%Y%m%d%H%M%S}" for moment in (since, until)]
    return Span(digits[0], digits[1], min(naive, real) / 60)


def allowed_minutes(state: State, usual: int) -> int:
    """How wide a search may be now, in minutes."""
    return REDUCED_MINUTES[usual] if state.incidents.on("plage-reduite") else usual


def refuse_too_wide(span: Span, minutes: int) -> None:
    """429 for a span wider than this many minutes; equal is right."""
    if timedelta(minutes=span.minutes) > timedelta(minutes=minutes):
        raise empty(429)


def _moment(text: str) -> datetime:
    """A naive moment of Paris time."""
    if not _DIGITS.fullmatch(text):
        raise empty(422)
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - Paris time, told by nothing
    except ValueError:
        raise empty(422) from None
