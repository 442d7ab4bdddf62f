"""The WSGI application that the web server loads."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from scarabee.maintenance.bodies import in_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.desktop")

application = in_time(get_wsgi_application())
if settings.TRUSTED_PROXIES:  # what they say of the browser takes the place of what is seen of them
    application = wrap_wsgi_with_proxy_headers(application, settings.TRUSTED_PROXIES)


def _bind_to_the_portal() -> None:
    """Serve no page of a data folder that works with another portal than the one asked for."""
    from django.db import DatabaseError, connection

    from scarabee.accounts.portal.binding import bind_or_refuse
    from scarabee.maintenance.errors import Refusal

    try:
        bind_or_refuse()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(1) from None
    except DatabaseError:  # no database yet, or not of this version: the command that prepares it binds it too
        return
    finally:
        connection.close()  # the threads that serve open their own


_bind_to_the_portal()
