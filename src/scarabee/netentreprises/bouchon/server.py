"""The bouchon: a stand-in for the portal on the loopback address, for tests and for training."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from scarabee.netentreprises.bouchon.accounts import Account, check_distinct
from scarabee.netentreprises.bouchon.connections import Listener
from scarabee.netentreprises.bouchon.errors import BouchonRefusal, system_words
from scarabee.netentreprises.bouchon.incidents import Incidents, check_names
from scarabee.netentreprises.bouchon.limits import Limits
from scarabee.netentreprises.bouchon.rules import Breach
from scarabee.netentreprises.bouchon.state import Authentication, Request, State
from scarabee.netentreprises.bouchon.store import Store
from scarabee.netentreprises.bouchon.tokens import LIFE_SECONDS, Tokens

LOOPBACK = "127.0.0.1"
SLOW_SECONDS = 20.0


def _now() -> datetime:
    return datetime.now(UTC)


class Bouchon:
    """A stand-in portal that serves on 127.0.0.1 from `start` (or `with`) to `stop`.

    `folder` holds its deposits and locks, and is made when missing; one bouchon at a time may use it.
    `port` 0 takes any free one. `clock` gives aware moments, so that tests move time instead of waiting.
    `slow_seconds` is how long the incident `lenteur` lasts. Raises BouchonRefusal (French) when the folder or the
    port cannot be had, ValueError for an incident that does not exist.
    """

    def __init__(
        self,
        *,
        folder: Path,
        accounts: Sequence[Account],
        incidents: Iterable[str] = (),
        port: int = 0,
        clock: Callable[[], datetime] = _now,
        token_seconds: int = LIFE_SECONDS,
        slow_seconds: float = SLOW_SECONDS,
        limits: Limits | None = None,
    ) -> None:
        check_distinct(accounts)
        self._folder, self._port, self._slow_seconds = folder, port, slow_seconds
        self._limits = limits or Limits()
        self._clock, self._token_seconds = clock, token_seconds
        self._accounts = {one.identity: one for one in accounts}
        self._wanted = check_names(incidents)
        self._state: State | None = None
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Open the folder and the port, and serve in threads."""
        store = Store(self._folder)
        state = State(self._clock, Incidents(), Tokens(self._token_seconds), store, self._limits.content_bytes)
        state.take_accounts(list(self._accounts.values()))
        try:
            listener = Listener((LOOPBACK, self._port), state, self._limits, self._slow_seconds)
        except OSError as error:
            store.close()
            raise BouchonRefusal(
                f"Le port {self._port} de {LOOPBACK} ne peut pas servir au bouchon ({system_words(error)}).",
                "Fermez ce programme (un autre bouchon ?), ou choisissez un autre port avec --port.",
            ) from None
        state.address = f"http://{LOOPBACK}:{listener.server_address[1]}"
        self._state, self._listener = state, listener
        for name in self._wanted:
            self.start_incident(name)
        self._thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and the port, and let the folder go. Harmless twice."""
        if self._state is None or self._listener is None or self._thread is None:
            return
        self._state.stopping.set()
        self._listener.shutdown()
        self._thread.join()
        self._listener.close_all()
        self._state.store.close()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def state(self) -> State:
        """What its services share. Raises RuntimeError before `start`."""
        if self._state is None:
            raise RuntimeError("The bouchon was not started.")
        return self._state

    @property
    def address(self) -> str:
        """The base address: `http://127.0.0.1:PORT`."""
        return self.state.address

    @property
    def authentications(self) -> list[Authentication]:
        """The attempts to sign in, the oldest first; never a password."""
        return list(self.state.authentications)

    @property
    def requests(self) -> list[Request]:
        """The requests that services received, the oldest first; pages for people are not counted."""
        return list(self.state.requests)

    @property
    def breaches(self) -> list[Breach]:
        """The searches that broke a rule of the service, the oldest first (see `rules`)."""
        return list(self.state.rules.breaches)

    def start_incident(self, name: str) -> None:
        """Switch an incident on. `jeton-expire` also expires every token given before."""
        self.state.start_incident(name)

    def end_incident(self, name: str) -> None:
        """Switch an incident off. What it did to deposits and locks stays."""
        self.state.incidents.end(name)

    def set_password(self, siret: str, nom: str, prenom: str, motdepasse: str) -> None:
        """Renew a password, until the bouchon stops; its file rules again then. KeyError for an unknown account."""
        self.state.set_password((siret, nom, prenom), motdepasse)

    def unlock(self, siret: str, nom: str, prenom: str) -> None:
        """Unlock an account and forget its refusals. Raises KeyError for an unknown account."""
        self.state.unlock((siret, nom, prenom))
