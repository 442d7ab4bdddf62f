"""Rounds of a worker and a clock: cheap when nothing is due, visible when they fail, polite when stopped."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from tests.accounts.conftest import Clock
from tests.child_processes import ROOT, ask_child, environment_for
from tests.filings.factories import RIGHT, planned, small_files
from tests.filings.portal.front import Fault, Front

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Run
from scarabee.filings.services import alerts, reconciling, releases, rounds, sending
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

S = FilingState
answer = partial(ask_child, "tests.filings.portal.killed_child")


@pytest.mark.django_db
def test_a_round_in_which_nothing_is_due_costs_one_query(
    bouchon: Bouchon, lucie: User, clock: Clock, django_assert_num_queries: Any
) -> None:
    filing = planned(next(small_files()), lucie)
    rounds.portal_round()
    with django_assert_num_queries(1):
        assert rounds.portal_round() == 0
    assert [(one.kind, one.done, one.problem) for one in Run.objects.all()] == [("send", 1, "")]
    filing.refresh_from_db()
    clock.advance(minutes=3)
    assert rounds.portal_round() == 1
    filing.refresh_from_db()
    assert filing.state == S.CONFORM


@pytest.mark.django_db
def test_a_fault_of_ours_in_one_part_stops_neither_the_others_nor_fills_the_log_of_runs(
    bouchon: Bouchon, lucie: User, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*, stop: threading.Event) -> int:
        raise KeyError(RIGHT.motdepasse)

    monkeypatch.setattr(rounds, "PORTAL", [("reconcile", breaks), ("send", sending.run_due)])
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(2), strict=False)]
    for _ in range(5):
        rounds.portal_round()
        clock.advance(minutes=5)
    failed = Run.objects.get(kind="reconcile")
    assert "KeyError" in failed.problem
    assert failed.finished_at is not None
    assert failed.finished_at > failed.started_at
    assert RIGHT.motdepasse not in caplog.text + failed.problem
    for filing in filings:
        filing.refresh_from_db()
        assert filing.state == S.ACCEPTED


@pytest.mark.django_db
def test_a_failure_that_cannot_even_be_written_down_stops_no_worker(
    bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> int:
        raise KeyError

    def damaged(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if "filings_run" in sql and "release" in params:
            raise DatabaseError("database disk image is malformed")
        return execute(sql, params, *rest)

    monkeypatch.setattr(releases, "release_due", breaks)
    filing = planned(next(small_files()), lucie)
    with connection.execute_wrapper(damaged):
        rounds.portal_round()
    filing.refresh_from_db()
    assert filing.state == S.ACCEPTED


@pytest.mark.django_db
def test_the_clock_writes_the_e_mail_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []

    def run_due() -> bool:
        called.append(True)
        return True

    monkeypatch.setattr(alerts, "run_due", run_due)
    rounds.local_round()
    assert called == [True]
    assert not Run.objects.exists()  # the e-mail leaves its own


@pytest.mark.django_db
def test_told_to_stop_nothing_more_begins(bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    filings = [planned(data, lucie) for data, _ in zip(small_files(), range(3), strict=False)]
    stop = threading.Event()
    send = sending._send

    def then_stop(*args: Any) -> None:
        send(*args)
        stop.set()

    monkeypatch.setattr(sending, "_send", then_stop)
    monkeypatch.setattr(reconciling, "run_due", lambda **_: pytest.fail("nothing more was to begin"))
    assert rounds.portal_round(stop) == 1
    for filing in filings:
        filing.refresh_from_db()
    assert [one.state for one in filings] == [S.ACCEPTED, S.PLANNED, S.PLANNED]
    assert not any(one.problem for one in filings)


def worker(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), "worker", *arguments]
    environment = environment_for(folder) | {"DJANGO_SETTINGS_MODULE": "scarabee.settings.desktop"}
    environment["SCARABEE_CLE_COFFRE"] = str(folder / "cle-coffre")
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.engines
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_a_worker_that_is_stopped_ends_the_deposit_under_way_and_begins_no_other(tmp_path: Path) -> None:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse)
    folder = tmp_path / "donnees"
    released = threading.Event()
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as bouchon, Front(bouchon.address) as front:
        answer(folder, "prepare", front.address, 3)

        def slow(method: str, path: str) -> Fault:
            if path.startswith("/deposer-dsn/"):
                process.send_signal(signal.SIGTERM)
                released.wait(1)  # the portal takes its time to answer
            return None

        front.policy = slow
        with worker(folder) as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert [one["state"] for one in answer(folder, "rows")] == ["accepted", "planned", "planned"]
        front.policy = lambda method, path: None
        with worker(folder, "--une-fois") as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert {one["state"] for one in answer(folder, "rows")} == {"accepted"}
    assert len(bouchon.state.store.deposits()) == 3
