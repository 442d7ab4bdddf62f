"""The journal: one line for each thing done, chained so that a later change shows.

Facts are ids, counts, hashes and names of dossiers: never a NIR, never a secret.
"""

import getpass
import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from scarabee.maintenance.clock import now
from scarabee.maintenance.masks import without_nir
from scarabee.maintenance.models import JournalEntry

FIRST_HASH = "0" * 64

DossierNames = Callable[[Collection[UUID]], Mapping[UUID, str]]

_WORDS: dict[str, str] = {}
_VALUES: dict[str, Mapping[str, str]] = {}
_DOSSIER_NAMES: list[DossierNames] = []
_ADVISORY_LOCK = 5_318_008_001
_FORBIDDEN_FACTS = frozenset({"nir", "password", "mot_de_passe", "secret", "token", "jeton"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
"""A hash names nobody, and one in a hundred holds thirteen digits that look like a NIR."""


class _User(Protocol):
    pk: int
    username: str
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in user, or the owner of the data folder at the command line."""

    user_id: int | None
    name: str
    is_administrator: bool
    via: Literal["web", "commande", "service"]
    system_account: str

    @classmethod
    def owner(cls, via: Literal["commande", "service"] = "commande") -> Self:
        """The owner of the data folder, who sees everything."""
        return cls(None, "Propriétaire des données", True, via, _system_account())

    @classmethod
    def of(cls, user: Any, via: Literal["web", "commande", "service"] = "web") -> Self:
        """The user of accounts.User, with the rights that user has."""
        account: _User = user
        return cls(account.pk, account.username, account.is_administrator, via, _system_account())


def _system_account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number without a name
        return "inconnu"


def record(actor: Actor, code: str, *, dossier_uuid: UUID | None = None, **facts: Any) -> JournalEntry:
    """Add one entry, in the transaction of the act it tells of.

    Raises TransactionManagementError outside a transaction, ValueError when a fact is named like a secret.
    """
    return record_in(DEFAULT_DB_ALIAS, actor, code, facts, dossier_uuid)


def record_in(
    using: str, actor: Actor, code: str, facts: Mapping[str, Any], dossier_uuid: UUID | None = None
) -> JournalEntry:
    """As `record`, in the journal of the database that this alias names."""
    if not connections[using].in_atomic_block:
        raise transaction.TransactionManagementError("A journal entry belongs to the transaction of its act.")
    if forbidden := _FORBIDDEN_FACTS & facts.keys():
        raise ValueError(f"These facts have no place in the journal: {', '.join(sorted(forbidden))}")
    _wait_for_my_turn(using)
    last = JournalEntry.objects.using(using).order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous_hash = (last[0] + 1, last[1]) if last else (1, FIRST_HASH)
    entry = JournalEntry(
        sequence=sequence,
        at=now(),
        actor_name=actor.name,
        actor_user_id=actor.user_id,
        via=actor.via,
        system_account=actor.system_account,
        code=code,
        dossier_uuid=dossier_uuid,
        facts=_clean(facts),
        previous_hash=previous_hash,
    )
    entry.hash = entry_hash(entry)
    entry.save(using=using)
    return entry


def describe(words: Mapping[str, str]) -> None:
    """Say in French what codes and names of facts mean; an app does so in `AppConfig.ready()`."""
    _WORDS.update(words)


def describe_values(fact: str, words: Mapping[str, str]) -> None:
    """Say in French what the codes mean that one fact may hold."""
    _VALUES[fact] = words


def value_wording(fact: str, value: str) -> str:
    """The French words for what a fact holds; the value itself when nobody described it."""
    return _VALUES.get(fact, {}).get(value, value)


def wording(name: str) -> str:
    """The French words for a code or the name of a fact; the name itself when nobody described it."""
    return _WORDS.get(name, name)


def name_dossiers(lookup: DossierNames) -> None:
    """Say how a dossier is called; the app that keeps them does so in `AppConfig.ready()`."""
    _DOSSIER_NAMES[:] = [lookup]


def dossier_names(entries: Collection[JournalEntry]) -> Mapping[UUID, str]:
    """What the dossiers of these entries are called today, those that still exist. One query at most."""
    wanted = {entry.dossier_uuid for entry in entries if entry.dossier_uuid}
    return _DOSSIER_NAMES[0](wanted) if wanted and _DOSSIER_NAMES else {}


def verify(using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """The sequences at which the chain is broken: changed, or one missing before. Empty when whole."""
    broken: list[int] = []
    expected, previous = 1, FIRST_HASH
    for entry in JournalEntry.objects.using(using).order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != expected or entry.previous_hash != previous or entry.hash != entry_hash(entry):
            broken.append(entry.sequence)
        expected, previous = entry.sequence + 1, entry.hash
    return broken


def entry_hash(entry: JournalEntry) -> str:
    """SHA-256 (hexadecimal) of every field but `hash`, as JSON with sorted keys."""
    content = {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "actor_name": entry.actor_name,
        "actor_user_id": entry.actor_user_id,
        "via": entry.via,
        "system_account": entry.system_account,
        "code": entry.code,
        "dossier_uuid": str(entry.dossier_uuid) if entry.dossier_uuid else None,
        "facts": entry.facts,
        "previous_hash": entry.previous_hash,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _wait_for_my_turn(using: str) -> None:
    # SQLite's IMMEDIATE transactions already write one at a time.
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def _clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as plain JSON values, anything that looks like a NIR masked."""
    plain: dict[str, Any] = json.loads(json.dumps(facts, cls=DjangoJSONEncoder))
    return {key: _masked(value) for key, value in plain.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return value if _SHA256.fullmatch(value) else without_nir(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return value
