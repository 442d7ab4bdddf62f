"""*Confirmer*: whoever is signed in types his password again before he touches what is delicate.

It holds for fifteen minutes, in this session only, and ends with a change of the password.
"""

from datetime import timedelta

from django.contrib.auth import HASH_SESSION_KEY, authenticate
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from scarabee.accounts import lock_out
from scarabee.accounts.models import User
from scarabee.accounts.services.second_factor import is_enrolled
from scarabee.maintenance.clock import now

CONFIRMED_MINUTES = 15
_CONFIRMED = "confirmed"


@sensitive_variables("password")
def confirm(request: HttpRequest, password: str) -> bool:
    """Check the password of whoever is signed in; right, `is_confirmed` is true for fifteen minutes.

    The session then has another key, as after a sign-in. A wrong one counts toward the lock-out. Once the account is
    locked the answer is False whatever is typed, and the page that says so takes the place of the response (axes'
    middleware).
    """
    user = request.user
    if not isinstance(user, User) or authenticate(request, username=user.username, password=password) != user:
        return False
    if not is_enrolled(user):  # the password is all there is to prove
        lock_out.forget(user)
    request.session.cycle_key()
    mark_confirmed(request)
    return True


def mark_confirmed(request: HttpRequest) -> None:
    """Count whoever is signed in as confirmed: the password, or a one-time link, was given this moment."""
    request.session[_CONFIRMED] = [int(now().timestamp()), request.session.get(HASH_SESSION_KEY, "")]


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the password was confirmed in this session, less than fifteen minutes ago."""
    at, session_hash = request.session.get(_CONFIRMED) or (0, "")
    age = timedelta(seconds=now().timestamp() - at)
    return age < timedelta(minutes=CONFIRMED_MINUTES) and session_hash == request.session.get(HASH_SESSION_KEY)
