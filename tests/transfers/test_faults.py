"""Transfers killed with kill -9, an import at the same time, a disk that fills up: data as before, or as after."""

import json
import random
import time
from functools import partial
from pathlib import Path

import pytest
from tests.child_processes import SERVER, ask_child, copy_of, start_child
from tests.dossiers.small_files import Someone, declaration, envoi
from tests.sizes import sized

from scarabee.dsn.invention import write_large_file

PEOPLE = sized(800, 3000)
pytestmark = [pytest.mark.slow, pytest.mark.engines]

command = partial(start_child, "tests.transfers.transfer_child")
answer = partial(ask_child, "tests.transfers.transfer_child")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose dossier A holds four months of many people."""
    folder = tmp_path_factory.mktemp("filled")
    large, small = folder / "large.dsn", folder / "small.dsn"
    people = [
        Someone(f"1850575{number:06}", f"NOM {number}", matricule=f"M{number}") for number in range(1, PEOPLE + 1)
    ]
    large.write_bytes(envoi(*(declaration(people, month=f"2026-0{month}") for month in range(1, 5))))
    with small.open("wb") as stream:
        write_large_file(stream, lines=3_000, seed=99)
    answer(folder / "data", "take", "A", large)
    answer(folder / "data", "take", "B", small)
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return copy_of(filled / "data", tmp_path / "data")


def test_a_transfer_killed_at_random_leaves_all_or_nothing(folder: Path, tmp_path: Path) -> None:
    before = answer(folder, "state")
    whole = copy_of(folder, tmp_path / "whole")
    with command(whole, "transfer") as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        after = json.loads(process.stdout.readline())
    longest = time.monotonic() - began
    assert after["digests"]["A"] == before["digests"]["A"]
    assert answer(whole, "undo")["digests"] == before["digests"]
    chance = random.Random(7)
    for _ in range(sized(3, 5)):
        with command(folder, "transfer") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "READY\n"
            time.sleep(chance.uniform(0, longest))
            process.kill()
        found = answer(folder, "state")
        assert found["digests"] in (before["digests"], after["digests"])
        if found["digests"] == after["digests"]:
            break
    closed = answer(folder, "close")
    assert set(closed["acts"]) <= {"interrupted", "done"}
    final = answer(folder, "transfer")
    assert final["digests"] == after["digests"]
    assert final["months"] == after["months"]


def test_an_import_into_the_destination_at_the_same_time(folder: Path, filled: Path) -> None:
    with command(folder, "transfer") as moving, command(folder, "take", "B", filled / "large.dsn") as importing:
        out, _ = moving.communicate(timeout=120)
        importing.communicate(timeout=120)
    assert moving.returncode == importing.returncode == 0
    said = json.loads(out.splitlines()[-1])["said"]
    assert not said or "ont changé" in said  # it came first, or it was stopped with a clear reason
    final = answer(folder, "transfer")
    assert final["said"] == ""
    again = answer(folder, "transfer")
    assert again["digests"] == final["digests"]
    assert again["months"] == final["months"]


@pytest.mark.skipif(bool(SERVER), reason="fills up the file of SQLite")
@pytest.mark.parametrize("spare_pages", [2, 60])
def test_a_disk_that_fills_up_is_said_and_leaves_the_data_as_before(folder: Path, spare_pages: int) -> None:
    before = answer(folder, "state")
    after = answer(folder, "transfer_on_a_small_disk", spare_pages)
    assert "disque est plein" in after["said"]
    assert "fichier" not in after["said"]
    assert after["digests"] == before["digests"]
    assert after["months"] == before["months"]
    assert after["acts"] in (["refused"], [])
    assert answer(folder, "transfer")["said"] == ""
