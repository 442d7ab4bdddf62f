"""Where the keys of the vault are: one small file, or the keyring of the system, which that file then names.

Each line of the file is one key, the newest first: 44 characters of base64, or `trousseau NAME ID` for a key that the
keyring keeps under NAME. Lines that are neither are left alone. The file is replaced at one stroke, and read again as
soon as it changed, so that a rotation made by another process is seen without restart.
"""

import base64
import binascii
import hashlib
import os
import uuid
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from scarabee.accounts.vault import ring
from scarabee.accounts.vault.errors import KeyNotWritten, KeyringClosed, KeyUnreadable
from scarabee.maintenance.lasting import replace_file
from scarabee.maintenance.locks import exclusive_lock

RING_WORD = "trousseau"
_KEY_BYTES = 32
_ID_DIGITS = 16
_UNSAID = "le système le refuse"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the line that stands for it. `secret` is None while the keyring does not give it.

    `id`: first 16 hexadecimal digits of the SHA-256 of the key. `entry`: its name in the keyring, empty for the file.
    `closed`: the keyring did not answer. `no_ring`: there is none here. Otherwise it no longer has the key.
    """

    id: str
    secret: str | None = field(repr=False)
    line: str = field(repr=False)
    entry: str = ""
    closed: bool = False
    no_ring: bool = False


_seen: dict[Path, tuple[tuple[int, int, int], list[Key]]] = {}


def key_path() -> Path:
    """The key file of this data folder."""
    return Path(settings.VAULT_KEY_FILE).resolve()


def read_keys() -> list[Key]:
    """Every key, the newest first; none when there is no file. Raises `KeyUnreadable`."""
    path = key_path()
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if os.name != "nt" and found.st_mode & 0o077:
                _keep_to_oneself(file.fileno())
            signature = (found.st_mtime_ns, found.st_size, found.st_ino)
            if (seen := _seen.get(path)) and seen[0] == signature:
                return seen[1]
            content = file.read()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeyUnreadable(path, error.strerror or _UNSAID) from None
    keys = [key for line in _lines(content) if (key := _parsed(line))]
    if all(key.secret for key in keys):
        _seen[path] = (signature, keys)
    return keys


def key_ids() -> frozenset[str] | None:
    """The ids of the keys that open something here; None when a keyring or a file does not answer."""
    try:
        keys = read_keys()
    except KeyUnreadable:
        return None
    return None if any(key.closed for key in keys) else frozenset(key.id for key in keys if key.secret)


def sealing_key() -> Key:
    """The newest key that can be had; a new one, written down for good, when there is none.

    Raises `KeyringClosed`, `KeyUnreadable`, `KeyNotWritten`.
    """
    if key := _newest(read_keys()):
        return key
    with _file_lock():
        return _newest(read_keys()) or _add()


def add_key(*, in_keyring: bool | None = None) -> Key:
    """A new key, in front of the others; in the keyring or in the file, as said or as set. Raises `KeyNotWritten`."""
    with _file_lock():
        return _add(in_keyring)


def adopt(secrets: Iterable[str]) -> int:
    """Keep these keys too, in the file, behind the others: what they sealed opens again; how many were new.

    Raises `KeyUnreadable`, `KeyNotWritten`.
    """
    with _file_lock():
        known = {key.id for key in read_keys() if key.secret}
        new = [one for one in dict.fromkeys(secrets) if _is_key(one) and key_id(one) not in known]
        if new:
            _write([*_current_lines(), *new])
        return len(new)


def drop_keys(needed: Container[str]) -> int:
    """Remove the keys whose id is not needed, save the newest; how many."""
    with _file_lock():
        keys = read_keys()
        useless = [key for key in keys[1:] if key.id not in needed]
        if useless:
            gone = {key.line for key in useless}
            _write([line for line in _current_lines() if line not in gone])
        for key in useless:
            if key.entry:
                ring.forget(key.entry)
        return len(useless)


def key_id(secret: str) -> str:
    """What names a key without telling anything of it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:_ID_DIGITS]


def _newest(keys: list[Key]) -> Key | None:
    key = next((key for key in keys if key.secret), None)
    if key is None and any(key.closed for key in keys):
        raise KeyringClosed
    return key


def _add(in_keyring: bool | None = None) -> Key:
    secret = Fernet.generate_key().decode()
    key = Key(key_id(secret), secret, secret)
    if settings.VAULT_IN_KEYRING if in_keyring is None else in_keyring:
        entry = str(uuid.uuid4())
        if ring.write(entry, secret):
            key = replace(key, entry=entry, line=f"{RING_WORD} {entry} {key.id}")
    _write([key.line, *_current_lines()])
    return key


def _lines(content: bytes) -> list[str]:
    return [line for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]


def _current_lines() -> list[str]:
    try:
        return _lines(key_path().read_bytes())
    except FileNotFoundError:
        return []


def _parsed(line: str) -> Key | None:
    """The key of a line; None for a line that holds none, which is nobody's business."""
    match line.split():
        case [word, entry, identifier] if word == RING_WORD:
            return _from_ring(line, entry, identifier)
        case [secret] if _is_key(secret):
            return Key(key_id(secret), secret, line)
    return None


def _from_ring(line: str, entry: str, identifier: str) -> Key:
    try:
        secret = ring.read(entry)
    except KeyringClosed:
        return Key(identifier, None, line, entry, closed=True)
    if secret is None or not _is_key(secret) or key_id(secret) != identifier:
        return Key(identifier, None, line, entry, no_ring=ring.backend() is None)
    return Key(identifier, secret, line, entry)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _keep_to_oneself(descriptor: int) -> None:
    try:
        os.fchmod(descriptor, 0o600)
    except PermissionError:  # given to us by somebody else, as a mounted secret is: its rights are theirs to set
        return


@contextmanager
def _file_lock() -> Iterator[None]:
    path = key_path()
    try:
        with exclusive_lock(path.with_name(f"{path.name}.verrou")):
            yield
    except OSError as error:
        raise KeyNotWritten(path, error.strerror or _UNSAID) from None


def _write(lines: list[str]) -> None:
    """Replace the key file at one stroke, and make it last."""
    path = key_path()
    try:
        replace_file(path, "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise KeyNotWritten(path, error.strerror or _UNSAID) from None
