"""The vault with processes of their own: a first key made by several, a rotation killed, two rotations at once."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.accounts.vault_child import POINTS
from tests.child_processes import ask_child, copy_of, start_child

USERS = 3
pytestmark = [pytest.mark.slow, pytest.mark.engines]

command = partial(start_child, "tests.accounts.vault_child")
answer = partial(ask_child, "tests.accounts.vault_child")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coffre") / "data"
    answer(folder, "fill", USERS)
    return folder


@pytest.fixture(scope="module")
def before(filled: Path) -> dict[str, Any]:
    found: dict[str, Any] = answer(filled, "state")
    return found


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return copy_of(filled, tmp_path / "data")


def test_processes_that_seal_first_at_once_make_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "neuf"
    folder.mkdir()
    processes = [command(folder, "seal_first", tmp_path / "maintenant") for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
    (tmp_path / "maintenant").touch()
    sealed = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert len({one["key_id"] for one in sealed}) == 1
    assert len((folder / "cle-coffre").read_text().split()) == 1


@pytest.mark.parametrize("point", POINTS)
def test_a_rotation_killed_at_any_point_loses_nothing_and_is_run_again(
    folder: Path, before: dict[str, Any], point: str
) -> None:
    with command(folder, "rotate_and_die", point) as process:
        process.communicate(timeout=60)
    assert process.returncode == -9
    found, done, after = answer(folder, "look_and_rotate")
    assert _content(found) == _content(before)
    assert len(found["key_ids"]) == 1
    assert set(found["key_ids"]) <= set(found["keys"])
    assert (done["count"], done["unreadable"]) == (USERS * 2, 0)
    assert _content(after) == _content(before)
    assert after["keys"] == after["key_ids"] == [done["key_id"]] != before["keys"]


def test_two_rotations_at_once_while_others_save_lose_nothing(folder: Path, before: dict[str, Any]) -> None:
    with (
        command(folder, "save_again_and_again", 40) as saving,
        command(folder, "rotate") as first,
        command(folder, "rotate") as second,
    ):
        for process in (saving, first, second):
            process.communicate(timeout=120)
            assert process.returncode == 0
    after = answer(folder, "state")
    assert _content(after) == _content(before)
    assert after["rotations"] == before["rotations"] + 2
    assert set(after["key_ids"]) <= set(after["keys"])


def _content(state: dict[str, Any]) -> list[Any]:
    return [state[name] for name in ("passwords", "factors", "runs", "readable", "unreadable")]
