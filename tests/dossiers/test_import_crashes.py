"""Workers killed with kill -9, two at once, a disk that fills up: nothing lost, nothing doubled, data as before."""

import json
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import ROOT, SERVER, ask_child, environment_for, start_child
from tests.sizes import sized

from scarabee.dsn.invention import invent_bureau, month_file, write_large_file

FILES, LINES = 3, sized(8_000, 30_000)
pytestmark = [pytest.mark.slow, pytest.mark.engines]

command = partial(start_child, "tests.dossiers.import_child")
answer = partial(ask_child, "tests.dossiers.import_child")


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files that take long enough to be killed in the middle."""
    folder = tmp_path_factory.mktemp("large")
    paths = [folder / f"{rank}.dsn" for rank in range(FILES)]
    for rank, path in enumerate(paths):
        with path.open("wb") as stream:
            write_large_file(stream, lines=LINES, seed=rank + 1)
    return paths


@pytest.fixture(scope="module")
def milestones(large_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The dossier after each file when nobody is killed, and how long the file took."""
    folder = tmp_path_factory.mktemp("reference")
    seen = []
    for path in large_files:
        with command(folder, "run", answer(folder, "prepare", path)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "READY\n"
            began = time.monotonic()
            told = json.loads(process.stdout.readline())
        seen.append({**told, "seconds": time.monotonic() - began})
    return seen


def test_an_import_killed_at_random_goes_on_where_it_stopped(
    large_files: list[Path], milestones: list[dict[str, Any]], tmp_path: Path
) -> None:
    chance = random.Random(2)
    number = answer(tmp_path, "prepare", *large_files)
    empty = answer(tmp_path, "state")
    allowed = [empty["digest"], *(one["digest"] for one in milestones)]
    longest = sum(one["seconds"] for one in milestones)
    reached = 0
    for attempt in range(3):
        with command(tmp_path, *(("run", number) if attempt == 0 else ("resume",))) as process:
            if attempt == 0:
                assert process.stdout is not None
                assert process.stdout.readline() == "READY\n"
            time.sleep(chance.uniform(0.05, longest * 0.5))
            process.kill()
        now = answer(tmp_path, "state")
        assert now["digest"] in allowed
        assert allowed.index(now["digest"]) >= reached
        reached = allowed.index(now["digest"])
    final = answer(tmp_path, "resume")
    assert final["digest"] == milestones[-1]["digest"]
    assert final["acts"] == ["done"]
    for what in ("declarations", "employees", "months"):
        assert final[what] == milestones[-1][what]
    assert final["counts"][0]["employee_months"] == final["months"]
    assert answer(tmp_path, "run", number) == final


def test_two_imports_at_once_give_what_one_after_the_other_gives(tmp_path: Path) -> None:
    bureau = invent_bureau(7, employers=sized(4, 12), months=4)
    paths = []
    for rank, month in enumerate(bureau.all_months):
        paths.append(tmp_path / f"{rank}.dsn")
        paths[-1].write_bytes(month_file(bureau, month))
    together, apart = tmp_path / "together", tmp_path / "apart"
    first, second = [paths[0], paths[2], paths[1]], [paths[1], paths[3], paths[0]]
    numbers = [answer(together, "prepare", *files) for files in (first, second)]
    processes = [command(together, "run", number) for number in numbers]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    for files in (first, second):
        answer(apart, "run", answer(apart, "prepare", *files))
    one, other = answer(together, "state"), answer(apart, "state")
    assert one["acts"] == ["done", "done"]
    for what in ("digest", "declarations", "employees", "months"):
        assert one[what] == other[what]
    assert sum(counts["employee_months"] for counts in one["counts"]) == one["months"]


def test_the_same_import_run_by_two_workers_is_done_once(large_files: list[Path], tmp_path: Path) -> None:
    number = answer(tmp_path, "prepare", large_files[0])
    processes = [command(tmp_path, "run", number) for _ in range(2)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    final = answer(tmp_path, "state")
    assert final["acts"] == ["done"]
    assert final["files"] == [["imported"]]
    assert final["counts"][0]["employee_months"] == final["months"]


@pytest.mark.skipif(bool(SERVER), reason="fills up the file of SQLite")
@pytest.mark.parametrize("spare_pages", [5])
def test_a_disk_that_fills_up_is_said_and_leaves_the_data_as_before(
    spare_pages: int, large_files: list[Path], tmp_path: Path
) -> None:
    bureau = invent_bureau(3, employers=4, months=1)
    small = tmp_path / "small.dsn"
    small.write_bytes(month_file(bureau, bureau.all_months[0]))
    folder = tmp_path / "data"
    answer(folder, "run", answer(folder, "prepare", small))
    before = answer(folder, "state")
    number = answer(folder, "prepare", large_files[0])
    after = answer(folder, "run_on_a_small_disk", number, spare_pages)
    assert after["digest"] == before["digest"]
    assert after["months"] == before["months"]
    assert after["acts"] == ["done", "refused"]
    status, message = after["files"][-1]
    assert status == "refused"
    assert "disque est plein" in message
    again = answer(folder, "run", answer(folder, "prepare", large_files[0]))
    assert again["acts"][-1] == "done"
    assert again["months"] > before["months"]


def test_the_worker_takes_up_an_import_whose_worker_was_killed(tmp_path: Path) -> None:
    bureau = invent_bureau(3, employers=4, months=1)
    small = tmp_path / "small.dsn"
    small.write_bytes(month_file(bureau, bureau.all_months[0]))
    folder = tmp_path / "data"
    number = answer(folder, "prepare", small)
    answer(folder, "leave_for_dead", number)
    worker = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), "worker", "--une-fois"]
    environment = environment_for(folder) | {"DJANGO_SETTINGS_MODULE": "scarabee.settings.desktop"}
    subprocess.run(worker, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    assert answer(folder, "state")["acts"] == ["done"]
