"""Between the two pages of the sign-in: the password was right, the code is still to come.

What waits lies in the session, which belongs to nobody yet; it is worth five minutes and ends with the password.
"""

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from scarabee.accounts.models import User
from scarabee.maintenance.clock import now

PENDING_MINUTES = 5
_PENDING = "pending"


def remember(request: HttpRequest, user: User) -> None:
    """The password of this account was right."""
    request.session.cycle_key()
    request.session[_PENDING] = [user.pk, int(now().timestamp()), user.get_session_auth_hash()]


def waiting_user(request: HttpRequest) -> User | None:
    """The account whose code is awaited; None when nobody's is, or the password was given too long ago."""
    pk, since, session_hash = request.session.get(_PENDING) or (None, 0, "")
    user = User.objects.filter(pk=pk, is_active=True).first() if pk else None
    fresh = now().timestamp() - since < PENDING_MINUTES * 60
    return user if user and fresh and constant_time_compare(session_hash, user.get_session_auth_hash()) else None


def forget(request: HttpRequest) -> None:
    """Nobody's code is awaited any more."""
    request.session.pop(_PENDING, None)
