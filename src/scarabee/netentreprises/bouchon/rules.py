"""Which searches broke the rules of the service (api-dsn §6.2, §6.3): written down, whether they are refused or not.

So that a client can be proved polite. A width that nobody told it yet breaks nothing.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from scarabee.netentreprises.bouchon.wire import STALE_AFTER

TOO_WIDE, TOO_SOON, NOT_NARROWED = "plage-trop-large", "meme-recherche-avant-expires", "insistance-apres-429"
REMEMBERED = 2_000
_KEPT = 20_000

type Who = tuple[str, ...]
"""A visitor and a service."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A search that broke a rule: when, which, and what was asked."""

    at: datetime
    rule: str
    path: str


@dataclass(slots=True)
class Rules:
    """What each visitor was told, and what he did against it. Any thread may ask."""

    breaches: deque[Breach] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _told: dict[Who, int] = field(default_factory=dict)
    _refused: dict[Who, tuple[datetime, float]] = field(default_factory=dict)
    _fresh: dict[tuple[str, ...], datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def is_too_soon(self, who: Who, path: str, at: datetime) -> bool:
        """Whether this search was answered, and its answer is not stale; a breach if so."""
        with self._lock:
            until = self._fresh.get((*who, path))
            if until is None or at >= until:
                return False
            self.breaches.append(Breach(at, TOO_SOON, path))
            return True

    def note_width(self, who: Who, path: str, at: datetime, *, minutes: float, usual: int) -> None:
        """A search of so many minutes: wider than this visitor knows to be allowed, or as wide as one just refused."""
        with self._lock:
            if minutes > self._told.get(who, usual):
                self.breaches.append(Breach(at, TOO_WIDE, path))
            refused_at, refused = self._refused.get(who, (None, 0.0))
            if refused_at is not None and at < refused_at + STALE_AFTER and minutes >= refused:
                self.breaches.append(Breach(at, NOT_NARROWED, path))

    def note_answer(self, who: Who, path: str, at: datetime, *, allowed: int | None) -> None:
        """200, with what may be asked now; stale after a while."""
        with self._lock:
            if allowed is not None:
                self._told[who] = allowed
                self._refused.pop(who, None)
            if len(self._fresh) >= _KEPT:
                self._fresh = {key: until for key, until in self._fresh.items() if at < until}
            self._fresh[(*who, path)] = at + STALE_AFTER

    def note_refusal(self, who: Who, at: datetime, *, minutes: float) -> None:
        """429."""
        with self._lock:
            self._refused[who] = (at, minutes)
