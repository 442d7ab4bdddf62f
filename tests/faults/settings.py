"""The settings of the processes under fault: those of a monoposte, and the hooks of the laboratory."""

from scarabee.settings.desktop import *  # noqa: F403
from scarabee.settings.desktop import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]
VAULT_IN_KEYRING = False
LOCK_SECONDS = 4
"""How long SQLite waits for its turn here, so that "locked for longer than that" is a matter of seconds."""
DATABASES = {**DATABASES, "default": dict(DATABASES["default"])}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {**DATABASES["default"]["OPTIONS"], "timeout": LOCK_SECONDS}
