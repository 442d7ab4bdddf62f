"""The one door through which identifiers go to the portal: nothing else calls the client's authentication.

It knocks once: what the portal refused is remembered, freezes the identity, and is not sent again by a machine
(design §4, api-dsn §8.3). The attempt is written down before its first byte leaves.
"""

from dataclasses import dataclass

from django.db import transaction

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalAttempt, PortalIdentity
from scarabee.accounts.portal import refusals
from scarabee.accounts.portal.held import Held
from scarabee.accounts.portal.identities import turn, unfreeze
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import NotEnrolled, PortalError
from scarabee.netentreprises.tokens import Token

ACCEPTED = "acceptes"
INTERRUPTED = "interrompu"
"""Outcomes of an attempt: that the portal accepted, and whose process died before the answer was recorded. Any other
is the code of a PortalError.
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf: a person who clicked (with the statement made, if any), or the machine itself."""

    actor: Actor
    automatic: bool = False
    statement: str = ""


def authenticate(
    *, identity: PortalIdentity, credentials: Credentials, regime: Regime, client: Client, caller: Caller
) -> Token:
    """A token of the portal for these identifiers; what the portal says is recorded, whatever it is.

    Raises `HeldBack` when nothing may be sent now, `PortalError` with the portal's answer.
    """
    service = client.portal.service_code(regime)
    with turn(identity):
        _settle_interrupted(identity, caller)
        refusals.require_allowed(identity, credentials, service, automatic=caller.automatic, statement=caller.statement)
        attempt = PortalAttempt.objects.create(
            identity=identity,
            user_id=caller.actor.user_id,
            actor_name=caller.actor.name,
            automatic=caller.automatic,
            service=service,
        )
        try:
            token = client.authenticate(credentials, regime)
        except PortalError as error:
            _refused(identity, credentials, service, attempt, caller, error)
            raise
        _accepted(identity, credentials, service, attempt, caller)
        return token


def note_service_answer(identity: PortalIdentity, caller: Caller, error: PortalError | None) -> None:
    """What a service behind the authentication answered, None for what was asked.

    An account that is not enrolled stops there too; what stopped it before, a lock maybe, stays the cause. Only such an
    answer proves that an enrolment has taken effect.
    """
    waits = error is None and PortalIdentity.objects.filter(pk=identity.pk, frozen_cause=NotEnrolled.code).exists()
    if not (waits or isinstance(error, NotEnrolled)):
        return
    with transaction.atomic():
        identity.refresh_from_db(from_queryset=PortalIdentity.objects.select_for_update(no_key=True))
        if error is not None:
            _failed(identity, error)
            if identity.state != IdentityState.FROZEN:
                _freeze(identity, error.code, caller)
        elif identity.frozen_cause == NotEnrolled.code:
            _let_go_on(identity, caller)


@transaction.atomic
def _settle_interrupted(identity: PortalIdentity, caller: Caller) -> None:
    """Count what a process that died left without outcome: each may have been a refusal. Nobody else has the turn."""
    left = identity.attempts.filter(outcome="").update(finished_at=now(), outcome=INTERRUPTED)
    if left:
        _count(identity, left)
        _stop_when_too_many(identity, caller)


@transaction.atomic
def _accepted(
    identity: PortalIdentity, credentials: Credentials, service: str, attempt: PortalAttempt, caller: Caller
) -> None:
    _finish(attempt, ACCEPTED)
    refusals.forget(identity, credentials, service)
    identity.refusals, identity.last_success_at = 0, now()
    identity.save(update_fields=["refusals", "last_success_at"])
    if identity.frozen_cause != NotEnrolled.code:  # it is recognised, which does not prove that it is enrolled
        _let_go_on(identity, caller)


def _let_go_on(identity: PortalIdentity, caller: Caller) -> None:
    if unfreeze(identity, IdentityState.PROVED):
        journal.record(caller.actor, "portail.degele", identity=identity.pk, automatic=caller.automatic)


@transaction.atomic
def _refused(
    identity: PortalIdentity,
    credentials: Credentials,
    service: str,
    attempt: PortalAttempt,
    caller: Caller,
    error: PortalError,
) -> None:
    _finish(attempt, error.code)
    _failed(identity, error)
    if refusals.may_hide_a_refusal(error):
        _unheard(identity, caller)
    if not isinstance(error, refusals.FREEZING):
        return
    refusals.remember(identity, credentials, service, error)
    if not isinstance(error, NotEnrolled):  # the account itself was right: nothing counts towards a lock
        _count(identity, 1)
    _freeze(identity, error.code, caller)


def _unheard(identity: PortalIdentity, caller: Caller) -> None:
    """The answer did not come: it counts as a refusal, except for what a machine sends and the portal accepted last
    time. A slow portal, on the 15th, must not stop the deposits of a bureau whose identifiers are right.
    """
    if caller.automatic and identity.state == IdentityState.PROVED:
        return
    _count(identity, 1)
    if identity.state == IdentityState.UNTRIED:
        _stop_when_too_many(identity, caller)


def _count(identity: PortalIdentity, more: int) -> None:
    identity.refusals += more
    identity.save(update_fields=["refusals"])


def _stop_when_too_many(identity: PortalIdentity, caller: Caller) -> None:
    if identity.refusals >= refusals.REFUSALS_WITHOUT_STATEMENT and identity.state != IdentityState.FROZEN:
        _freeze(identity, Held.TOO_MANY.value, caller)


def _failed(identity: PortalIdentity, error: PortalError) -> None:
    identity.last_failure_at, identity.last_failure_cause = now(), error.code
    identity.save(update_fields=["last_failure_at", "last_failure_cause"])


def _freeze(identity: PortalIdentity, cause: str, caller: Caller) -> None:
    news = identity.state != IdentityState.FROZEN or identity.frozen_cause != cause
    identity.state, identity.frozen_cause = IdentityState.FROZEN, cause
    identity.frozen_at = identity.frozen_at or now()
    identity.save(update_fields=["state", "frozen_cause", "frozen_at"])
    if news:
        journal.record(caller.actor, "portail.gele", identity=identity.pk, cause=cause, automatic=caller.automatic)


def _finish(attempt: PortalAttempt, outcome: str) -> None:
    attempt.finished_at, attempt.outcome = now(), outcome
    attempt.save(update_fields=["finished_at", "outcome"])
