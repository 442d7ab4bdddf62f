"""PostgreSQL knows advisory locks by a number alone: two uses of one number would wait for each other."""

import re
from pathlib import Path

from scarabee.maintenance.gate import Door

SOURCE = Path(__file__).parents[2] / "src" / "scarabee"
_KEY = re.compile(r"\b5_318_008_\d{3}\b")


def test_no_two_locks_share_a_number() -> None:
    keys = [key for path in SOURCE.rglob("*.py") for key in _KEY.findall(path.read_text(encoding="utf-8"))]
    assert len(keys) == len(set(keys)) >= 5
    assert {f"{door.key:_}" for door in Door} <= set(keys)
