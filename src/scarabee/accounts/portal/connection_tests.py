"""The blue ball: one check at a time, so that the window shows each tick as it comes.

A page asks for the next check until none is left; a command runs them all. Nothing waits in a queue, and nothing is
lost when a page is closed: what was not asked for is not run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import transaction

from scarabee.accounts.enums import Statement
from scarabee.accounts.models import ConnectionTest, PortalIdentifiers, User
from scarabee.accounts.portal import under_test
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.checks import (
    LABELS,
    Check,
    Result,
    Run,
    Step,
    interrupted,
    perform,
    skipped,
    steps_for,
)
from scarabee.accounts.portal.door import Caller
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import completed, identifiers_of, require_possible, save_identifiers
from scarabee.accounts.portal.identities import TURN_SECONDS, nobody_has
from scarabee.accounts.portal.under_test import UnderTest
from scarabee.accounts.services import authority
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime

KEPT_MINUTES = 60
_LEFT = timedelta(seconds=1)
"""How long ago ends a turn that is left behind: anybody may have it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the window. `state`: ok, red, waiting (to be run), skipped (a line above is red)."""

    name: str
    label: str
    regime: str
    state: Literal["ok", "red", "waiting", "skipped"]
    cause: str = ""
    message: str = ""
    remedy: str = ""
    probable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as drawn. `statements`: what a person may declare for the same identifiers to go once more."""

    lines: list[Line]
    done: bool
    ok: bool
    statements: list[Statement]


@transaction.atomic
def start_test(*, actor: Actor, user: User, entry: Entry | None, statement: str = "") -> ConnectionTest:
    """Prepare a run for this user, on what is in the form or (None) on what is kept. Nothing is sent yet.

    Raises `NotVisible`; `Refusal` when nothing is kept, and as `require_possible` does; what the vault raises when the
    kept password cannot be opened.
    """
    authority.require_self_or_administrator(actor, user)
    if entry is not None:
        require_possible(entry)
    ConnectionTest.objects.filter(created_at__lt=now() - timedelta(minutes=KEPT_MINUTES)).delete()
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


def get_test(*, actor: Actor, uuid: UUID) -> ConnectionTest:
    """The run of that number, if this actor started it. Raises `NotVisible` when there is none."""
    test = ConnectionTest.objects.select_related("user").filter(pk=uuid).first()
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


def shown(test: ConnectionTest) -> Shown:
    """The run as a window draws it."""
    steps = steps_for(under_test.opened(test).entry.regimes)
    two_regimes = len({step.regime for step in steps if step.regime}) > 1
    results = [Result(**_result_of(check)) for check in test.checks]
    lines = [
        _line(step, results[index] if index < len(results) else None, two_regimes) for index, step in enumerate(steps)
    ]
    statements = [Statement(value) for result in results for value in result.statements]
    return Shown(lines, test.done, test.done and all(line.state == "ok" for line in lines), statements)


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


def _result_of(check: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in check.items() if name not in {"name", "regime"}}


def _line(step: Step, result: Result | None, two_regimes: bool) -> Line:
    label = LABELS[step.check]
    regime = _regime(step)
    if two_regimes and step.regime:
        label = f"{label} (régime {'général' if step.regime == Regime.GENERAL else 'agricole'})"
    if result is None:
        return Line(step.check, label, regime, "waiting")
    state: Literal["ok", "red", "skipped"] = "skipped" if result.ok is None else ("ok" if result.ok else "red")
    return Line(step.check, label, regime, state, result.cause, result.message, result.remedy, result.probable)
