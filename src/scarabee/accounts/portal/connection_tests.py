"""The blue ball: one check at a time, so that the window shows each tick as it comes.

A page asks for the next check until none is left; a command runs them all. Nothing waits in a queue, and nothing is
lost when a page is closed: what was not asked for is not run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from scarabee.accounts.enums import Statement
from scarabee.accounts.models import ConnectionTest, PortalIdentifiers, User
from scarabee.accounts.portal import under_test
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.checks import Check, Result, Run, Step, interrupted, perform, skipped, steps_for
from scarabee.accounts.portal.door import Caller
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.held import NOTHING_SENT
from scarabee.accounts.portal.identifiers import completed, identifiers_of, require_possible, save_identifiers
from scarabee.accounts.portal.identities import TURN_SECONDS, nobody_has
from scarabee.accounts.portal.under_test import UnderTest
from scarabee.accounts.portal.window import Line, Shown, shown
from scarabee.accounts.services import authority
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime

__all__ = [
    "Line",
    "Shown",
    "forget_old",
    "get_test",
    "next_check",
    "run_all",
    "save_tested",
    "shown",
    "start_test",
    "try_again",
]

KEPT = timedelta(hours=1)
_LEFT = timedelta(seconds=1)
"""How long ago ends a turn that is left behind: anybody may have it."""


@transaction.atomic
def start_test(*, actor: Actor, user: User, entry: Entry | None, statement: str = "") -> ConnectionTest:
    """Prepare a run for this user, on what is in the form or (None) on what is kept. Nothing is sent yet.

    Raises `NotVisible`; `Refusal` when nothing is kept, for a statement that is none, and as `require_possible` does;
    what the vault raises when the kept password cannot be opened.
    """
    authority.require_self_or_administrator(actor, user)
    if statement and statement not in Statement.values:
        raise Refusal("Cette déclaration n’est pas une de celles qui sont proposées.", safe=NOTHING_SENT)
    if entry is not None:
        require_possible(entry)
    forget_old()
    held = identifiers_of(user)
    if entry is None and held is None:
        raise Refusal(
            f"Le compte « {user.username} » n’a pas d’identifiants Net-Entreprises.",
            remedy="Saisissez-les d’abord.",
        )
    test = ConnectionTest(
        user=user, actor_user_id=actor.user_id, from_form=entry is not None, statement=statement, sealed=""
    )
    wanted = completed(user, entry or _as_kept(held))
    test.sealed = under_test.sealed(test, UnderTest(wanted))
    test.save()
    return test


@transaction.atomic
def try_again(*, actor: Actor, test: ConnectionTest, statement: str) -> ConnectionTest:
    """A new run on what this one tested, with one of the statements that it offers; then it offers none any more.

    So that a statement posted twice sends once. Raises `Refusal` for a statement that is not offered (any more).
    """
    former = ConnectionTest.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=test.pk)
    if statement not in shown(former).statements:
        raise Refusal(
            "Cette vérification a déjà été relancée, ou n’a rien proposé de tel.",
            safe=NOTHING_SENT,
            remedy="Regardez le dernier résultat, ou relancez la vérification depuis la saisie.",
        )
    former.checks = [{**check, "statements": []} for check in former.checks]
    former.save(update_fields=["checks"])
    return start_test(actor=actor, user=former.user, entry=under_test.opened(former).entry, statement=statement)


def forget_old() -> None:
    """Forget the runs that are over an hour old, and so what was typed in them; every minute, by the worker."""
    ConnectionTest.objects.exclude(_young()).delete()


def _young() -> Q:
    """Nor dated in the future, by a clock that was wrong."""
    moment = now()
    return Q(created_at__gte=moment - KEPT, created_at__lte=moment + KEPT)


def get_test(*, actor: Actor, uuid: UUID) -> ConnectionTest:
    """The run of that number, if this actor started it. Raises `NotVisible` when there is none."""
    test = ConnectionTest.objects.select_related("user").filter(_young(), pk=uuid).first()
    if test is None or test.actor_user_id != actor.user_id:
        raise NotVisible("Cette vérification n’existe plus.", remedy="Relancez-la par la boule bleue.")
    authority.require_self_or_administrator(actor, test.user)
    return test


def next_check(*, actor: Actor, test: ConnectionTest) -> ConnectionTest:
    """Run the next check, if any, and keep its result; harmless when called twice at once.

    Identifiers go once for each time a person asked: what died after it may have sent them does not send them again.
    """
    with _my_turn(test) as turn:
        if not turn.is_mine or test.done:
            return test
        content = under_test.opened(test)
        steps = steps_for(content.entry.regimes)
        step = steps[len(test.checks)]
        if turn.was_left and step.check == Check.AUTHENTICATION:
            _keep(actor, test, steps, interrupted(), content)
            return test
        with Client(current_portal()) as client:
            run = Run(content, client, Caller(actor, statement=test.statement), test.user_id)
            result = perform(step, run)
        _keep(actor, test, steps, result, run.under_test)
    return test


def run_all(*, actor: Actor, test: ConnectionTest) -> ConnectionTest:
    """Run every check that is left, stopping where another process has its turn."""
    for _ in range(len(steps_for(tuple(Regime)))):
        if test.done:
            break
        next_check(actor=actor, test=test)
    return test


def save_tested(*, actor: Actor, test: ConnectionTest) -> PortalIdentifiers:
    """Keep the identifiers that were tested, green or red. Raises what `save_identifiers` raises."""
    return save_identifiers(actor=actor, user=test.user, entry=under_test.opened(test).entry)


def _as_kept(held: PortalIdentifiers | None) -> Entry:
    assert held is not None
    return Entry(held.siret, held.nom, held.prenom, "", held.general, held.agricole)


class _Turn(NamedTuple):
    """Whether this call alone runs the next check, and whether one before it stopped on the way."""

    is_mine: bool
    was_left: bool


@contextmanager
def _my_turn(test: ConnectionTest) -> Iterator[_Turn]:
    """The turn to run the next check of this test; the row is read again. `_keep` ends it, else it is left behind."""
    moment = now()
    test.refresh_from_db()
    before, until = test.running_until, moment + timedelta(seconds=TURN_SECONDS)
    free = ConnectionTest.objects.filter(nobody_has("running_until", moment), pk=test.pk, running_until=before)
    is_mine = bool(free.update(running_until=until))
    test.refresh_from_db()
    try:
        yield _Turn(is_mine, was_left=before is not None)
    finally:
        if is_mine:
            ConnectionTest.objects.filter(pk=test.pk, running_until=until).update(running_until=moment - _LEFT)


@transaction.atomic
def _keep(actor: Actor, test: ConnectionTest, steps: list[Step], result: Result, content: UnderTest) -> None:
    """Write the result down, unless the turn was taken over; a red one skips what is left."""
    if not ConnectionTest.objects.filter(pk=test.pk, running_until=test.running_until).update(running_until=None):
        return
    test.running_until = None
    test.checks.append(_stored(steps[len(test.checks)], result))
    if result.ok is False:
        test.checks += [_stored(step, skipped()) for step in steps[len(test.checks) :]]
    test.done = len(test.checks) == len(steps)
    test.sealed = under_test.sealed(test, content)
    test.save(update_fields=["checks", "done", "sealed"])
    if test.done:
        said: dict[str, Any] = {"cause": result.cause, "statement": test.statement}
        journal.record(
            actor,
            "identifiants.verifies",
            username=test.user.username,
            ok=result.ok is not False,
            **{name: value for name, value in said.items() if value},
        )


def _stored(step: Step, result: Result) -> dict[str, Any]:
    return {"name": step.check.value, "regime": _regime(step), **asdict(result)}


def _regime(step: Step) -> str:
    return step.regime.value if step.regime else ""
