"""Monoposte: one person, loopback only, SQLite in the person's own data folder."""

from scarabee.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
