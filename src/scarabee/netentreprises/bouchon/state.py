"""What the services of one bouchon share while it runs."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event, Lock, RLock
from zoneinfo import ZoneInfo

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.incidents import Incidents
from scarabee.netentreprises.bouchon.rules import Rules
from scarabee.netentreprises.bouchon.store import Store
from scarabee.netentreprises.bouchon.tokens import Tokens

PARIS = ZoneInfo("Europe/Paris")
"""The zone of every date in a path or a body: assumed, no source says it (api-dsn §6.1)."""
REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Authentication:
    """One attempt to sign in. `siret` is empty for an MSA identifiant, which stands in `nom`. Never the password."""

    at: datetime
    siret: str
    nom: str
    prenom: str
    service: str
    status: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a service. `status` is None when the connection was closed, or left, without an answer."""

    at: datetime
    method: str
    path: str
    status: int | None


@dataclass(slots=True)
class State:
    """The stand-in portal itself. The lists of what was asked keep the last two thousand."""

    clock: Callable[[], datetime]
    incidents: Incidents
    tokens: Tokens
    store: Store
    content_bytes: int
    address: str = ""
    accounts: dict[tuple[str, str, str], Account] = field(default_factory=dict)
    authentications: deque[Authentication] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    stopping: Event = field(default_factory=Event)
    lock: RLock = field(default_factory=RLock)
    one_deposit: Lock = field(default_factory=Lock)
    """Held while a deposit is unpacked and kept: numbers follow one another, and memory is bounded."""
    rules: Rules = field(default_factory=Rules)

    def take_accounts(self, accounts: Sequence[Account]) -> None:
        """Know these accounts, and no others."""
        self.accounts = {one.identity: one for one in accounts}

    def start_incident(self, name: str) -> None:
        """Switch an incident on. `jeton-expire` also expires every token given before."""
        self.incidents.start(name)
        if name == "jeton-expire":
            self.tokens.wear_out()

    def set_password(self, identity: tuple[str, str, str], motdepasse: str) -> None:
        """Renew a password. Raises KeyError for an unknown account."""
        with self.lock:
            self.accounts[identity] = replace(self.accounts[identity], motdepasse=motdepasse)

    def unlock(self, identity: tuple[str, str, str]) -> None:
        """Unlock an account and forget its refusals. Raises KeyError for an unknown account."""
        with self.lock:
            self.store.forget_refusals(self.accounts[identity].identity)


def local_digits(moment: datetime) -> str:
    """An aware moment as 14 digits of Paris time."""
    return moment.astimezone(PARIS).strftime("%Y%m%d%H%M%S")
