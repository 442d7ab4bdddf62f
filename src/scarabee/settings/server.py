"""Réseau: several people, always over TLS, PostgreSQL through DATABASE_URL (docs/admin/reseau.md).

SCARABEE_HOTES lists the host names people type; SCARABEE_PROXY the addresses of the proxies in front, if any: what
they say of the browser (X-Forwarded-For, X-Forwarded-Proto) is believed, and of nobody else (web.wsgi).
"""

from scarabee.settings import environment
from scarabee.settings.base import *  # noqa: F403

SERVICE = True
ALLOWED_HOSTS = [*environment.hosts(), "127.0.0.1", "localhost", "[::1]"]  # those of the machine, for monitoring
TRUSTED_PROXIES = environment.proxies()
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Browsers take such names over TLS only, and from this very host: no neighbour can plant one.
SESSION_COOKIE_NAME = f"__Host-{SESSION_COOKIE_NAME}"  # noqa: F405
CSRF_COOKIE_START = f"__Host-{CSRF_COOKIE_START}"  # noqa: F405
CSRF_COOKIE_NAME = f"__Host-{CSRF_COOKIE_NAME}"  # noqa: F405
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^sante$"]
SECURE_HSTS_SECONDS = 31_536_000  # told by answers over TLS only
