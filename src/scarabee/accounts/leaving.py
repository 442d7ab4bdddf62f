"""What is still under way in the name of somebody who leaves: apps above tell it, and go on with it (design §6).

Accounts know nothing of deposits and returns: an app adds its function to `LEFT` in `AppConfig.ready()`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scarabee.accounts.models import User
from scarabee.maintenance.editing import EditForm
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Left:
    """Something under way: `template` tells it and draws `form`, on the page that closes the account and on its own.

    `go_on` does what the form says, in the transaction that closes the account; a `Refusal` takes all of it back.
    `address`: where the form alone is sent, once the account is closed.
    """

    template: str
    facts: Any
    form: EditForm
    go_on: Callable[[], None]
    address: str


LEFT: list[Callable[[Actor, User, Mapping[str, Any] | None], Left | None]] = []
"""Called with the actor, the account, and what was sent, if anything; None: nothing is under way."""


def left_by(actor: Actor, user: User, sent: Mapping[str, Any] | None = None) -> list[Left]:
    """All that is under way in the name of this account."""
    return [left for tell in LEFT if (left := tell(actor, user, sent)) is not None]
