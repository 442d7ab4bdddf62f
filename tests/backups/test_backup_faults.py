"""Backups by processes of their own: killed, several at once, a disk that is full, while others write."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.backups.backup_child import POINTS
from tests.child_processes import SERVER, ask_child

from scarabee.backups import contents, keys
from scarabee.backups.proving import NOT_PROVED
from scarabee.backups.writing import INTERRUPTED
from scarabee.maintenance.folder import DATABASE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.engines]
answer = partial(ask_child, "tests.backups.backup_child")
NEVER_BEGUN = {"before the row"}
RENAMED = {"after the rename", "before it is told"}
MADE = {"before the proof", "in the middle of the proof", "after the proof"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sauvegardes") / "donnees"
    answer(folder, "fill")
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A data folder with a bureau: a copy of its own on SQLite, one that all share on a server."""
    if not SERVER:
        return Path(shutil.copytree(filled, tmp_path / "donnees"))
    shutil.rmtree(filled / "sauvegardes", ignore_errors=True)
    return filled


@pytest.fixture(scope="module")
def deaths(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A backup killed at each point, in the same data folder one after the other."""
    folder = filled if SERVER else Path(shutil.copytree(filled, tmp_path_factory.mktemp("morts") / "donnees"))
    found: dict[str, Any] = answer(folder, "die_everywhere")
    return found


@pytest.mark.parametrize("point", POINTS)
def test_a_backup_killed_at_any_point_leaves_no_half_archive_and_is_told(deaths: dict[str, Any], point: str) -> None:
    found = deaths[point]
    assert found["signal"] == 9
    assert found["broken"] == []
    archives = [name for name in found["lay"] if name.endswith(contents.SUFFIX)]
    assert len(archives) == len(found["rows"]) == (point in RENAMED | MADE)
    assert all(found["rows"])
    assert found["again"]["proved"]
    assert len(found["at last"]) == len(archives) + 1  # neither a partial archive nor a scratch folder
    if point in NEVER_BEGUN:
        assert found["backups"] == []
        return
    (row,) = found["backups"]
    assert not row["proved"]
    assert row["made"] == bool(archives)
    expected = {**dict.fromkeys(RENAMED, NOT_PROVED), **dict.fromkeys(MADE, "")}.get(point, INTERRUPTED)
    assert row["problem"] == expected
    assert found["swept"] == (point not in MADE)
    assert point in MADE or found["left"] == archives


def test_several_at_once_make_one_archive_each_or_are_refused(folder: Path) -> None:
    said, files = answer(folder, "several_at_once")
    proved = [one for one in said if one.get("proved")]
    assert proved and len(files) == len(proved)
    assert all("Une autre sauvegarde est en cours" in one["refused"] for one in said if one not in proved)


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(folder: Path) -> None:
    limit = 1000 if SERVER else (folder / DATABASE_NAME).stat().st_size // 2
    found = answer(folder, "back_up_within", limit)
    assert "n’a pas pu être écrite" in found["said"]["refused"]
    assert "intactes" in found["said"]["safe"]
    assert found["left"] == []
    assert found["code"] == "sauvegarde.echouee"
    assert not found["row"]["made"] and found["row"]["problem"].startswith(found["said"]["refused"])


def test_a_backup_taken_while_others_write_is_of_one_moment_and_keeps_nobody_waiting(folder: Path) -> None:
    found = answer(folder, "save_while_others_write")
    assert found["pairs"] > 3
    for told in found["told"]:
        halves = [one["name"][0] for one in told["dossiers"] if one["name"][1:].isdigit()]
        assert halves.count("a") == halves.count("b") > 0
        assert told["rows"]["dossiers_dossier"] == len(told["dossiers"])
        assert told["rows"]["maintenance_journalentry"] == told["journal"]["sequence"]


def test_several_processes_at_first_need_make_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "neuf"
    made = set(answer(folder, "first_keys"))
    assert len(made) == 1
    assert keys.identities(folder / "cle-sauvegarde") == list(made)
