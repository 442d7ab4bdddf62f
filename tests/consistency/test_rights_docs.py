"""The table of docs/admin/droits.md is the one that the walks of the rights enforce, and one module decides."""

import re
from pathlib import Path

from tests.consistency.rights_jobs import JOBS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "admin" / "droits.md"
SOURCE = ROOT / "src" / "scarabee"
_TABLE = re.compile(r"^\| Ce qu’on fait \|.*\n\| --- .*\n((?:\|.*\n)+)", re.MULTILINE)


def test_the_table_of_the_documentation_is_the_one_that_is_enforced() -> None:
    table = _TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert table is not None
    assert table[1].splitlines() == [job.line for job in JOBS]


def test_only_one_module_reads_what_a_membership_allows() -> None:
    reading = re.compile(r"memberships__(?:role|user_id|user__)")
    found = [path for path in SOURCE.rglob("*.py") if reading.search(path.read_text(encoding="utf-8"))]
    assert [path.relative_to(SOURCE).as_posix() for path in found] == ["dossiers/querysets.py"]
