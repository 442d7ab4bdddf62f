"""Monoposte: one person, loopback only, SQLite in the person's own data folder."""

import os

from scarabee.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
VAULT_IN_KEYRING = not os.environ.get("SCARABEE_CLE_COFFRE")  # a key file that is named is the one that serves
