"""Tokens of the bouchon: opaque, in memory only, tied to an account and a service.

They do not survive a restart: a client then meets « Jeton manquant ou invalide », as on a portal that was reset.
"""

import base64
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock

LIFE_SECONDS = 3600
"""How long a token lasts, unless the server is told otherwise: the shorter of what sources say (api-dsn §4.1)."""
_REMEMBERED = 20_000
_TOKEN_BYTES = 49
"""Not a multiple of three, so that a token ends with '=': a client must split at the first one only."""


@dataclass(slots=True)
class Issued:
    """A token that was given: to whom, for which service, until when, and how often it served.

    `worn`: expired before its time, by the incident `jeton-expire`.
    """

    identity: tuple[str, str, str]
    service: str
    issued_at: datetime
    expires_at: datetime
    uses: int = 0
    worn: bool = False


class Tokens:
    """The tokens given since the start. The oldest are forgotten beyond twenty thousand."""

    def __init__(self, life_seconds: int = LIFE_SECONDS) -> None:
        self._life = timedelta(seconds=life_seconds)
        self._issued: OrderedDict[str, Issued] = OrderedDict()
        self._lock = RLock()

    def issue(self, identity: tuple[str, str, str], service: str, at: datetime) -> tuple[str, Issued]:
        """A new token (base64 text) and what is known of it."""
        text = base64.b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode("ascii")
        issued = Issued(identity, service, at, at + self._life)
        with self._lock:
            self._issued[text] = issued
            while len(self._issued) > _REMEMBERED:
                self._issued.popitem(last=False)
        return text, issued

    def find(self, text: str) -> Issued | None:
        """What is known of this token, expired or not; None when it was never given."""
        return self._issued.get(text)

    def wear_out(self) -> None:
        """Make every token given so far an expired one."""
        with self._lock:
            for issued in self._issued.values():
                issued.worn = True

    def use(self, issued: Issued) -> int:
        """Count one use; returns how many there were before."""
        with self._lock:
            issued.uses += 1
            return issued.uses - 1
