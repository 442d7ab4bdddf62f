"""Many processes in the same few dossiers: what meets waits, or is refused in words; nobody waits in a circle."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.child_processes import SERVER, ask_child, rows_of, start_child
from tests.sizes import sized

CROWD, DEEDS = sized((3, 10), (8, 150))
SEED = 20261125
pytestmark = [pytest.mark.slow, pytest.mark.engines]


@pytest.mark.skipif(not SERVER, reason="SQLite has one writer at a time")
def test_a_crowd_in_the_same_dossiers_never_locks_itself_out(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ask_child("tests.transfers.crowd_child", folder, SEED, 6)
    crowd = [start_child("tests.transfers.crowd_child", folder, SEED + one, DEEDS) for one in range(1, CROWD + 1)]
    told = []
    for process in crowd:
        with process:
            out, _ = process.communicate(timeout=1200)
        assert process.returncode == 0
        told.append(json.loads(out.splitlines()[-1]))
    assert [one["failed"] for one in told] == [[]] * CROWD
    done = sum((Counter(one["done"]) for one in told), Counter[str]())
    assert done.total() >= CROWD * DEEDS / 3, told
    assert rows_of(folder, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]
    without_declarant = (
        "SELECT siret, SUM(CASE WHEN declaring THEN 1 ELSE 0 END) FROM dossiers_employer GROUP BY siret "
        "HAVING SUM(CASE WHEN declaring THEN 1 ELSE 0 END) <> 1"
    )
    assert rows_of(folder, without_declarant) == []
    unfinished = "SELECT kind, state FROM dossiers_act WHERE state IN ('queued', 'running')"
    assert rows_of(folder, unfinished) == []
    broken = (
        "SELECT d.id FROM dossiers_declaration d LEFT JOIN dossiers_employeemonth m ON m.declaration_id = d.id "
        "GROUP BY d.id, d.held HAVING COUNT(m.id) <> d.held"
    )
    assert rows_of(folder, broken) == []
