"""Which work waits for which: two works in different dossiers run together, two in the same follow one another.

Locks are taken in one order, so that nobody ever waits in a circle (docs/dev/architecture.md): the row of the work
itself (act, batch, package), dossiers by their numbers and all at once, SIRETs, rows of dossiers, filings and returns,
contents and numbers of rows, last the turn of the journal. SQLite has one writer at a time: its lock stands for all.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from scarabee.dossiers.models import Act, Dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal

PATIENCE_SECONDS = 15
"""How long who waits at a screen or a command is kept waiting."""
WAIT_SECONDS = 900
"""How long the work of an act, which nobody sits before, is kept waiting."""
LOOK_SECONDS = 2
MORE_SECONDS = 3
POLL_SECONDS = 0.05
DRAWERS = 256
"""SIRETs share so many locks: an import of 100,000 employers must not fill the table of locks."""

_DRAWERS_KEY = 531_800_811
_SOMEBODY = "Un autre travail est en cours dans ce dossier."
_SIRET = "Un autre travail change au même moment qui déclare un de ces employeurs."
_NO_LOCK = "55P03"
_DEADLOCK = "40P01"


class Work(NamedTuple):
    """What works in a dossier: `what` begins a sentence (« Un transfert »)."""

    what: str
    since: datetime


AT_WORK: list[Callable[[Collection[int], int | None], Work | None]] = []
"""Other apps say here what works in one of these dossiers since when, besides the act of that number."""


class Busy(Refusal):
    """Another work holds a dossier. `told` says which and since when, without what to do about it.

    `dossiers`: what was asked for, by number.
    """

    def __init__(self, told: str, dossiers: Collection[int] = ()) -> None:
        super().__init__(told, remedy="Attendez sa fin, puis recommencez.")
        self.told = told
        self.dossiers = dossiers


def lock_dossiers(
    ids: Iterable[int], *, seconds: float = PATIENCE_SECONDS, act: int | None = None
) -> dict[int, Dossier]:
    """Those of the dossiers that exist, as they are now, ours until the transaction ends.

    All that a work needs, at once: in the order of their numbers. `act`: the number of that work, if it has one. Raises
    `Busy` after so many seconds.
    """
    return _locked(sorted(set(ids)), seconds, act)


def lock_more(ids: Iterable[int]) -> dict[int, Dossier]:
    """The same for dossiers that turn out to be needed by who holds others already: never waits long.

    Raises `Busy`: who holds them may be waiting for ours.
    """
    wanted = sorted(set(ids))
    return _soon(lambda: _locked(wanted, 0, None))


def lock_rows(rows: QuerySet[Any]) -> None:
    """Lock rows that belong to no dossier, by number: works in several dossiers may want them. As `lock_more`."""

    def take() -> None:
        with _waiting(0, lambda: Busy(_SOMEBODY)):
            list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))

    if connection.vendor == "postgresql":
        _soon(take)


def lock_sirets(sirets: Iterable[str]) -> None:
    """Keep others from changing who declares these SIRETs; all that a transaction needs, at once. Raises `Busy`."""
    if connection.vendor != "postgresql":
        return
    drawers = sorted({drawer(siret) for siret in sirets})
    if not drawers:
        return
    with _waiting(PATIENCE_SECONDS, lambda: Busy(_SIRET)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, drawer) FROM unnest(%s::int[]) AS drawer", [_DRAWERS_KEY, drawers]
        )


def drawer(siret: str) -> int:
    """Which of the `DRAWERS` locks stands for a SIRET."""
    return crc32(siret.encode()) % DRAWERS


def in_turn[T](act: int, deed: Callable[[], T], *, meanwhile: Callable[[], None] = lambda: None) -> T:
    """Do the work of an act as soon as no other work has its dossiers; the act says meanwhile what it waits for.

    `deed` is one transaction; `meanwhile` is called every few seconds. Raises `Busy` after `WAIT_SECONDS`.
    """
    until, told = time.monotonic() + WAIT_SECONDS, ""
    while True:
        try:
            done = deed()
        except (Busy, OperationalError) as error:
            if isinstance(error, OperationalError) and not _lost_a_wait(error):
                raise
            if time.monotonic() > until:
                raise
            told = f"{error.told if isinstance(error, Busy) else _SOMEBODY} Celui-ci commence dès qu’il est fini."
            told = told.replace("Un transfert", "Un autre transfert")
            Act.objects.filter(pk=act).update(message=told, heartbeat=now())
            meanwhile()
        else:
            if told:
                Act.objects.filter(pk=act, message=told).update(message="")
            return done


def _soon[T](take: Callable[[], T]) -> T:
    """Try again for a moment, never queueing: two that hold what the other needs must not wait in a circle."""
    until = time.monotonic() + MORE_SECONDS
    while True:
        try:
            return take()
        except Busy:
            if time.monotonic() > until:
                raise
            time.sleep(POLL_SECONDS)


def waited_in_vain(error: BaseException) -> bool:
    """Whether the database gave up because another work held what was needed: nothing was written."""
    return _lost_a_wait(error) or "locked" in str(error).lower()


def _lost_a_wait(error: BaseException) -> bool:
    """The same, of PostgreSQL: the same work may well succeed when it is done again."""
    return getattr(error.__cause__, "sqlstate", "") in (_NO_LOCK, _DEADLOCK)


def _locked(ids: list[int], seconds: float, act: int | None) -> dict[int, Dossier]:
    rows = Dossier.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    if not ids or connection.vendor != "postgresql":
        return {row.pk: row for row in rows}
    with _waiting(seconds, lambda: Busy(_who_works(ids, act), ids)):
        return {row.pk: row for row in rows}


@contextmanager
def _waiting(seconds: float, busy: Callable[[], Busy]) -> Iterator[None]:
    """Let what is inside wait so long for its locks; then the transaction stands as before it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {max(1, round(seconds * 1000))}")
            yield
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if not _lost_a_wait(error):
            raise
        raise busy() from error


def _who_works(ids: list[int], act: int | None) -> str:
    """Which work holds one of these dossiers, in words that name no dossier."""
    found = [work for tell in (_imports, *AT_WORK) if (work := tell(ids, act))]
    if not found:
        return _SOMEBODY
    work = min(found, key=lambda one: one.since)
    return f"{work.what} travaille sur ce dossier depuis {_lasting(work.since)}."


def _imports(ids: Collection[int], act: int | None) -> Work | None:
    running = Act.objects.filter(kind=Act.Kind.IMPORT, state=Act.State.RUNNING, dossier__in=ids)
    running = running.exclude(pk=act) if act else running
    first = running.order_by("created_at").values_list("created_at", flat=True).first()
    return Work("Un import", first) if first else None


def _lasting(since: datetime) -> str:
    seconds = max(0, int((now() - since).total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
