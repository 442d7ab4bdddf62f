"""Every command as every role, with --en-tant-que: what is not granted is denied, changes and tells nothing.

A new command or action must be added to `rights_commands.COMMANDS`, with the right that it asks for.
"""

import argparse
import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from unittest import mock

import pytest
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.rights_commands import COMMANDS, SELF, Ask
from tests.consistency.rights_jobs import JOBS
from tests.consistency.rights_pages import PAGES
from tests.consistency.rights_scene import WALKED, Role, Scene, has_right, standing, undone, writes

from scarabee.cli.main import command_names, main
from scarabee.cli.parser import FrenchParser
from scarabee.cli.registry import COMMANDS as MODULES

pytestmark = pytest.mark.django_db

DONE, REFUSED = 0, 1
NOWHERE = "Nulle part"


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        yield scene


@dataclass(frozen=True)
class Ran:
    """What a command answered, and the tables that were changed by it."""

    code: int
    text: str
    changed: list[str]


def run(scene: Scene, role: Role, line: list[object], stdin: str = "") -> Ran:
    """The real command line, in this process, as a person of this role; what it did is taken back."""
    said = io.StringIO()
    name = scene.users[role].username
    arguments = ["--en-tant-que", name, *(name if word == SELF else str(word) for word in line)]
    with undone(), redirect_stdout(said), redirect_stderr(said), mock.patch("sys.stdin", io.StringIO(stdin)):
        with mock.patch.dict(os.environ):  # some commands choose their own data folder
            before = writes()
            code = main(arguments)
        changed = scene.changed(since=before)
    if changed:
        scene.settle()
    return Ran(code, said.getvalue(), changed)


def actions(name: str) -> list[str]:
    """The actions of a command; "" where it may do without, or has none."""
    parser = FrenchParser(prog=name)
    import_module(MODULES[name]).add_arguments(parser)
    for argument in parser._actions:
        if isinstance(argument, argparse._SubParsersAction):
            return [*argument.choices, *([] if argument.required else [""])]
        if not argument.option_strings and argument.choices:
            return [*argument.choices, *([""] if argument.nargs == "?" and argument.default is None else [])]
    return [""]


NAMES = [(name, action) for name in command_names() for action in actions(name)]


def test_every_command_and_action_stands_in_the_table() -> None:
    assert set(NAMES) - COMMANDS.keys() == set(), "add these to rights_commands.COMMANDS, with the right they ask for"
    assert COMMANDS.keys() - set(NAMES) == set(), "these are gone"


@pytest.mark.parametrize("name", [name for name in NAMES if name in COMMANDS], ids=" ".join)
def test_a_command_answers_each_role_as_the_table_says(name: tuple[str, str], scene: Scene, tmp_path: Path) -> None:
    faults = [
        fault for ask in COMMANDS[name](scene, tmp_path) for role in WALKED[1:] for fault in _faults(scene, role, ask)
    ]
    assert not faults, "\n".join(faults)


def _faults(scene: Scene, role: Role, ask: Ask) -> Iterator[str]:
    granted = has_right(ask.job.right, role, ask.target)
    if granted and ask.changes is None:
        return
    ran = run(scene, role, ask.line, ask.stdin)
    of = f"{' '.join(map(str, ask.line))} by {role.name}"
    if ran.code != (DONE if granted else REFUSED):
        yield f"{of}: exit code {ran.code}\n{ran.text}"
    if bool(ran.changed) != bool(granted and ask.changes):
        yield f"{of}: {', '.join(ran.changed) or 'nothing'} was changed"
    text = ran.text
    for word in map(str, ask.line):  # what was typed may be said again
        text = text.replace(word, "")
    if told := scene.told_in_vain(role, text):
        yield f"{of}: tells {told}\n{ran.text}"


@pytest.mark.parametrize("role", [Role.OUTSIDER, Role.KEEPER])
def test_a_hidden_dossier_is_answered_like_one_that_does_not_exist(role: Role, scene: Scene, tmp_path: Path) -> None:
    hidden = {scene.places[place].name for place in ("hidden", "hidden archived", "hidden empty")}
    asked = 0
    for asks in COMMANDS.values():
        for ask in asks(scene, tmp_path):
            typed = hidden & set(map(str, ask.line))
            if not typed:
                continue
            asked += 1
            (name,) = typed
            there = run(scene, role, ask.line)
            nowhere = run(scene, role, [NOWHERE if word == name else word for word in ask.line])
            assert (there.code, there.text.replace(name, NOWHERE)) == (nowhere.code, nowhere.text), ask.line
    assert asked > 10


def test_the_table_of_jobs_names_the_screens_and_commands_there_are(scene: Scene, tmp_path: Path) -> None:
    by_command = {(name, ask.job) for (name, _), asks in COMMANDS.items() for ask in asks(scene, tmp_path)}
    by_screen = {job for page in PAGES.values() for job in page.jobs}
    assert [(name, job.title) for name, job in by_command if not re.search(rf"`{name}\b", job.command)] == []
    assert [job.title for job in JOBS if bool(job.command) != (job in {job for _, job in by_command})] == []
    assert [job.title for job in JOBS if bool(job.screen) != (job in by_screen)] == []
