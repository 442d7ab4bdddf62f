"""Killed at any moment, a return to a backup leaves everything as before, or everything as in the archive."""

from pathlib import Path

import pytest
from tests.child_processes import ask_child


@pytest.mark.engines
@pytest.mark.slow
def test_a_return_that_is_killed_at_any_step_leaves_one_or_the_other_never_half(tmp_path: Path) -> None:
    told = ask_child("tests.backups.killed_child", tmp_path / "donnees")
    assert told["total"] > 150
    assert told["seen"] == [{"killed": True, "as_before": True, "journal": []}] * len(told["seen"])
    assert len(told["seen"]) > 10
    assert told["last"] == {"killed": True, "as_archive": True, "journal": []}
    assert told["again"] == {"code": 0, "as_archive": True, "left": []}


@pytest.mark.engines
@pytest.mark.slow
def test_a_job_whose_worker_is_killed_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    told = ask_child("tests.backups.killed_job_child", tmp_path / "donnees")
    settled = {"killed": True, "state": "interrompu", "said": True}
    assert told["told"] == {"sauvegarde": [settled] * 3, "reprise": [settled] * 3}
    assert told["same"] and told["left"] == [] and told["running"] == 0
