# ruff: noqa: E402
"""A process of its own that saves, and others of its own that it starts, so that they may be killed.

`python -m tests.backups.backup_child ACT …`

The data folder is SCARABEE_DONNEES; the last line printed is one JSON document. Processes are forked: what is killed is
a real one, and making it costs nothing.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.conf import settings
from django.db import connection, transaction

from scarabee.backups import archive, contents, keys, places, proving, snapshot, writing
from scarabee.backups.models import Backup
from scarabee.dossiers.models import Dossier
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

OWNER = Actor.owner()
POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before the row": (writing, "_begin", 1, False),
    "after the row": (writing, "_begin", 1, True),
    "before the snapshot": (snapshot, "_findings", 1, False),
    "with the scratch copy made": (archive, "write", 1, False),
    "in the middle of the archive": (archive, "_padding", 2, True),
    "before the rename": (os, "replace", 1, False),
    "after the rename": (os, "replace", 1, True),
    "before it is told": (journal, "record", 1, False),
    "before the proof": (proving, "prove", 1, False),
    "in the middle of the proof": (archive.Archive, "_note", 1, True),
    "after the proof": (proving, "prove", 1, True),
}
"""Where a backup may die: in which function, at which call, before or after what it does."""


@dataclass
class Fork:
    """A process that runs an act; `end` gives what it returned, or the signal that killed it."""

    pid: int
    out: int

    @classmethod
    def of(cls, act: Callable[[], Any]) -> "Fork":
        connection.close()
        out, into = os.pipe()
        if (pid := os.fork()) == 0:
            os.close(out)
            try:
                os.write(into, json.dumps(act()).encode())
            finally:
                os._exit(0)
        os.close(into)
        return cls(pid, out)

    def end(self) -> Any:
        with os.fdopen(self.out, "rb") as answer:
            said = answer.read()
        status = os.waitpid(self.pid, 0)[1]
        return json.loads(said) if said else {"signal": os.WTERMSIG(status)}


def fill() -> str:
    """A bureau, with a sealed password, a file that waits, and a first key of backups."""
    from tests.backups.bureau import fill as fill_bureau

    fill_bureau()
    keys.writing_identity()
    waiting = Path(settings.DATA_FOLDER) / "fichiers" / "depots" / "4" / "envoi.dsn"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"S10" * 1000)
    return "filled"


def first_keys() -> list[str]:
    """What several processes say is the key, each the first to need one."""
    forks = [Fork.of(keys.writing_identity) for _ in range(4)]
    return [fork.end() for fork in forks]


def back_up() -> dict[str, Any]:
    try:
        return _described(writing.back_up(actor=OWNER, reason="essai"))
    except Refusal as refusal:
        return {"refused": refusal.message, "safe": refusal.safe}


def die_everywhere() -> dict[str, Any]:
    """For each point: how the process ended, what lay there, and what a sweep made of it."""
    return {point: _die_at(point) for point in POINTS}


def _die_at(point: str) -> dict[str, Any]:
    for left in places.backups_folder().iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    before = Backup.objects.count()
    ended = Fork.of(lambda: _back_up_and_die(point)).end()
    found = sorted(places.backups_folder().glob(f"*{contents.SUFFIX}"))
    return {
        **ended,
        "lay": _files(),
        "rows": [sum(proving.prove(path).rows.values()) for path in found],  # what has its name is whole
        "swept": writing.sweep_interrupted(),
        "left": _files(),
        "backups": [_described(one) for one in Backup.objects.order_by("pk")[before:]],
        "broken": journal.verify(),
        "again": Fork.of(back_up).end(),
        "at last": _files(),
    }


def _back_up_and_die(point: str) -> Any:
    module, name, calls, after = POINTS[point]
    real, left = getattr(module, name), [calls]

    def deadly(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, deadly)
    return back_up()


def several_at_once() -> list[Any]:
    """What became of several that began at the same moment, and the archives there are."""
    forks = [Fork.of(back_up) for _ in range(3)]
    return [[fork.end() for fork in forks], _files()]


def back_up_within(limit: str) -> dict[str, Any]:
    """Save on a disk that takes no file larger than this many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    said = back_up()
    last = JournalEntry.objects.latest("sequence")
    return {"said": said, "left": _files(), "row": _described(Backup.objects.latest("pk")), "code": last.code}


def save_while_others_write() -> dict[str, Any]:
    """Three backups while another process adds dossiers by pairs; what each archive tells, and how many pairs."""
    stop = Path(settings.DATA_FOLDER) / "assez"
    writer = Fork.of(lambda: _write_in_pairs(stop))
    while not Dossier.objects.filter(name="b0").exists():
        time.sleep(0.01)
    told = []
    for _ in range(3):
        proof = proving.prove(Path(back_up()["path"]))
        told.append({"rows": dict(proof.rows), "dossiers": proof.dossiers, "journal": dict(proof.journal)})
    stop.touch()
    return {"pairs": writer.end(), "told": told}


def _write_in_pairs(stop: Path) -> int:
    pairs = 0
    while not stop.exists():
        with transaction.atomic():
            for half in "ab":
                name = f"{half}{pairs}"
                Dossier.objects.create(name=name, name_key=name, created_at=now())
            journal.record(OWNER, "dossier.cree", count=pairs)
        pairs += 1
        time.sleep(0.005)  # SQLite gives the write lock to whoever comes first: leave it to the backup at times
    return pairs


def _described(backup: Backup) -> dict[str, Any]:
    return {
        "path": backup.path,
        "made": backup.made_at is not None,
        "proved": backup.proved_at is not None,
        "problem": backup.problem,
    }


def _files() -> list[str]:
    return sorted(one.name for one in places.backups_folder().iterdir() if one.name != "verrou")


def main(act: str, *arguments: str) -> None:
    acts: dict[str, Callable[..., Any]] = {
        one.__name__: one
        for one in (
            fill, first_keys, back_up, back_up_within, die_everywhere, several_at_once, save_while_others_write
        )
    }  # fmt: skip
    print(json.dumps(acts[act](*arguments)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
