"""Locks of rows leave room for the foreign keys of others, or PostgreSQL sees deadlocks that SQLite never has."""

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"


def test_a_locked_row_can_still_be_named_by_the_rows_of_others() -> None:
    """Foreign keys are checked at COMMIT, when a transaction holds the turn of the journal: it must not wait for one
    that waits for that turn. FOR NO KEY UPDATE keeps other changes out and lets these checks through.
    """
    asked = [
        (path.relative_to(SOURCES), arguments)
        for path in SOURCES.rglob("*.py")
        for arguments in re.findall(r"\.select_for_update\(((?:[^()]|\([^()]*\))*)\)", path.read_text(encoding="utf-8"))
    ]
    assert len(asked) > 40
    assert [one for one in asked if "no_key=True" not in one[1]] == []
