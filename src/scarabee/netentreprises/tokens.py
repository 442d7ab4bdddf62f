"""The token of one authentication, and how long it is good (api-dsn §4.1, §8.2)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scarabee.netentreprises.credentials import Regime

LIFE_WITHOUT_EXPIRES = timedelta(minutes=10)
"""How long a token is held for good when the portal does not say: no source agrees on more."""
MARGIN = timedelta(minutes=2)
"""A token this close to its end is renewed beforehand."""


@dataclass(frozen=True, slots=True)
class Token:
    """What the portal gave for one account and one régime; opaque, never shown. `expires_at` is aware."""

    value: str = field(repr=False)
    regime: Regime
    expires_at: datetime

    def is_fresh(self, now: datetime, margin: timedelta = MARGIN) -> bool:
        """Whether it is good at this moment and for the margin after it."""
        return now + margin < self.expires_at
