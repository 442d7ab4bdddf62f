"""The vault: what is kept sealed, the key that opens it, and how that key is renewed.

Sealed means MultiFernet (AES-128-CBC and HMAC-SHA-256). The key is never in the database: whoever has a copy of the
database alone reads no password.
"""

from scarabee.accounts.vault.errors import KeyMissing, KeyNotWritten, KeyringClosed, SealBroken
from scarabee.accounts.vault.keys import key_ids
from scarabee.accounts.vault.rotation import Rotated, Status, rotate, status
from scarabee.accounts.vault.seals import Sealed, key_id_of, seal, unseal

__all__ = [
    "KeyMissing",
    "KeyNotWritten",
    "KeyringClosed",
    "Rotated",
    "SealBroken",
    "Sealed",
    "Status",
    "key_id_of",
    "key_ids",
    "rotate",
    "seal",
    "status",
    "unseal",
]
