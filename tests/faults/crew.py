"""The processes of Scarabée that run under fault, forked from their mother: started, killed, started again."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.child_processes import ROOT

PATIENCE_SECONDS = 120


@dataclass
class Process:
    """One that runs, or ran: `code` is None until its end, minus the signal that killed it."""

    role: str
    pid: int
    log: Path
    answer: Path
    is_ours: bool = False
    """One of the laboratory's own functions, not a command of Scarabée."""
    code: int | None = None

    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def signal(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to it and to all that it started."""
        if self.code is None:
            with suppress(OSError):
                os.killpg(self.pid, number)


class Crew:
    """`standing`: {role: arguments} of those that are to be kept alive, as the launcher keeps them."""

    def __init__(self, lab: Path, environment: dict[str, str]) -> None:
        self.lab, self.logs = lab, lab / "journaux"
        self.logs.mkdir(exist_ok=True)
        self.standing: dict[str, list[str]] = {}
        self.alive: dict[str, Process] = {}
        self.by_pid: dict[int, Process] = {}
        self.deaths: list[Process] = []
        self.number = 0
        self._started: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._one_at_a_time = threading.Lock()
        with (lab / "mere.journal").open("ab") as errors:
            self.mother = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.zygote"], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        assert self.mother.stdout is not None
        assert self.mother.stdout.readline(), (lab / "mere.journal").read_text()
        self._ear = threading.Thread(target=self._listen, name="crew", daemon=True)
        self._ear.start()

    def run(self, role: str, *argv: str) -> Process:
        """Start a command of Scarabée."""
        return self._start(role, {"argv": list(argv)})

    def act(self, name: str, *arguments: Any, role: str = "personne") -> Process:
        """Start a function of `tests.faults.acts`."""
        return self._start(role, {"act": name, "args": arguments})

    def ask(self, name: str, *arguments: Any) -> Any:
        """What such a function answers; fails when it does."""
        process = self.act(name, *arguments)
        while process.code is None:
            self.keep_alive()
            self.wait(process, 0.5)
        assert process.code == 0, f"{name}: {process.code}\n{process.said()[-3000:]}"
        return json.loads(process.answer.read_text())

    def wait(self, process: Process, seconds: float) -> bool:
        """Wait for its end; False when it did not come."""
        with self._changed:
            return self._changed.wait_for(lambda: process.code is not None, seconds)

    def keep_alive(self) -> None:
        """Start again what is to stand and does not."""
        for role, argv in self.standing.items():
            process = self.alive.get(role)
            if process is None or process.code is not None:
                self.alive[role] = self.run(role, *argv)

    def kill(self, role: str) -> bool:
        """kill -9; whether it was alive."""
        process = self.alive.get(role)
        if process is None or process.code is not None:
            return False
        process.signal()
        self.wait(process, 10)
        return True

    def stop(self) -> None:
        """Everybody, for good."""
        self.standing.clear()
        for process in self.by_pid.values():
            process.signal()
        assert self.mother.stdin is not None
        assert self.mother.stdout is not None
        self.mother.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.mother.wait(10)
        self.mother.kill()
        self.mother.wait()
        self._ear.join(10)
        self.mother.stdout.close()

    def quiet(self) -> None:
        """Stop everybody for a while; `keep_alive` starts those that stand again."""
        for role in self.standing:
            self.kill(role)

    def last_words(self) -> str:
        """The end of what each process said, the latest first."""
        said = [f"-- {one.role} ({one.code})\n{one.said()[-2000:]}" for one in self.by_pid.values() if one.said()]
        return "\n".join(said[-12:])

    def _start(self, role: str, what: dict[str, Any]) -> Process:
        with self._one_at_a_time:
            self.number += 1
            log, answer = self.logs / f"{self.number}-{role}.log", self.logs / f"{self.number}.json"
            self._asked = Process(role, 0, log, answer, "act" in what)
            order = {"id": self.number, "role": role, "log": str(log), "answer": str(answer), **what}
            assert self.mother.stdin is not None
            self.mother.stdin.write(json.dumps(order).encode() + b"\n")
            self.mother.stdin.flush()
            pid = self._started.get(timeout=PATIENCE_SECONDS)
            return self.by_pid[pid]

    def _listen(self) -> None:
        assert self.mother.stdout is not None
        for line in self.mother.stdout:
            told = json.loads(line)
            with self._changed:
                if "id" in told:
                    self._asked.pid = told["pid"]
                    self.by_pid[told["pid"]] = self._asked
                    self._started.put(told["pid"])
                elif process := self.by_pid.get(told["pid"]):
                    process.code = told["code"]
                    if process.role in self.standing and told["code"] not in (-signal.SIGKILL, 0):
                        self.deaths.append(process)
                self._changed.notify_all()
