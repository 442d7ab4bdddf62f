"""Which faults strike which jobs: every commit point that the jobs have in turn, and random moments between them."""

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.deeds import DEEDS, POSTGRESQL
from tests.faults.jobs import BASE, JOBS, TO_MARK
from tests.faults.laboratory import Laboratory
from tests.faults.outcomes import Fault, Outcome
from tests.faults.spoiling import spoil

AT_RANDOM = 0.25
"""How many faults strike at a random moment rather than at a commit point."""
SPOILED = 0.06
"""How many faults spoil a page of the file of SQLite."""
_IN_QUEUE = ("file", "depot", "retours", "web")
SAME_PLACE = 3
"""How many times a place counts as another commit point of a job."""


class Program:
    """`outcomes` of all faults that struck; a laboratory in which an invariant broke is left for a new one."""

    def __init__(
        self, engine: str, seed: int, *, jobs: Sequence[str] = (), deeds: Sequence[str] = (), out: Path | None = None,
        learned: Path | None = None, mounts: bool = False,
    ) -> None:  # fmt: skip
        self.engine, self.seed, self.out, self.mounts = engine, seed, out, mounts
        self.chance = random.Random(seed)
        self.jobs = [name for name, job in JOBS.items() if engine in job.engines and (not jobs or name in jobs)]
        self.jobs_only, self.deeds = bool(jobs), deeds
        self.outcomes: list[Outcome] = []
        self.missed = 0
        self.points: dict[str, list[str]] = {}
        self.lasted: dict[str, float] = {}
        self.waiting: dict[str, list[tuple[str, int, str]]] = {}
        self.states: dict[str, dict[str, str]] = {}
        self.learned = learned
        if learned and learned.exists():
            told = json.loads(learned.read_text())
            self.points, self.lasted, self.states = told["points"], told["lasted"], told["states"]
        self.lab: Laboratory | None = None

    @property
    def broken(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.wrong]

    def run(self, faults: int) -> None:
        """Strike until so many faults did."""
        try:
            while len(self.outcomes) < faults:
                lab = self.lab or self._new()
                if self.engine == "sqlite" and not self.jobs_only and self.chance.random() < SPOILED:
                    outcome = spoil(lab)
                else:
                    outcome = lab.strike(self._choose(lab))
                self._note(outcome)
                if outcome.wrong:
                    self._leave(lab, outcome)
        finally:
            if self.lab:
                self.lab.close()

    def _new(self) -> Laboratory:
        """A laboratory that has done every job once, without a fault."""
        lab = Laboratory(
            self.engine,
            self.chance.randrange(1 << 30),
            moves="migrer" in self.jobs,
            pages="import-web" in self.jobs,
            mounts=self.mounts,
            workers=any("worker-1" in JOBS[name].roles for name in self.jobs),
        )
        self.lab = lab
        if self.states.get(BASE) == lab.states[BASE]:  # the same bytes in a new place: nothing to learn again
            lab.states |= self.states
            return lab
        for name in self._all_round():
            begun = time.monotonic()
            heard = [line for line in lab.learn(name) if line.partition(" ")[0] in JOBS[name].roles]
            if name not in self.points:
                self.points[name] = _few_of_each(heard)
                self.lasted[name] = min(3.0, time.monotonic() - begun)
                self._say(f"{name}: {len(self.points[name])} points, {time.monotonic() - begun:.1f} s")
        self.states = {name: state for name, state in lab.states.items() if name != TO_MARK}
        if self.learned:
            told = {"points": self.points, "lasted": self.lasted, "states": self.states}
            self.learned.write_text(json.dumps(told, ensure_ascii=False))
        return lab

    def _all_round(self) -> list[str]:
        """Every job once, each followed by the one that leads back."""
        order: list[str] = []
        for name in self.jobs:
            job = JOBS[name]
            if job.before in (BASE, TO_MARK):
                order.append(name)
                if job.after != BASE:
                    order.append(_back(job.after))
        return order

    def _choose(self, lab: Laboratory) -> Fault:
        names = [name for name in self.jobs if JOBS[name].before == lab.where]
        if lab.where == BASE:
            names += [name for name in self.jobs if JOBS[name].before == TO_MARK]
        if not names:
            names = [name for name, job in JOBS.items() if job.before == lab.where]
        if lab.again is not None and lab.where == BASE and "depot" in names:
            names = ["depot"]
        name = self.chance.choices(names, [JOBS[one].weight for one in names])[0]
        at_random = self.chance.random() < AT_RANDOM or not self.points.get(name)
        deed = self._deed(name, at_random)
        if at_random:
            return Fault(name, deed, seconds=self.chance.uniform(0, self.lasted.get(name, 1.5)))
        place, skip, when = self._point(name)
        return Fault(name, deed, place, when, JOBS[name].roles, skip)

    def _deed(self, job: str, at_random: bool) -> str:
        names = [
            name for name, one in DEEDS.items()
            if (self.engine in one.engines or (job == "migrer" and one.engines == POSTGRESQL))
            and (self.mounts or not one.needs_root)
            and not (at_random and one.points_only) and (not self.deeds or name in self.deeds)
            and (name != "kill-web" or job == "import-web")
            and (name not in ("cle", "kill-worker", "kill-horloge") or job.endswith(_IN_QUEUE))
        ]  # fmt: skip
        return self.chance.choices(names, [DEEDS[one].weight for one in names])[0]

    def _point(self, job: str) -> tuple[str, int, str]:
        """The next commit point of a job: each place, each time it is reached, before and after, in random order."""
        if not self.waiting.get(job):
            met: Counter[str] = Counter()
            every = []
            for line in self.points[job]:
                place = line.partition(" ")[2]
                every += [(place, met[place], when) for when in ("avant", "après")]
                met[place] += 1
            self.chance.shuffle(every)
            self.waiting[job] = every
        return self.waiting[job].pop()

    def _note(self, outcome: Outcome) -> None:
        if not outcome.struck and not outcome.wrong:
            self.missed += 1
            return
        self.outcomes.append(outcome)
        told = {
            "n": len(self.outcomes), "engine": self.engine, "seed": self.seed, "fault": str(outcome.fault),
            "job": outcome.fault.job,
            "deed": outcome.fault.deed, "point": outcome.point, "role": outcome.role, "when": outcome.fault.when,
            "ended": outcome.ended, "wrong": outcome.wrong, "deaths": outcome.deaths, "decided": outcome.decided,
            "seconds": round(outcome.seconds, 1),
        }  # fmt: skip
        if self.out:
            with self.out.open("a") as file:
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
        mark = f"  ** {outcome.wrong}" if outcome.wrong else ""
        self._say(f"{told['n']} {outcome.fault} @{outcome.role} : {outcome.ended} {told['seconds']} s{mark}")

    def _leave(self, lab: Laboratory, outcome: Outcome) -> None:
        """Keep what tells why, and go on elsewhere."""
        if self.out:
            kept = self.out.with_suffix(f".{len(self.outcomes)}")
            shutil.copytree(lab.home / "journaux", kept / "journaux", dirs_exist_ok=True)
            shutil.copytree(lab.folder, kept / "donnees", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.age"))
        lab.close()
        self.lab = None

    def summary(self) -> dict[str, Any]:
        """What was applied and what it led to."""
        deeds: dict[str, Counter[str]] = {}
        for one in self.outcomes:
            deeds.setdefault(one.fault.deed, Counter())[one.ended if not one.wrong else "invariant rompu"] += 1
        points = {(one.fault.job, one.point, one.fault.when) for one in self.outcomes if one.point}
        return {
            "engine": self.engine, "seed": self.seed, "faults": len(self.outcomes), "missed": self.missed,
            "broken": len(self.broken), "points": len(points), "deeds": {name: dict(c) for name, c in deeds.items()},
        }  # fmt: skip

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _few_of_each(heard: list[str]) -> list[str]:
    """Each place at most so many times: what a loop reaches again and again is one place."""
    met: Counter[str] = Counter()
    few = []
    for one in heard:
        met[one] += 1
        if met[one] <= SAME_PLACE:
            few.append(one)
    return few


def _back(state: str) -> str:
    """The job that leads from a state to the one of the beginning."""
    return next(name for name, job in JOBS.items() if job.before == state and job.after == BASE)
