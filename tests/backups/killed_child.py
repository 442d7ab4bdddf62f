"""A process that restores, killed by itself at every step: `python -m tests.backups.killed_child`, on its data folder.

Each attempt is a process of its own, forked; SIGKILL comes before the nth statement that it sends. Writes as JSON what
stood afterwards, each time.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

KILLS = 10


def main() -> None:
    import django

    django.setup()
    from django.db import connections
    from tests.backups.bureau import fill

    from scarabee.accounts.services.users import create_user
    from scarabee.backups import writing
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor

    fill()
    archive = Path(writing.back_up(actor=Actor.owner(), reason="essai").path)
    wanted = state()
    create_user(actor=Actor.owner(), username="Zoé")
    Dossier.objects.filter(name="Repli").delete()
    before = state()
    connections.close_all()
    total = in_a_fork(partial(count_statements, archive))
    seen = []
    for part in range(KILLS + 1):
        code = in_a_fork(partial(restore, archive, max(1, total * part // KILLS)))
        seen.append({"killed": code == -signal.SIGKILL, "as_before": state() == before, "journal": broken()})
        connections.close_all()
    code = in_a_fork(partial(restore_and_die_committed, archive))
    last = {"killed": code == -signal.SIGKILL, "as_archive": state() == wanted, "journal": broken()}
    connections.close_all()
    code = in_a_fork(partial(restore, archive, 0))
    again = {"code": code, "as_archive": state() == wanted, "left": leftovers(archive.parent)}
    json.dump({"total": total, "seen": seen, "last": last, "again": again}, sys.stdout)


def in_a_fork(work: Callable[[], int]) -> int:
    """What this work returns in a process of its own; minus the signal that ended it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writer, str(work()).encode())
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code else int(text)


class Statements:
    """Counts what is sent to the database, and dies before the nth."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def restore(archive: Path, last: int) -> int:
    from django.db import connection

    from scarabee.backups import restoring
    from scarabee.maintenance.journal import Actor

    with connection.execute_wrapper(Statements(last)):
        restoring.restore(actor=Actor.owner(), path=archive)
    return 0


def count_statements(archive: Path) -> int:
    """How many statements there are until the commit, which does not come."""
    from django.db import connection

    from scarabee.backups import restoring
    from scarabee.maintenance import window
    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.journal import Actor

    counted, at_the_end = Statements(0), list[int]()

    def refuse() -> None:
        at_the_end.append(counted.count)
        raise Refusal("Assez.")

    window.hold = refuse
    with connection.execute_wrapper(counted):
        try:
            restoring.restore(actor=Actor.owner(), path=archive)
        except Refusal:
            return at_the_end[-1]
    raise AssertionError("it committed")


def restore_and_die_committed(archive: Path) -> int:
    from scarabee.backups import anchors

    anchors.note_head = lambda: os.kill(os.getpid(), signal.SIGKILL)
    return restore(archive, 0)


def state() -> dict[str, str]:
    """The digest of each table that comes back, but for those in which a return writes."""
    from tests.backups.bureau import everything

    return {name: one.digest for name, one in everything().items()}


def broken() -> list[int]:
    from scarabee.maintenance import journal

    return journal.verify()


def leftovers(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.name.startswith(".lecture-") or one.suffix == ".partiel"]


if __name__ == "__main__":
    main()
