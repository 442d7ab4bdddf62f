"""The memory of refused identifiers, and what it allows: a machine never sends them again.

Rules: design §4; api-dsn §8.3 (the threshold of the portal's lock is not published).
"""

from http import HTTPStatus

from django.contrib.auth.hashers import check_password, make_password
from django.utils.timezone import localtime

from scarabee.accounts.enums import IdentityState, Statement
from scarabee.accounts.models import PortalIdentity, RefusedIdentifiers
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.maintenance.clock import now
from scarabee.netentreprises.credentials import Credentials
from scarabee.netentreprises.errors import (
    ExpiredPassword,
    LockedAccount,
    MalformedCredentials,
    NotEnrolled,
    PortalError,
    RefusedCredentials,
    Unreachable,
    UnreadableAnswer,
)

FREEZING = (RefusedCredentials, ExpiredPassword, NotEnrolled, LockedAccount, MalformedCredentials)
"""The answers that stop all automatic work of an identity."""
REFUSALS_WITHOUT_STATEMENT = 2
"""After so many refusals in a row, a person must say that every field was compared with the portal. What may have been
a refusal counts too: see `may_hide_a_refusal`, and attempts whose process died.
"""
_REMEMBERED = 20
_SEPARATOR = "\x1f"


def remembered(identity: PortalIdentity, credentials: Credentials, service: str) -> RefusedIdentifiers | None:
    """The refusal of exactly these identifiers for this service, if the portal refused them before."""
    text = _text(credentials, service)
    rows = identity.refused.order_by("-pk")[:_REMEMBERED]
    return next((row for row in rows if check_password(text, row.fingerprint)), None)


def remember(identity: PortalIdentity, credentials: Credentials, service: str, error: PortalError) -> None:
    """Keep a slow salted hash of what was refused, and why; the oldest ones make room."""
    if known := remembered(identity, credentials, service):
        known.cause, known.refused_at = error.code, now()
        known.save(update_fields=["cause", "refused_at"])
        return
    fingerprint = make_password(_text(credentials, service))
    RefusedIdentifiers.objects.create(identity=identity, fingerprint=fingerprint, cause=error.code)
    old = identity.refused.order_by("-pk").values_list("pk", flat=True)[_REMEMBERED:]
    RefusedIdentifiers.objects.filter(pk__in=list(old)).delete()


def forget(identity: PortalIdentity, credentials: Credentials, service: str) -> None:
    """These identifiers were accepted: whatever refused them is over."""
    if known := remembered(identity, credentials, service):
        known.delete()


def may_hide_a_refusal(error: PortalError) -> bool:
    """Whether the portal may have refused the identifiers without our hearing of it."""
    return isinstance(error, Unreachable | UnreadableAnswer) and error.sent and error.status != HTTPStatus.OK


def require_allowed(
    identity: PortalIdentity, credentials: Credentials, service: str, *, automatic: bool, statement: str
) -> None:
    """Raise `HeldBack` when these identifiers must not be sent now.

    A machine sends nothing for a frozen identity (save to see, the next day, whether an enrolment has taken effect,
    which locks nothing) nor anything refused before. A person may send what was refused before once, after a
    statement; and anything at all after a lock or several refusals in a row, after a statement too.
    """
    known = remembered(identity, credentials, service)
    if automatic:
        _require_automatic(identity, known)
        return
    if identity.frozen_cause == LockedAccount.code:
        allowed: tuple[Statement, ...] = (Statement.UNLOCKED, Statement.RENEWED)
        held = Held.LOCKED
    elif known is not None:
        allowed = _statements_for(known.cause)
        held = Held.REFUSED_BEFORE
    elif identity.refusals >= REFUSALS_WITHOUT_STATEMENT:
        allowed, held = (Statement.RISK, Statement.RENEWED), Held.TOO_MANY
    else:
        return
    if statement not in allowed:
        raise HeldBack(held, allowed)


def enrolment_may_have_taken_effect(identity: PortalIdentity) -> bool:
    """Whether an account that was not enrolled may be tried by a machine: the next day in Paris (api-dsn §3.1)."""
    failed_at = identity.last_failure_at
    is_another_day = failed_at is None or localtime(failed_at).date() < localtime(now()).date()
    return identity.frozen_cause == NotEnrolled.code and is_another_day


def _require_automatic(identity: PortalIdentity, known: RefusedIdentifiers | None) -> None:
    if identity.state == IdentityState.FROZEN and not enrolment_may_have_taken_effect(identity):
        raise HeldBack(Held.BROUGHT_BACK if identity.frozen_cause == Held.BROUGHT_BACK else Held.FROZEN)
    if known is not None and known.cause != NotEnrolled.code:
        raise HeldBack(Held.REFUSED_BEFORE)
    if identity.refusals >= REFUSALS_WITHOUT_STATEMENT and identity.state == IdentityState.UNTRIED:
        raise HeldBack(Held.TOO_MANY)


def _statements_for(cause: str) -> tuple[Statement, ...]:
    """What may have changed on the portal, the likeliest first."""
    if cause == NotEnrolled.code:
        return (Statement.ENROLLED,)
    if cause == ExpiredPassword.code:
        return (Statement.RENEWED,)
    if cause == MalformedCredentials.code:
        return (Statement.RISK,)
    return (Statement.UNLOCKED, Statement.RENEWED, Statement.ENROLLED)


def _text(credentials: Credentials, service: str) -> str:
    values = (service, credentials.siret, credentials.nom, credentials.prenom, credentials.motdepasse)
    return _SEPARATOR.join(values)
