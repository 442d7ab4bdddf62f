"""Posts of an older version, on data that a newer one has worked on: they stop, say why, and touch nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.child_processes import ROOT, environment_for
from tests.maintenance.posts import Post, posts_on

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions") / "bureau"


@pytest.fixture(scope="module")
def post(folder: Path) -> Iterator[Post]:
    """A post of this version, which plays what a newer one would have done."""
    with posts_on(folder) as start:
        yield start()


def _start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "scarabee.cli.main", *arguments],
        cwd=ROOT,
        env=environment_for(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _said(process: "subprocess.Popen[str]") -> str:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    return errors


def test_a_worker_stops_when_another_machine_is_upgraded(folder: Path, post: Post) -> None:
    post("version ")
    worker = _start(folder, "worker")
    while post("stamp")[0][1] == "":  # the worker stamps the database once it has started
        pass
    post("version 99.0")
    assert "version 99.0 de Scarabée" in _said(worker)


def test_a_command_is_refused_and_leaves_everything_as_it_was(folder: Path, post: Post) -> None:
    post("version 99.0")
    before = post("stamp")
    for arguments in (("dossier", "creer", "Nord"), ("dossiers",)):
        said = _said(_start(folder, *arguments))
        assert "mises à jour par la version 99.0" in said and "Mettez Scarabée à jour" in said
    assert post("stamp") == before


def test_migrations_that_this_version_does_not_know_are_enough(folder: Path, post: Post) -> None:
    post("version 0.0.1")
    post("migrated 0999_of_the_future")
    before = post("stamp")
    assert "mises à jour" in _said(_start(folder, "dossiers"))
    assert post("stamp") == before
