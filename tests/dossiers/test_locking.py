"""Who works in a dossier keeps it to himself, who works elsewhere is not in the way, where many may write at once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from scarabee.dossiers.models import Act, Dossier
from scarabee.dossiers.services import locking
from scarabee.dossiers.services.dossiers import create_dossier, rename_dossier
from scarabee.dossiers.services.locking import Busy, in_turn, lock_dossiers, lock_more, lock_sirets
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

OWNER = Actor.owner()
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time"),
]


@pytest.fixture
def dossiers() -> tuple[Dossier, Dossier]:
    return create_dossier(actor=OWNER, name="A"), create_dossier(actor=OWNER, name="B")


@contextmanager
def somebody(hold: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Another connection that holds what `hold` locks, until it is told to let go or the block ends."""
    has_it, over = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                hold()
                has_it.set()
                over.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert has_it.wait(10)
        yield over.set
    finally:
        over.set()
        thread.join()


def test_another_dossier_is_not_in_the_way(dossiers: tuple[Dossier, Dossier]) -> None:
    a, b = dossiers
    with somebody(lambda: lock_dossiers([a.pk])):
        assert rename_dossier(actor=OWNER, dossier=b, name="C").name == "C"


def test_who_waits_too_long_is_told_what_works_there_and_changes_nothing(
    dossiers: tuple[Dossier, Dossier], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = dossiers
    Act.objects.create(kind=Act.Kind.IMPORT, state=Act.State.RUNNING, dossier=a, actor_name="Luc", created_at=now())
    monkeypatch.setattr(lock_dossiers, "__kwdefaults__", {"seconds": 0.05, "act": None})
    with somebody(lambda: lock_dossiers([a.pk])), pytest.raises(Busy, match="Un import travaille sur ce dossier"):
        rename_dossier(actor=OWNER, dossier=a, name="C")
    a.refresh_from_db()
    assert a.name == "A"


def test_a_work_that_waits_says_so_and_begins_when_the_other_one_ends(dossiers: tuple[Dossier, Dossier]) -> None:
    a, b = dossiers
    act = Act.objects.create(kind=Act.Kind.TRANSFER, state=Act.State.RUNNING, actor_name="Luc", created_at=now())
    said: list[str] = []

    @transaction.atomic
    def deed() -> list[int]:
        return sorted(lock_dossiers([b.pk, a.pk], seconds=0.05, act=act.pk))

    with somebody(lambda: lock_dossiers([b.pk])) as let_go:

        def meanwhile() -> None:
            said.append(Act.objects.get(pk=act.pk).message)
            let_go()

        assert in_turn(act.pk, deed, meanwhile=meanwhile) == sorted([a.pk, b.pk])
    assert said[0].endswith("Celui-ci commence dès qu’il est fini.")
    assert Act.objects.get(pk=act.pk).message == ""


def test_two_that_need_more_of_each_other_do_not_wait_for_ever(
    dossiers: tuple[Dossier, Dossier], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = dossiers
    monkeypatch.setattr(locking, "MORE_SECONDS", 0.1)
    with somebody(lambda: lock_dossiers([b.pk])), transaction.atomic():
        lock_dossiers([a.pk])
        began = time.monotonic()
        with pytest.raises(Busy):
            lock_more([b.pk])
        assert time.monotonic() - began < 2
        assert list(lock_more([a.pk])) == [a.pk]  # what one has, one has; the transaction goes on


def test_who_declares_a_siret_is_decided_by_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "PATIENCE_SECONDS", 0.05)
    sirets = ["84125796700015", "79034512800017"]
    with somebody(lambda: lock_sirets(sirets)):
        with pytest.raises(Busy), transaction.atomic():
            lock_sirets(sirets[1:])
        with transaction.atomic():
            lock_sirets([next(one for one in map(str, range(99)) if locking.drawer(one) not in drawers(sirets))])


def drawers(sirets: list[str]) -> set[int]:
    return {locking.drawer(one) for one in sirets}
