"""A page of the SQLite file that a disk has spoiled: bytes are flipped while everybody is stopped.

Either nothing that is read differs, or it is noticed: by the backup, by the diagnostic, by a refusal in words. A
spoiled database that goes into an archive marked proved breaks the promise. The file is put back afterwards.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.faults.crew import Process
from tests.faults.outcomes import Fault, Outcome

if TYPE_CHECKING:
    from tests.faults.laboratory import Laboratory

HARMLESS, NOTICED = "page inutilisée, rien n’a changé", "remarquée"
_MOST = 64


def spoil(lab: "Laboratory") -> Outcome:
    """Flip some bytes of a page, save and examine, put the file back."""
    outcome = Outcome(Fault("sauvegarde", "page"), struck=True)
    standing, lab.crew.standing = lab.crew.standing, {}
    for role in standing:
        lab.crew.kill(role)
    base = lab.folder / "scarabee.sqlite3"
    whole = lab.home / "base-saine"
    with closing(sqlite3.connect(base)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page_size,) = database.execute("PRAGMA page_size").fetchone()
    shutil.copyfile(base, whole)
    before = lab.crew.ask("look")
    outcome.point = _flip(lab, page_size)
    done = lab.crew.run("personne", "sauvegarder")
    lab.crew.wait(done, 60)
    told = lab.crew.run("personne", "diagnostic")
    lab.crew.wait(told, 60)
    looked = lab.crew.act("look")
    lab.crew.wait(looked, 60)
    reads_well = looked.code == 0 and _answer(looked) == before
    if done.code == 0 and not reads_well and told.code == 0:
        outcome.wrong.append(f"page abîmée dans une archive vérifiée : {outcome.point} ; {looked.said()[-300:]}")
    outcome.ended = HARMLESS if reads_well and done.code == 0 else NOTICED
    for name in ("sauvegarder", "diagnostic"):
        process = done if name == "sauvegarder" else told
        if "Traceback" in process.said():
            outcome.wrong.append(f"{name} : {process.said().splitlines()[-1][:200]}")
    for extra in ("-wal", "-shm"):
        base.with_name(base.name + extra).unlink(missing_ok=True)
    shutil.copyfile(whole, base)
    lab.crew.standing = standing
    lab.crew.keep_alive()
    return outcome


def _flip(lab: "Laboratory", page_size: int) -> str:
    base = lab.folder / "scarabee.sqlite3"
    page = lab.chance.randrange(base.stat().st_size // page_size)
    start = page * page_size + lab.chance.randrange(page_size - _MOST)
    count = lab.chance.choice([1, 4, _MOST])
    with base.open("r+b") as file:
        file.seek(start)
        spoiled = bytes(one ^ lab.chance.randrange(1, 256) for one in file.read(count))
        file.seek(start)
        file.write(spoiled)
    return f"page {page}, {count} octets"


def _answer(process: Process) -> Any:
    return json.loads(process.answer.read_text())
