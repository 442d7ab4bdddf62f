"""Several processes that write the same tables at once, where the database lets them: PostgreSQL."""

import hashlib
import itertools
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import next_id
from scarabee.dossiers.models import Content

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time"),
]
WRITERS = 4


def at_once[T](deed: Callable[[int], T]) -> list[T]:
    """What each of the writers gets; fails when one fails."""
    found: list[T] = []
    barrier = threading.Barrier(WRITERS)

    def act(number: int) -> None:
        try:
            barrier.wait(10)
            found.append(deed(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == WRITERS
    return found


def test_no_two_writers_have_the_same_ids() -> None:
    reserved = at_once(lambda number: [next_id(Content, 50) for _ in range(200)])
    firsts = sorted(first for some in reserved for first in some)
    assert all(later - former >= 50 for former, later in itertools.pairwise(firsts))


def test_what_several_store_at_once_is_stored_once() -> None:
    shared = [b"shared %d" % number for number in range(200)]

    def store(writer: int) -> None:
        for start in range(0, 200, 20):
            mine = [b"of %d alone, %d" % (writer, start + number) for number in range(20)]
            some = [*(shared if writer % 2 else shared[::-1])[start : start + 20], *mine]
            ids = contents.store(some, [hashlib.sha256(one).digest() for one in some])
            kept = contents.load(ids)
            assert [kept[pk] for pk in ids] == some

    at_once(store)
    assert Content.objects.count() == 200 * (1 + WRITERS)
