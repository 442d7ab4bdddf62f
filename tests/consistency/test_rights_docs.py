"""The table of docs/admin/droits.md is the one that the walks of the rights enforce."""

import re
from pathlib import Path

from tests.consistency.rights_jobs import JOBS

PAGE = Path(__file__).parents[2] / "docs" / "admin" / "droits.md"
_TABLE = re.compile(r"^\| Ce qu’on fait \|.*\n\| --- .*\n((?:\|.*\n)+)", re.MULTILINE)


def test_the_table_of_the_documentation_is_the_one_that_is_enforced() -> None:
    table = _TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert table is not None
    assert table[1].splitlines() == [job.line for job in JOBS]
