"""The gate on disks that are full or read-only: who writes is let in where nobody can have closed it."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from scarabee.maintenance import gate
from scarabee.maintenance.gate import Door


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder without any lock yet."""
    settings.DATA_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which no file can be made, while those that are there open."""
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "full")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)


def test_many_are_at_work_together_and_one_alone_waits_for_them() -> None:
    with gate.together() as first, gate.together() as second, gate.alone(Door.WORK, seconds=0) as alone:
        assert first and second and alone is None
    with gate.alone(Door.WORK, seconds=0) as alone:
        assert alone is not None and alone.stands()
        assert gate.is_held_alone(Door.WORK)
        with gate.together() as comes_in:
            assert not comes_in
    assert not gate.is_held_alone(Door.WORK)


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_nobody_is_kept_from_trying() -> None:
    with gate.together() as comes_in:
        assert comes_in
    assert not gate.is_held_alone(Door.WORK)


def test_a_full_disk_does_not_open_what_is_closed(request: pytest.FixtureRequest) -> None:
    with gate.alone(Door.WORK, seconds=0):
        request.getfixturevalue("full_disk")
        with gate.together() as comes_in:
            assert not comes_in


def test_who_steps_aside_comes_back() -> None:
    with gate.together():
        with gate.stepped_aside(), gate.alone(Door.WORK, seconds=0) as alone:
            assert alone is not None
        with gate.alone(Door.WORK, seconds=0) as alone:
            assert alone is None
