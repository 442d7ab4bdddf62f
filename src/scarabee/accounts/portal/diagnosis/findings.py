"""What a diagnosis looks at, and what it finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from scarabee.netentreprises.credentials import Regime

FIELDS = ("siret", "nom", "prenom", "motdepasse")
PASSWORD = "motdepasse"
NAMES = ("nom", "prenom")


class Identifiers(Protocol):
    """The four values to the letter, and the régimes ticked: a `portal.entry.Entry`."""

    @property
    def siret(self) -> str: ...
    @property
    def nom(self) -> str: ...
    @property
    def prenom(self) -> str: ...
    @property
    def motdepasse(self) -> str: ...
    @property
    def general(self) -> bool: ...
    @property
    def agricole(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in one field, or in "regime". `error`: the portal cannot accept it; `warning`: it is unusual.

    `text` is one French sentence that says what to change. `positions`: the characters it speaks of, from 1.
    """

    field: str
    level: Literal["error", "warning"]
    code: str
    text: str
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Probable:
    """A likely reason for a refusal, in French, with what to change."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A set of identifiers kept in this data folder. `username` is empty for the user's own.

    `motdepasse` is empty when the vault does not open it. `proved_at`: when the portal last accepted exactly these.
    """

    username: str
    siret: str
    nom: str
    prenom: str
    motdepasse: str = field(default="", repr=False)
    proved_at: datetime | None = None


def _no_client(siret: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known when the portal refuses.

    `is_client_siret`: whether a SIRET is that of an employer of a dossier. `kept`: the identifiers of all users.
    `accepted`: the régimes for which the portal accepted exactly this entry a moment ago, in the same run.
    `saved_at`: when the entry was saved, None while it only stands in a form.
    """

    is_client_siret: Callable[[str], bool] = _no_client
    kept: Sequence[Kept] = ()
    accepted: frozenset[Regime] = frozenset()
    saved_at: datetime | None = None
