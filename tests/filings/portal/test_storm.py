"""THE STORM: everything goes wrong at random, and still each declaration is deposited once, or waits for a person.

Two workers and two clocks, as real processes that are killed and started again; a portal that cuts, fails, forgets its
tokens and is away; clocks that leap. Judged by what the bouchon keeps. SCARABEE_STORM="1000x4" makes it larger,
SCARABEE_STORM_SEED gives it another seed.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import ROOT, environment_for, with_schema
from tests.filings.factories import RIGHT
from tests.filings.portal.front import CUT_AFTER, CUT_BEFORE, Fault, Front, Reply
from tests.sizes import sized

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

FILINGS, IDENTITIES = (int(part) for part in os.environ.get("SCARABEE_STORM", sized("8x2", "30x3")).split("x"))
SEED = int(os.environ.get("SCARABEE_STORM_SEED", "4"))
LONGEST_SECONDS = 25 + FILINGS
QUIET_SECONDS = 8
CHILD = "tests.filings.portal.storm_child"
ENDED = {"accepted", "conform", "anomalies"}
EXPIRED = {"WWW-Authenticate": 'DSNLogin realm="Expiration du jeton"'}
UNDER_WAY = {"planned", "sending"}


class Time:
    """The time of everybody: that of the machine, moved. Each worker has a clock of its own that may be wrong."""

    def __init__(self, folder: Path) -> None:
        self.offset = 0.0
        self.wrong: dict[str, float] = {}
        self.folder = folder

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.heure"

    def go_on(self, seconds: float) -> None:
        self.offset += seconds
        for name, wrong in self.wrong.items():
            self.set(name, wrong)

    def set(self, name: str, wrong: float) -> None:
        """Give a process a clock that is wrong by so many seconds."""
        self.wrong[name] = wrong
        draft = self.file(name).with_suffix(".brouillon")
        draft.write_text(str(self.offset + wrong))
        os.replace(draft, self.file(name))


class Crowd:
    """The processes that run, each with its clock."""

    def __init__(self, folder: Path, moved: Time) -> None:
        self.folder, self.time = with_schema(folder), moved
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str) -> None:
        self.time.set(name, 0)
        self.running[name] = self._popen(name, name.split("-", maxsplit=1)[0])

    def wait_until_ready(self) -> None:
        for process in self.running.values():
            assert process.stdout is not None
            assert process.stdout.readline() == "READY\n"

    def kill(self, name: str) -> None:
        with self.running.pop(name) as process:
            process.kill()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            with process:
                process.communicate(timeout=60)
            assert process.returncode == 0
        self.running.clear()

    def ask(self, act: str, *arguments: object) -> Any:
        self.time.set("ask", 0)
        with self._popen("ask", act, *arguments) as process:
            out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, act
        return json.loads(out.splitlines()[-1])

    def _popen(self, name: str, act: str, *arguments: object) -> subprocess.Popen[str]:
        environment = environment_for(self.folder) | {"SCARABEE_ESSAI_HEURE": str(self.time.file(name))}
        command = [sys.executable, "-m", CHILD, act, *map(str, arguments)]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


class Weather:
    """What happens to each request: often a fault to a deposit, sometimes to anything else. `met` counts them."""

    def __init__(self) -> None:
        self.chance, self.is_bad, self.met = random.Random(SEED), True, Counter[str]()

    @property
    def deposits(self) -> int:
        return sum(count for name, count in self.met.items() if name.startswith("deposer"))

    def __call__(self, method: str, path: str) -> Fault:
        service = path.split("/")[1]
        if not self.is_bad or self.chance.random() > (0.45 if service == "deposer-dsn" else 0.08):
            self.met[service] += 1
            return None
        fault = self.chance.choice(_FAULTS if service != "authentifier" else _FAULTS[:-1])
        self.met[f"{service} {fault.status if isinstance(fault, Reply) else fault}"] += 1
        return fault


_FAULTS: list[str | Reply] = [
    CUT_BEFORE, CUT_AFTER, CUT_AFTER, CUT_AFTER, Reply(500), Reply(503), Reply(404), Reply(200, b"<html>"),
    Reply(302, headers={"Location": "/maintenance"}), Reply(429), Reply(401, headers=EXPIRED),
]  # fmt: skip
"""The last is no answer to who signs in: an account that is refused waits for a person."""


def rage(crowd: Crowd, bouchon: Bouchon, weather: Weather) -> Counter[str]:
    """A while of anything, with time passing quickly, until enough deposits were tried; what was done."""
    acts: Counter[str] = Counter()
    chance = random.Random(SEED)
    until = time.monotonic() + LONGEST_SECONDS
    tried, since = 0, time.monotonic()
    while time.monotonic() < until and weather.deposits < FILINGS * 0.8:
        if weather.deposits > tried:
            tried, since = weather.deposits, time.monotonic()
        elif time.monotonic() > since + QUIET_SECONDS:  # accounts that were stopped wait for a person
            crowd.ask("look")
            since = time.monotonic()
        time.sleep(0.1)
        crowd.time.go_on(chance.uniform(2, 20))
        name = chance.choice([*crowd.running])
        act = chance.choices(["kill", "leap", "right", "wait", "tokens", "long"], [3, 3, 12, 12, 2, 4])[0]
        acts[act] += 1
        if act == "kill":
            crowd.kill(name)
            crowd.start(name)
        elif act == "leap":
            crowd.time.set(name, chance.choice([-5400, -90, 90, 5400, 100_000, -100_000]))
        elif act == "right":
            crowd.time.set(name, 0)
        elif act == "tokens":
            bouchon.state.tokens.wear_out()
        elif act == "long":
            crowd.time.go_on(chance.uniform(60, 1500))
    return acts


def settle(crowd: Crowd) -> list[dict[str, Any]]:
    """Fair weather, right clocks, and time enough; the filings at last."""
    for name in crowd.running:
        crowd.time.set(name, 0)
    rows: list[dict[str, Any]] = []
    deadline = time.monotonic() + 90 + FILINGS
    while time.monotonic() < deadline:
        for _ in range(12):
            time.sleep(0.15)
            crowd.time.go_on(20)  # not faster: a deposit must end well within its lease
        rows = crowd.ask("look")
        waiting = [one for one in rows if _waits(one)]
        if not waiting:
            return rows
        if all(one["state"] == "unknown" for one in waiting):
            crowd.time.go_on(600)
    pytest.fail(f"seed {SEED}, still waiting: {[one for one in rows if _waits(one)][:3]}")


def _waits(row: dict[str, Any]) -> bool:
    """Whether the machine still has something to do for it."""
    return row["state"] in UNDER_WAY or (row["state"] == "unknown" and row["next_at"] != "None")


def judge(rows: list[dict[str, Any]], bouchon: Bouchon, hashes: list[str]) -> dict[str, str]:
    """None lost, none doubled, none misnamed; {sha256: idflux} of what the portal has."""
    kept = bouchon.state.store.deposits()
    twice = {one: times for one, times in Counter(one.sha256 for one in kept).items() if times > 1}
    assert not twice, f"seed {SEED}: deposited twice: {twice}"
    shown = {one.sha256: one.idflux for one in kept}
    assert sorted(one["sha256"] for one in rows) == sorted(hashes)
    assert set(shown) <= set(hashes)
    for one in rows:
        has, where = one["sha256"] in shown, f"seed {SEED}: {one}"
        if one["state"] in ENDED:
            assert has, where
            assert one["idflux"] == shown[one["sha256"]], where
        elif one["state"] == "not_deposited":
            assert not has, where
        else:
            assert one["state"] == "unknown", where
    return shown


@pytest.mark.slow
@pytest.mark.engines
def test_each_declaration_is_deposited_once_or_waits_for_a_person(tmp_path: Path) -> None:
    print(f"storm of {FILINGS} filings for {IDENTITIES} accounts, seed {SEED}")
    moved = Time(tmp_path)
    crowd = Crowd(tmp_path / "donnees", moved)
    accounts = [
        Account(f"7328293200{number:04d}", RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse) for number in range(IDENTITIES)
    ]
    with (
        Bouchon(folder=tmp_path / "bouchon", accounts=accounts, clock=moved, token_seconds=600) as bouchon,
        Front(bouchon.address) as front,
    ):
        bouchon.state.address = front.address
        hashes = crowd.ask("prepare", front.address, FILINGS, IDENTITIES)
        front.policy = weather = Weather()
        for name in ("work-1", "work-2", "tick-1", "tick-2"):
            crowd.start(name)
        try:
            crowd.wait_until_ready()
            acts = rage(crowd, bouchon, weather)
            weather.is_bad = False
            print(f"{dict(acts)}; {dict(weather.met)}; {Counter(one['state'] for one in crowd.ask('look'))}")
            rows = settle(crowd)
            shown = judge(rows, bouchon, hashes)
            counts = Counter(one["state"] for one in rows)
            print(f"when it is over: {dict(counts)}")
            (tmp_path / "shown.json").write_text(json.dumps(shown))
            again = crowd.ask("decide", tmp_path / "shown.json")
            assert again == sum(one["sha256"] not in shown for one in rows)
            rows = settle(crowd)
            shown = judge(rows, bouchon, hashes)
        finally:
            crowd.stop()
    assert len(shown) == FILINGS
    assert {one["state"] for one in rows} <= ENDED
