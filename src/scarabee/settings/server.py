"""Réseau: several people, HTTPS in front, PostgreSQL through DATABASE_URL.

SCARABEE_HOTES lists the host names people type, separated by commas.
"""

import os

from scarabee.settings.base import *  # noqa: F403

ALLOWED_HOSTS = [host.strip() for host in os.environ.get("SCARABEE_HOTES", "").split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
