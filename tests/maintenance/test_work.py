"""Units of background work, in processes that live for weeks."""

import pytest
from django.db import OperationalError, connection
from tests.child_processes import SERVER

from scarabee.maintenance import gate, work


@pytest.mark.skipif(not SERVER, reason="cuts a connection to PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_connection_was_cut_works_again_at_its_next_round() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
    other.close()
    with work.unit() as may:
        first = may
    with work.unit() as may:
        second = may
    assert (first, second) in [(False, True), (True, True)]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(gate, "together", away)
        for _ in range(3):
            with work.unit() as may:
                assert not may
    with work.unit() as may:
        assert may
    assert [one.getMessage() for one in caplog.records] == [work._AWAY, work._AGAIN]
