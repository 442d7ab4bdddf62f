"""Signing in with a name and a password."""

from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from scarabee.accounts import lock_out
from scarabee.accounts.models import User
from scarabee.accounts.portal.signs import with_signs


class AccountBackend(BaseBackend):
    """Active accounts only; an unknown name takes as long as a wrong password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account, when its password is this one. axes' backend has looked at the lock before.

        The lock is looked at once more after the password, which takes a while to check: of a hundred guesses sent
        at the same moment, no more than five count.
        """
        if not username or password is None:
            return None
        user = User.objects.filter(username_key=lock_out.typed_key(username)).first()
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password) or not user.is_active:
            return None
        if request is not None and lock_out.turn_away_if_locked(request, username):
            raise PermissionDenied
        return user

    def get_user(self, user_id: int) -> User | None:
        """Whoever is signed in, with what every page shows above itself (`portal.signs.with_signs`), in one query."""
        return _with_signs().filter(pk=user_id).first()


@cache
def _with_signs() -> QuerySet[User]:
    """Asked at every page: putting this query together would take longer than running it."""
    return with_signs(User.objects.filter(is_active=True))
