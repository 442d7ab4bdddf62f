"""The laboratory: an installation that lives through faults, one after the other, and is judged after each.

Real processes (pages, two workers, a clock, commands) on a real database and a small disk of its own; a bouchon that
keeps what was deposited. Each fault strikes one job; what was broken is mended as a person would (server started again,
disk emptied), time goes on until nothing is under way, and the state must be the one before the job or the one after.
"""

import atexit
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults import hooks
from tests.faults.crew import Crew, Process
from tests.faults.deeds import DEEDS, Deed
from tests.faults.jobs import BASE, JOBS, TO_MARK
from tests.faults.judging import judge
from tests.faults.outcomes import DONE, Fault, Outcome
from tests.faults.servers import Postgres, Sqlite
from tests.filings.portal.front import Front

from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

DISK = "450m"
FIRST_MOMENT = "2026-10-24T20:00:00+02:00"
JOB_SECONDS, LASTING_SECONDS, SETTLE_SECONDS = 60.0, (0.2, 0.7), 200.0
MARK = "Repère"


class Laboratory:
    """One installation under fault, on one engine. `close` leaves nothing behind.

    `moves`: a PostgreSQL stands beside SQLite. `pages`, `workers`: who runs. `mounts`: disks are small and real.
    """

    def __init__(
        self, engine: str, seed: int, *, moves: bool = False, pages: bool = True, workers: bool = True,
        mounts: bool = False,
    ) -> None:  # fmt: skip
        self.engine, self.chance = engine, random.Random(seed)
        self.home = Path(tempfile.mkdtemp(prefix="scarabee-fautes-"))
        self.home.chmod(0o755)
        atexit.register(self.close)
        self.mounts = mounts
        self.disk = self._disk("disque")
        self.folder = self.disk / "donnees"
        self.folder.mkdir(mode=0o700)
        (self.home / hooks.CLOCKS).mkdir()
        self.frozen = 0
        self.threads: list[threading.Thread] = []
        self.set_all(self.seconds_until(FIRST_MOMENT))
        self.postgres = Postgres(self._disk("serveur")) if engine == "postgresql" or moves else None
        self.server: Sqlite | Postgres = (
            self.postgres if self.postgres and engine == "postgresql" else Sqlite(self.folder)
        )
        if self.postgres:
            self.postgres.start()
        account = Account("73282932000074", "D'HERVAULT", "Noémie", "Corail.2026-Dune", ("25", "26"))
        self.bouchon = Bouchon(folder=self.home / "bouchon", accounts=[account], clock=self.now).start()
        self.front = Front(self.bouchon.address).__enter__()
        self.bouchon.state.address = self.front.address
        self.port = _free_port()
        self.crew = Crew(self.home, self._environment())
        self.states: dict[str, dict[str, str]] = {}
        self.where, self.archive, self.number, self.targets = BASE, "", 0, 0
        self.armed: Fault | None = None
        self.struck = threading.Event()
        self.told: dict[str, Any] = {}
        self._deposits = self._files_to_deposit()
        self.again: Path | None = None
        self.lost: set[str] = set()
        self._listen()
        self._begin(pages, workers)

    # -- what jobs and deeds use ------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The moment of everybody, the portal included."""
        return datetime.now(UTC) + timedelta(seconds=float(self._clock("tous").read_text()))

    def seconds_until(self, moment: str) -> float:
        """From the present of everybody (of the machine, at first) to a moment."""
        here = self.now() if self._clock("tous").exists() else datetime.now(UTC)
        return (datetime.fromisoformat(moment) - here).total_seconds()

    def set_all(self, seconds: float) -> None:
        """Move the clock of everybody."""
        path = self._clock("tous")
        _write(path, str((float(path.read_text()) if path.exists() else 0.0) + seconds))

    def set_clock(self, role: str, wrong: float) -> None:
        """Make the clock of one process wrong by so many seconds."""
        _write(self._clock(role), str(wrong))

    def right_clocks(self) -> None:
        """Nobody's clock is wrong any more; everybody's is never before what it was."""
        for path in (self.home / hooks.CLOCKS).iterdir():
            if path.name != "tous":
                path.unlink()
        if self.before_fault is not None and self.now() < self.before_fault:
            self.set_all((self.before_fault - self.now()).total_seconds())

    before_fault: datetime | None = None
    _timer: threading.Timer | None = None

    def any_pid(self) -> int:
        """A process that is alive."""
        alive = [one.pid for one in self.crew.by_pid.values() if one.code is None and one.role != "témoin"]
        return self.chance.choice(alive) if alive else 0

    def next_deposit(self) -> Path:
        """A file that was never handed in, or the one whose handing in failed."""
        if self.again is None:
            self.again = next(self._deposits)
        return self.again

    def new_target(self) -> str:
        """The address of an empty database of the PostgreSQL beside."""
        assert self.postgres
        self.targets += 1
        self.postgres.ask(f"CREATE DATABASE cible_{self.targets} TEMPLATE template0")
        return self.target

    @property
    def target(self) -> str:
        assert self.postgres
        return f"postgresql://scarabee@127.0.0.1:{self.postgres.line.port}/cible_{self.targets}"

    # -- one fault --------------------------------------------------------------------------------------------

    def learn(self, name: str) -> list[str]:
        """Do a job without a fault: the states it joins, and its commit points, as "role place" in their order."""
        self._at(JOBS[name].before)
        (self.home / hooks.HEARD).write_text("")
        outcome = self.strike(Fault(name, ""))
        heard = (self.home / hooks.HEARD).read_text().splitlines()
        (self.home / hooks.HEARD).unlink()
        is_moved = outcome.ended == DONE or JOBS[name].before == JOBS[name].after
        assert is_moved and not outcome.wrong, f"{name}: {outcome}\n{self.crew.last_words()}"
        return heard

    def strike(self, fault: Fault) -> Outcome:
        """Begin the job, let the fault strike, mend, settle, judge."""
        begun, outcome, job = time.monotonic(), Outcome(fault), JOBS[fault.job]
        self.struck.clear()
        self.told, self.armed, self.before_fault = {}, fault if fault.deed else None, self.now()
        self.hung = False
        deaths = len(self.crew.deaths)
        self._at(job.before)
        numbers = self.crew.ask("numbers")
        self.number += 1
        if fault.deed:
            self._arm(fault)
        process = job.begin(self, numbers)
        self._watch(process)
        found = self._settled(process)
        outcome.struck = self.struck.is_set()
        outcome.point, outcome.role = self.told.get("place", ""), self.told.get("role", "")
        outcome.deaths = len(self.crew.deaths) - deaths
        judge(self, outcome, job, process, found)
        outcome.seconds = time.monotonic() - begun
        return outcome

    def _at(self, state: str) -> None:
        """Make the state a job starts from, when the laboratory makes it: an archive, and what it does not hold."""
        if state == TO_MARK and self.where == BASE:
            done = self.crew.run("personne", "sauvegarder")
            self.crew.wait(done, 60)
            assert done.code == 0, done.said()
            self.archive = done.said().splitlines()[0]
            self.crew.ask("mark", MARK)
            self.where = TO_MARK
            self.states[TO_MARK] = self.crew.ask("look")["state"]
        assert self.where == state, (self.where, state)

    def _arm(self, fault: Fault) -> None:
        if not fault.place:
            self._timer = threading.Timer(fault.seconds, self._do, [0])
            self._timer.daemon = True
            self._timer.start()
            return
        plan = {
            "id": str(self.number), "place": fault.place, "when": fault.when, "skip": fault.skip,
            "roles": fault.roles,
        }  # fmt: skip
        _write(self.home / hooks.ARMED, json.dumps(plan))

    def _disarm(self) -> None:
        (self.home / hooks.ARMED).unlink(missing_ok=True)
        if self._timer is not None:
            self._timer.cancel()

    def _do(self, pid: int) -> str:
        if self.armed is None:
            return ""
        answer = ""
        deed: Deed = DEEDS[self.armed.deed]
        try:
            answer = deed.do(self, pid) or ""
        finally:
            self.struck.set()
        return answer

    def _watch(self, process: Process) -> None:
        """Until the job ended, or the fault struck and lasted."""
        until = time.monotonic() + JOB_SECONDS
        while time.monotonic() < until and not self.struck.is_set() and not self.crew.wait(process, 0.03):
            pass
        self.crew.wait(process, 0.0 if self.struck.is_set() else 0.05)

    def _settled(self, process: Process) -> dict[str, Any]:
        """Time goes on, the fault is mended once it struck; what is found when nothing is under way any more."""
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            if self.struck.is_set():
                self._last(process)
                self.repair()
            self._wait_for(process)
            looking = self.crew.act("settle", self._shown(), not self.crew.standing, role="témoin")
            was_struck = self.struck.is_set()
            while not self.crew.wait(looking, 0.1):
                self.crew.keep_alive()
                if self.struck.is_set() and not was_struck:
                    was_struck = True
                    self._last(process)
                    self.repair()
                if time.monotonic() > until:
                    looking.signal()
                    return {"doing": ["ne se calme pas"], "wrong": [], "state": {}, "filings": [], "decided": 0}
            self._disarm()
            if looking.code == 0 and (was_struck or not self.struck.is_set()):
                found: dict[str, Any] = json.loads(looking.answer.read_text())
                return found
            if looking.code not in (0, -signal.SIGKILL) and time.monotonic() > until - 20:
                return {
                    "doing": [looking.said()[-1500:]], "wrong": [], "state": {}, "filings": [], "decided": 0
                }  # fmt: skip

    def _last(self, process: Process) -> None:
        """Let the fault last a little, and whoever works say what it has to say."""
        self.crew.wait(process, self.chance.uniform(*LASTING_SECONDS))
        self._disarm()

    def repair(self) -> None:
        """What people do who find it broken: disk emptied, server started, processes started again."""
        for thread in self.threads:
            thread.join(15)
        self.threads.clear()
        deed = DEEDS.get(self.armed.deed) if self.armed else None
        if deed is not None and not deed.needs_server:
            deed.mend(self)
        if self.postgres:
            self.postgres.repair()
        if deed is not None and deed.needs_server:
            deed.mend(self)
        self.crew.keep_alive()

    # -- waiting ----------------------------------------------------------------------------------------------

    def _wait_for(self, process: Process) -> None:
        """Until what a person looks at has ended; one that does not is taken for hung, which the judge tells."""
        until = time.monotonic() + JOB_SECONDS
        while not self.crew.wait(process, 0.1) and time.monotonic() < until:
            if self.struck.is_set():
                self.repair()
        if process.code is None:
            self.hung = True
            process.signal()
            self.crew.wait(process, 5)

    def _shown(self) -> dict[str, str]:
        return {one.sha256: one.idflux for one in self.bouchon.state.store.deposits()}

    # -- beginning and end ------------------------------------------------------------------------------------

    def _begin(self, pages: bool, workers: bool) -> None:
        self.crew.ask("prepare")
        self.more_file = self.home / "avril.dsn"
        self.more_file.write_bytes(bytes.fromhex(self.crew.ask("more_hex")))
        if workers:
            self.crew.standing |= {"worker-1": ["worker"], "worker-2": ["worker"], "horloge": ["horloge"]}
        if pages:
            self.crew.standing["web"] = ["web", "--port", str(self.port)]
        self.crew.keep_alive()
        found = self.crew.ask("settle", {}, not self.crew.standing)
        assert not found["doing"] and not found["wrong"], found
        self.states[BASE] = found["state"]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ, **self.server.environment(), "SCARABEE_DONNEES": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "SCARABEE_LABORATOIRE": str(self.home),
            "SCARABEE_PORTAIL": self.front.address, "PYTHONWARNINGS": "ignore", "SCARABEE_ROLE": "?",
        }  # fmt: skip

    def _disk(self, name: str) -> Path:
        """A small disk in memory, in a mount name space of our own (root alone can); a folder otherwise."""
        path = self.home / name
        path.mkdir()
        if self.mounts:
            _own_mounts()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(path)], check=True)
        return path

    def _files_to_deposit(self) -> Iterator[Path]:
        """Files of one réel declaration each, all of another employer or month."""
        folder = self.home / "a-deposer"
        folder.mkdir()
        invented = invent_bureau(26, employers=80, employees_per_employer=(1, 2), months=12)
        for month in reversed(invented.all_months):
            for one in invented.employers:
                if one.declares(month) and invented.employed(one, month):
                    path = folder / f"{month}-{one.siret}.dsn"
                    path.write_bytes(month_file(invented, month, employers=[one.siret], real=True))
                    yield path

    def _listen(self) -> None:
        """The door at which a process that reached its commit point asks what to do."""
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(self.home / hooks.DOOR))
        door.listen(8)
        self._door = door

        def serve() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:
                    return
                with visitor, suppress(OSError):
                    self.told = json.loads(visitor.makefile().readline())
                    answer = self._do(self.told["pid"])
                    visitor.sendall((answer or "va").encode() + b"\n")

        threading.Thread(target=serve, name="door", daemon=True).start()

    def _clock(self, name: str) -> Path:
        return self.home / hooks.CLOCKS / name

    def close(self) -> None:
        """Stop everything, unmount, remove. Harmless twice."""
        atexit.unregister(self.close)
        with suppress(Exception):
            self.repair()
        for name in ("crew", "front", "bouchon", "postgres"):  # some may not be there yet
            with suppress(Exception):
                getattr(self, name).stop()
        with suppress(Exception):
            self._door.close()
        if self.mounts:
            for name in ("disque", "serveur"):
                subprocess.run(["umount", "--lazy", str(self.home / name)], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{threading.get_ident()}")
    draft.write_text(text)
    os.replace(draft, path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_apart = [False]


def _own_mounts() -> None:
    """Mount where nobody else sees it, so that nothing stays mounted whatever becomes of us."""
    if not _apart[0]:
        os.unshare(os.CLONE_NEWNS)
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        _apart[0] = True
