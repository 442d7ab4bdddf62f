"""Marks: what an erasure keeps of the numbers of a person, so that it knows them again without naming anybody.

HMAC-SHA-256 of the kind and the value of an identifier. The key stands in the database sealed by the vault, so that it
goes into every archive with the keys of the vault, and a copy of the database alone tells nothing: there are too few
NIR for a bare hash to hide one.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple
from uuid import uuid4

from scarabee.accounts import vault
from scarabee.privacy.models import MarkKey

PURPOSE = "effacements"
_BYTES = 32


class Number(NamedTuple):
    """An identifier as `dossiers.Identifier` keeps it: kind (nir, ntt, civil) and value."""

    kind: str
    value: str


class Marker:
    """Makes the marks under one key."""

    def __init__(self, key: MarkKey) -> None:
        self.key = key
        self._secret = bytes.fromhex(vault.unseal(PURPOSE, str(key.uuid), key.sealed))

    def mark(self, number: Number) -> bytes:
        """The mark of an identifier, 32 bytes."""
        return hmac.digest(self._secret, f"{number.kind}:{number.value}".encode(), hashlib.sha256)


def current() -> Marker:
    """The marker of new erasures; the first one makes its key. The caller holds the transaction.

    Raises `KeyMissing`, `KeyringClosed` or `SealBroken` when the vault does not open it.
    """
    key = MarkKey.objects.order_by("-pk").first()
    if key is None:
        name = uuid4()
        sealed = vault.seal(PURPOSE, str(name), secrets.token_hex(_BYTES))
        key = MarkKey.objects.create(uuid=name, sealed=sealed.text)
    return Marker(key)
