"""Sealing and opening one value.

A sealed text is `1.KEY_ID.TOKEN`. Inside the token, JSON says what the value is for and whose it is, so that a row
copied onto another user's row is refused.
"""

import json
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import connection

from scarabee.accounts.vault import keys
from scarabee.accounts.vault.errors import KeyMissing, KeyringClosed, SealBroken
from scarabee.accounts.vault.keys import Key

_VERSION = "1"
_PARTS = 3
_ADVISORY_LOCK = 5_318_008_002


@dataclass(frozen=True, slots=True)
class Sealed:
    """What to store: the sealed text, and the id of the key that sealed it."""

    text: str
    key_id: str


def seal(purpose: str, owner: str, value: str) -> Sealed:
    """Seal a value for this purpose and this owner (the primary key of the row or user, as text).

    Call it within the transaction that stores the result, so that a rotation cannot pass in between. The first seal
    ever makes the key. Raises `KeyringClosed`, `KeyUnreadable`, `KeyNotWritten`.
    """
    lock_against_rotation(shared=True)
    key = keys.sealing_key()
    content = json.dumps({"purpose": purpose, "owner": owner, "value": value})
    return _sealed(MultiFernet([_fernet(key)]).encrypt(content.encode()), key)


def unseal(purpose: str, owner: str, text: str) -> str:
    """The value sealed for this purpose and this owner.

    Raises `KeyMissing` when its key is gone, `SealBroken` when the text is damaged or belongs elsewhere.
    """
    content = opened(text)
    if (content.get("purpose"), content.get("owner")) != (purpose, owner):
        raise SealBroken
    return str(content["value"])


def opened(text: str) -> dict[str, str]:
    """What is in a sealed text: purpose, owner and value, whoever asks. Raises as `unseal` does."""
    identifier, token = _split(text)
    all_keys = keys.read_keys()
    readable = [_fernet(key) for key in all_keys if key.secret]
    key = next((key for key in all_keys if key.id == identifier), None)
    if key is None or not key.secret:
        if readable and _opens(MultiFernet(readable), token):  # the key is here: it is its id that was altered
            raise SealBroken
        raise KeyringClosed if key is not None and (key.closed or key.no_ring) else KeyMissing
    try:
        content = json.loads(_fernet(key).decrypt(token))
    except InvalidToken:
        raise SealBroken from None
    return dict(content)


def resealed(text: str, all_keys: list[Key]) -> Sealed:
    """The same value sealed by the first of these keys. Raises as `unseal` does."""
    opened(text)
    fernets = MultiFernet([_fernet(key) for key in all_keys if key.secret])
    return _sealed(fernets.rotate(_split(text)[1]), all_keys[0])


def key_id_of(text: str) -> str:
    """The id of the key that sealed this text; empty for a text that is none of ours."""
    try:
        return _split(text)[0]
    except SealBroken:
        return ""


def lock_against_rotation(*, shared: bool) -> None:
    """Until the end of the transaction: sealers share the turn, a rotation has it alone.

    SQLite's IMMEDIATE transactions already write one at a time.
    """
    if connection.vendor == "postgresql":
        name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {name}(%s)", [_ADVISORY_LOCK])


def _sealed(token: bytes, key: Key) -> Sealed:
    return Sealed(f"{_VERSION}.{key.id}.{token.decode()}", key.id)


def _split(text: str) -> tuple[str, str]:
    parts = text.split(".")
    if len(parts) != _PARTS or parts[0] != _VERSION or not text.isascii():
        raise SealBroken
    return parts[1], parts[2]


def _fernet(key: Key) -> Fernet:
    assert key.secret is not None
    return Fernet(key.secret)


def _opens(fernets: MultiFernet, token: str) -> bool:
    try:
        fernets.decrypt(token)
    except InvalidToken:
        return False
    return True
