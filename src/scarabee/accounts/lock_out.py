"""Five failures in a row close the way into an account for fifteen minutes (django-axes, in the database).

Names that do not exist are closed like those that do. What was typed is kept nowhere: people type their password in
the field of the name, so rows are found by a keyed hash of it, and hold neither form, page nor browser.
"""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac

from scarabee.accounts.models import User, username_key
from scarabee.accounts.services import authority
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

LOCK_FAILURES: int = settings.AXES_FAILURE_LIMIT
LOCK_MINUTES = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
_SALT = "scarabee.accounts.lock_out"
_SIGN_IN = "Page de connexion"
_LOCKED = "compte.bloque"
_UNLOCKED = ("compte.debloque", "compte.reinitialise", "mot_de_passe.choisi", "connexion.lien")
_NO_ADDRESS = "0.0.0.0"  # noqa: S104  rows are unique by address, which NULL would escape


def typed_key(typed: str) -> str:
    """What a typed name is compared by: `username_key`, without spaces around or repeated."""
    return username_key(" ".join(typed.split()))


def account_key(typed: str) -> str:
    """The name under which failures are counted: 64 hexadecimal figures that only this data folder can work out."""
    return salted_hmac(_SALT, typed_key(typed), algorithm="sha256").hexdigest()


def request_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """AXES_USERNAME_CALLABLE."""
    return account_key(str((credentials or {}).get("username") or ""))


def client_address(request: HttpRequest) -> str:
    """AXES_CLIENT_IP_CALLABLE: the other end of the connection. Headers are not believed: anybody may write them."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return _NO_ADDRESS


def client_words(*args: object) -> str:
    """AXES_CLIENT_STR_CALLABLE: what axes may write into a log of whoever failed."""
    return "a client"


def locked_page(request: HttpRequest, original_response: object, credentials: object) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: the page that answers in place of any other, with 429."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": reverse("accounts:locked")})
    return render(request, "accounts/locked.html", {"minutes": LOCK_MINUTES}, status=429)


class AccountHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """AXES_HANDLER: counts failures as axes does, from a request that holds nothing but an address."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            return
        bare = _bare(request)
        super().user_login_failed(sender, credentials, bare, **kwargs)
        if bare.axes_locked_out:
            request.axes_locked_out = True  # type: ignore[attr-defined]
            _record_lock(str(credentials.get("username") or ""))


def count_failure(request: HttpRequest, user: User) -> None:
    """Count a wrong code of the second factor like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)


def turn_away_if_locked(request: HttpRequest, typed: str) -> bool:
    """True when the way into this account is closed; the page that says so then answers the request."""
    locked = not AxesProxyHandler.is_allowed(request, {"username": typed})
    if locked:
        request.axes_locked_out = True  # type: ignore[attr-defined]
    return locked


def locked_keys(names: Iterable[str]) -> set[str]:
    """The `account_key` of those of these accounts that are locked now; one query."""
    since = now() - timedelta(minutes=LOCK_MINUTES)
    counted = (
        AccessAttempt.objects.filter(username__in=[account_key(name) for name in names], attempt_time__gte=since)
        .order_by()
        .values("username")
        .annotate(failures=Sum("failures_since_start"))
    )
    return {row["username"] for row in counted if row["failures"] >= LOCK_FAILURES}


def forget(user: User) -> bool:
    """Forget the failures of an account; True when they kept it locked."""
    key = account_key(user.username)
    was_locked = key in locked_keys([user.username])
    AccessAttempt.objects.filter(username=key).delete()
    return was_locked


def _bare(request: HttpRequest) -> Any:
    """A request without form, address of page, nor headers, for axes to keep what it likes of it."""
    known: Any = request
    bare: Any = HttpRequest()
    bare.axes_updated = True
    bare.axes_attempt_time = known.axes_attempt_time
    bare.axes_ip_address = known.axes_ip_address
    bare.axes_locked_out = known.axes_locked_out
    bare.axes_user_agent = bare.axes_path_info = bare.axes_http_accept = ""
    bare.axes_failures_since_start = bare.axes_credentials = None
    return bare


@transaction.atomic
def _record_lock(typed: str) -> None:
    """Write the lock of an account into the journal, once; a name that does not exist is written nowhere."""
    user = User.objects.filter(username_key=typed_key(typed)).first()
    if user is None:
        return
    authority.take_turn()  # the failures of several browsers may lock it at the same moment
    since = now() - timedelta(minutes=LOCK_MINUTES)
    told = JournalEntry.objects.filter(code__in=[_LOCKED, *_UNLOCKED], at__gte=since, facts__user_id=user.pk)
    last = told.first()
    if last is None or last.code != _LOCKED:
        stranger = Actor(None, _SIGN_IN, False, "web", Actor.owner().system_account)
        journal.record(stranger, "compte.bloque", user_id=user.pk, username=user.username)
