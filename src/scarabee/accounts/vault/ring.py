"""The keyring of the system: Keychain, Credential Manager, Secret Service, KWallet.

Only back ends that the `keyring` library recommends (priority of at least 1) are used: one that writes a plain file
protects no better than our own key file.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

from scarabee.accounts.vault.errors import KeyringClosed

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "scarabee-coffre"
LEAST_PRIORITY = 1


def backend() -> "KeyringBackend | None":
    """The back end in use; None when the system has none that protects anything.

    The setting VAULT_KEYRING names one whatever its priority; then the one that the user configured for the library
    (PYTHON_KEYRING_BACKEND, keyringrc.cfg) counts, even if it says that there is none; then the system's best.
    """
    chosen: KeyringBackend | None = settings.VAULT_KEYRING
    return chosen or _configured_or_best()


def name() -> str:
    """What the back end is called, for a person; empty without one."""
    found = backend()
    return str(found.name) if found is not None else ""


def read(entry: str) -> str | None:
    """The key kept under this name; None when there is no such entry, or no keyring at all.

    Raises `KeyringClosed` when the keyring does not answer.
    """
    found = backend()
    if found is None:
        return None
    try:
        return found.get_password(SERVICE, entry)
    except Exception:  # each system fails in its own way, and none of them says what was in it
        raise KeyringClosed from None


def write(entry: str, secret: str) -> bool:
    """Keep a key under this name; False when there is no keyring, or when it does not give back what it took."""
    found = backend()
    if found is None:
        return False
    try:
        found.set_password(SERVICE, entry, secret)
        return found.get_password(SERVICE, entry) == secret
    except Exception:  # a keyring that cannot be written is the same as none: the key goes to its file
        return False


def forget(entry: str) -> None:
    """Remove an entry that no line of the key file names any more; one that stays behind does no harm."""
    if (found := backend()) is not None:
        with suppress(Exception):
            found.delete_password(SERVICE, entry)


def _configured_or_best() -> "KeyringBackend | None":
    from keyring import core
    from keyring.backend import get_all_keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        configured = core.load_env() or core.load_config()
    except Exception:  # a back end that cannot be loaded, or does not work here
        return None
    if configured is not None:
        return configured if configured.priority >= LEAST_PRIORITY else None
    found = [
        one
        for one in get_all_keyring()
        if not isinstance(one, ChainerBackend) and one.priority >= LEAST_PRIORITY  # a chain may end in a plain file
    ]
    return max(found, key=lambda one: float(one.priority), default=None)
