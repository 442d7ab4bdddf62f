"""Renewing the key: a new one in front, every sealed value sealed again by it, then the old ones thrown away.

Killed at any point, the old keys are still there and it is enough to run it again. Two at once wait for each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import models, transaction

from scarabee.accounts.models import ConnectionTest, PortalIdentifiers, User
from scarabee.accounts.vault import keys, ring, seals
from scarabee.accounts.vault.errors import KeyMissing, KeyringClosed, SealBroken
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.locks import exclusive_lock
from scarabee.maintenance.models import JournalEntry

CODE = "coffre.renouvele"


class _Column(NamedTuple):
    """Where sealed texts stand: the column, the one that repeats the id of their key, and the user they belong to."""

    model: type[models.Model]
    name: str
    key_id: str
    user_id: str
    username: str
    lasting: bool


_IDENTIFIERS = _Column(PortalIdentifiers, "sealed", "key_id", "user_id", "user__username", True)
_FACTORS = _Column(User, "second_factor_sealed", "", "pk", "username", True)
_COLUMNS = [
    _IDENTIFIERS,
    _FACTORS,
    _Column(ConnectionTest, "sealed", "", "user_id", "user__username", False),
]
"""Every sealed column there is. Those that do not last are forgotten within the hour: nobody counts them."""


def seal_again(model: type[models.Model], name: str) -> None:
    """Have a column of another app, which belongs to no user, sealed again whenever the key is renewed."""
    _COLUMNS.append(_Column(model, name, "", "", "", True))


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many lasting values were sealed again, how many could not be opened, how many old keys were thrown away."""

    count: int
    unreadable: int
    dropped: int
    key_id: str


@dataclass(frozen=True, slots=True)
class Status:
    """Where the key is and what it opens.

    `place`: "fichier", "trousseau", or "aucune" before the first seal. `ring`: the name of the system's keyring, when
    it holds the newest key. `unreadable_of`: names of the users who must type their identifiers again; `factors_of`: of
    those whose second factor must be set up again.
    """

    path: Path
    place: str
    ring: str
    keys: int
    key_id: str
    readable: int
    unreadable: int
    unreadable_of: list[str]
    factors_of: list[str]
    last_rotation: datetime | None


def rotate(*, actor: Actor, in_keyring: bool | None = None) -> Rotated:
    """Renew the key of the vault. What cannot be opened is left as it is.

    `in_keyring`: where the new key goes, if not where the settings say; the file, to take the folder elsewhere.
    Raises `NotAllowed` unless an Administrateur asks, `KeyringClosed`, `KeyUnreadable`, `KeyNotWritten`.
    """
    _require_administrator(actor)
    path = keys.key_path()
    with exclusive_lock(path.with_name(f"{path.name}.rotation")):
        if any(key.closed for key in keys.read_keys()):
            raise KeyringClosed
        key = keys.add_key(in_keyring=in_keyring)
        count, unreadable = _reseal_all(actor)
        dropped = _drop_useless()
    return Rotated(count, unreadable, dropped, key.id)


def status(*, actor: Actor) -> Status:
    """Where the key is, and what it opens. Raises `NotAllowed` unless an Administrateur asks."""
    _require_administrator(actor)
    all_keys = keys.read_keys()
    newest = all_keys[0] if all_keys else None
    place = "aucune" if newest is None else keys.RING_WORD if newest.entry else "fichier"
    readable, unreadable_of = _readable(_IDENTIFIERS)
    open_factors, factors_of = _readable(_FACTORS)
    last = JournalEntry.objects.filter(code=CODE).values_list("at", flat=True).first()
    return Status(
        path=keys.key_path(),
        place=place,
        ring=ring.name() if place == keys.RING_WORD else "",
        keys=len(all_keys),
        key_id=newest.id if newest else "",
        readable=readable + open_factors,
        unreadable=len(unreadable_of) + len(factors_of),
        unreadable_of=unreadable_of,
        factors_of=factors_of,
        last_rotation=last,
    )


def _require_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise NotAllowed("Seul un Administrateur peut voir ou renouveler la clé du coffre.")


@transaction.atomic
def _reseal_all(actor: Actor) -> tuple[int, int]:
    seals.lock_against_rotation(shared=False)
    all_keys = keys.read_keys()
    count = unreadable = 0
    for column in _COLUMNS:
        for pk, text in _texts(column, lock=True):
            try:
                _store(column, pk, seals.resealed(text, all_keys))
            except (KeyMissing, SealBroken):
                unreadable += column.lasting
            else:
                count += column.lasting
    journal.record(actor, CODE, resealed=count, unreadable=unreadable, vault_key=all_keys[0].id)
    return count, unreadable


@transaction.atomic
def _drop_useless() -> int:
    """In a transaction of its own, so that whoever was sealing meanwhile with an old key is seen."""
    seals.lock_against_rotation(shared=False)
    return keys.drop_keys({seals.key_id_of(text) for column in _COLUMNS for _, text in _texts(column)})


def _texts(column: _Column, *, lock: bool = False) -> Iterator[tuple[Any, str]]:
    """The primary keys and sealed texts of a column."""
    rows = column.model._default_manager.exclude(**{column.name: ""}).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    yield from list(rows.values_list("pk", column.name))


def _store(column: _Column, pk: Any, sealed: seals.Sealed) -> None:
    values = {column.name: sealed.text}
    if column.key_id:
        values[column.key_id] = sealed.key_id
    column.model._default_manager.filter(pk=pk).update(**values)


def _readable(column: _Column) -> tuple[int, list[str]]:
    """How many values of a column open, and the names of those whose do not."""
    readable, unreadable_of = 0, []
    rows = column.model._default_manager.exclude(**{column.name: ""}).order_by(column.username)
    for username, user_id, text in rows.values_list(column.username, column.user_id, column.name):
        if _opens_for(str(user_id), text):
            readable += 1
        else:
            unreadable_of.append(username)
    return readable, unreadable_of


def _opens_for(owner: str, text: str) -> bool:
    try:
        return seals.opened(text)["owner"] == owner
    except (KeyMissing, SealBroken):
        return False
