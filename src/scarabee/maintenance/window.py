"""Maintenance mode: Scarabée says that it closes, waits for what is under way, is closed, and opens again.

Two ways to close it. `begin` is a person's: it ends at a moment that is said, or by `end`. `closed` is a process's (a
restore, an upgrade): it holds the gate alone, so that nothing else writes, and ends with that process, however it
dies. The row only says why and since when; who restores a database leaves its table alone.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.timezone import localtime

from scarabee.maintenance import gate, journal, watch
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.gate import Door
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import Window

MINUTES = 120
"""How long a window opened by hand lasts unless it is said: nobody stays locked out by who forgot."""
LONGEST_MINUTES = 24 * 60
PATIENCE_SECONDS = 600
_REASON_LENGTH = 200
_OPENER_SECONDS = 2
"""Somebody who only looks whether a window stands holds its door for an instant."""

logger = logging.getLogger(__name__)

current = watch.current


def begin(*, actor: Actor, reason: str, grace_seconds: int = 0, minutes: int = MINUTES) -> Window:
    """Close Scarabée by hand after so many seconds of notice, for so many minutes at most.

    Raises Refusal without a reason, outside 1 minute to 24 hours, or while another window stands; NotAllowed.
    """
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Refusal("Une maintenance ouverte à la main dure d’une minute à vingt-quatre heures.")
    with transaction.atomic():
        _require_administrator(actor)
        _refuse_two(current())
        row = _written(actor, reason, grace_seconds, minutes)
    watch.forget()
    return row


def end(*, actor: Actor) -> None:
    """Open again what was closed by hand, or what a dead process left.

    Raises Refusal when nothing is closed, or by a process that lives: it ends by itself; NotAllowed.
    """
    with transaction.atomic():
        _require_administrator(actor)
        row = Window.objects.filter(pk=1).first()
        if row is None:
            raise Refusal("Aucune maintenance n’est ouverte.", safe="Scarabée est ouvert à tous.")
        if not row.is_by_hand and watch.stands(row):
            raise Refusal(
                f"Le processus {row.pid} de « {row.machine} » y travaille encore ({row.reason}).",
                remedy="Laissez-le finir, ou arrêtez-le : la maintenance se terminera avec lui.",
            )
        _remove(actor, row)


@contextmanager
def closed(
    *,
    actor: Actor,
    reason: str,
    grace_seconds: int = 0,
    patience_seconds: float = PATIENCE_SECONDS,
    tell: Callable[[str], object] = logger.info,
) -> Iterator[Window]:
    """Within it, this process alone works: announced, waited for, then closed. `tell` gets a line at each step.

    Within a window opened by hand it keeps that one, and leaves it open. Raises Refusal when another process has
    closed Scarabée, when what is under way does not end in time, or without a reason; NotAllowed.
    """
    _require_administrator(actor)
    with gate.stepped_aside(), gate.alone(Door.OPENER, seconds=_OPENER_SECONDS) as opener:
        row = current()
        if opener is None:
            _refuse_two(row or Window(actor_name="un autre processus", reason="", opened_at=now()))
        if own := row is None or not row.is_by_hand:
            with transaction.atomic():
                row = _written(actor, reason, grace_seconds, None)
            watch.forget()
        assert row is not None
        try:
            _wait(row, tell)
            tell("Attente de la fin des travaux en cours…")
            with gate.alone(Door.WORK, seconds=patience_seconds) as work:
                if work is None:
                    raise Refusal(
                        f"Des travaux en cours n’ont pas fini en {max(1, round(patience_seconds / 60))} min.",
                        remedy="Attendez-les, ou arrêtez les autres postes et les autres commandes, puis recommencez.",
                    )
                _held[:] = [opener, work] if opener else []
                yield row
        finally:
            _held.clear()
            if own:
                _leave(actor, row)


def hold() -> None:
    """Make sure, before what cannot be undone, that Scarabée is still closed for this process alone.

    Raises Refusal when the connection that says so was lost, or outside `closed`.
    """
    if not _held or not all(one.stands() for one in _held):
        raise Refusal(
            "La base de données a coupé la connexion qui tenait Scarabée fermé : d’autres ont pu y travailler.",
            remedy="Recommencez.",
        )


def lets_through(row: Window, actor: Actor) -> bool:
    """Whether this actor opened it, and so still gets in."""
    return row.actor_user_id == actor.user_id and row.via == actor.via


def refusal(row: Window | None) -> Refusal:
    """What a command or a unit of work says while it is closed; None: the gate is held and the row not there yet."""
    why = f" : {row.reason}" if row else ""
    since = f" depuis {localtime(row.opened_at):%H:%M}, par {row.actor_name}" if row else ""
    return Refusal(
        f"Scarabée est en maintenance{since}{why}.",
        safe="Rien n’a été fait.",
        remedy="Recommencez quand elle sera terminée ; « scarabee maintenance » dit où elle en est.",
    )


_held: list[gate.Held] = []


def _require_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise NotAllowed("Seul un Administrateur peut mettre Scarabée en maintenance.", remedy="Demandez-le-lui.")


def _refuse_two(row: Window | None) -> None:
    if row is not None:
        raise Refusal(
            f"Une maintenance est déjà ouverte par {row.actor_name} depuis {localtime(row.opened_at):%H:%M}"
            f"{f' ({row.reason})' if row.reason else ''}.",
            remedy="Attendez qu’elle se termine ; « scarabee maintenance » dit où elle en est.",
        )


def _written(actor: Actor, reason: str, grace_seconds: int, minutes: int | None) -> Window:
    """The row, in the caller's transaction, in place of one that no longer stands; the journal tells of it."""
    if not (reason := " ".join(reason.split())[:_REASON_LENGTH]):
        raise Refusal("Dites pourquoi Scarabée ferme : chacun le lira.", remedy="Donnez la raison, puis recommencez.")
    moment = now()
    closes_at = moment + timedelta(seconds=grace_seconds)
    row = Window(
        pk=1,
        token=secrets.token_hex(16),
        reason=reason,
        actor_name=actor.name,
        actor_user_id=actor.user_id,
        via=actor.via,
        machine=socket.gethostname()[:150],
        pid=0 if minutes else os.getpid(),
        opened_at=moment,
        closes_at=closes_at,
        ends_at=closes_at + timedelta(minutes=minutes) if minutes else None,
    )
    try:
        Window.objects.filter(pk=1).delete()
        row.save(force_insert=True)
    except IntegrityError:  # somebody else was a moment faster
        raise Refusal("Une autre maintenance vient d’être ouverte.", remedy="Attendez qu’elle se termine.") from None
    journal.record(actor, "maintenance.ouverte", reason=reason, by_hand=bool(minutes), grace_seconds=grace_seconds)
    return row


def _wait(row: Window, tell: Callable[[str], object]) -> None:
    if row.seconds_left:
        tell(f"Scarabée ferme à {localtime(row.closes_at):%H:%M:%S}. Ctrl-C pour y renoncer.")
        threading.Event().wait(row.seconds_left)


def _remove(actor: Actor, row: Window) -> None:
    if Window.objects.filter(pk=1, token=row.token).delete()[0]:
        journal.record(actor, "maintenance.terminee", reason=row.reason)
    watch.forget()


def _leave(actor: Actor, row: Window) -> None:
    """Remove the row; a database that does not take it is no matter: without its process, the row no longer stands."""
    try:
        with transaction.atomic():
            _remove(actor, row)
    except DatabaseError as error:
        logger.warning("Maintenance window left behind: %s", type(error).__name__)
