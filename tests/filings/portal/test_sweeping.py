"""Workers that die while they deposit: nobody sends again what they were sending."""

import time
from functools import partial
from pathlib import Path

import pytest
from tests.accounts.conftest import Clock
from tests.child_processes import ask_child, start_child
from tests.filings.factories import RIGHT, planned, small_files
from tests.filings.portal.front import Fault, Front

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services import claims, sending, sweeping
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

S = FilingState
CHILD = "tests.filings.portal.killed_child"
command, answer = partial(start_child, CHILD), partial(ask_child, CHILD)


class Dies(BaseException):
    """As a process that is killed."""


@pytest.mark.django_db
@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_sending_whose_process_died_is_unknown_once_its_lease_is_over_and_not_before(
    bouchon: Bouchon, lucie: User, clock: Clock, monkeypatch: pytest.MonkeyPatch, is_recorded: bool
) -> None:
    filing = planned(next(small_files()), lucie)
    deposit = sending._deposit

    def dies(*args: object) -> None:
        if is_recorded:
            deposit(*args)  # type: ignore[arg-type]
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_deposit", dies)
        with pytest.raises(Dies):
            sending.run_due()
    PortalQueue.objects.update(busy_until=clock(), busy_token="mort")  # which a process that dies cannot give back
    assert sweeping.sweep() == 0
    clock.advance(seconds=1)
    assert sweeping.sweep() == 1
    assert sweeping.sweep() == 0
    filing.refresh_from_db()
    assert filing.state == S.UNKNOWN
    assert "interrompu" in filing.problem
    sending.run_due()
    assert len(bouchon.state.store.deposits()) == is_recorded


@pytest.mark.django_db
def test_a_sending_under_way_is_left_alone(bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(next(small_files()), lucie)
    claim = claims.claim

    def swept(*args: object) -> object:
        taken = claim(*args)  # type: ignore[arg-type]
        assert sweeping.sweep() == 0
        return taken

    monkeypatch.setattr(claims, "claim", swept)
    assert sending.run_due() == 1
    assert Filing.objects.get().state == S.ACCEPTED


@pytest.mark.slow
@pytest.mark.engines
def test_a_worker_killed_while_the_portal_answers_leaves_one_deposit_that_nobody_sends_again(tmp_path: Path) -> None:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse)
    folder = tmp_path / "donnees"
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as bouchon, Front(bouchon.address) as front:
        answer(folder, "prepare", front.address, 3)
        held: list[str] = []

        def hold_the_second(method: str, path: str) -> Fault:
            if path.startswith("/deposer-dsn/"):
                held.append(path)
                if len(held) == 2:
                    process.kill()
                    process.wait()
            return None

        front.policy = hold_the_second
        with command(folder, "send") as process:
            process.wait(timeout=60)
        deadline = time.monotonic() + 10
        while len(bouchon.state.store.deposits()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        found = answer(folder, "after")
    assert [one["state"] for one in found["left"]] == ["accepted", "sending", "planned"]
    assert (found["sent_too_soon"], found["swept"], found["sent"]) == (0, 1, 1)
    rows = found["at_last"]
    assert [one["state"] for one in rows] == ["accepted", "unknown", "accepted"]
    assert [one["attempts"] for one in rows] == [1, 1, 1]
    assert sorted(one.sha256 for one in bouchon.state.store.deposits()) == sorted(one["sha256"] for one in rows)


@pytest.mark.slow
@pytest.mark.engines
def test_four_workers_at_once_deposit_each_declaration_once(tmp_path: Path) -> None:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse)
    folder = tmp_path / "donnees"
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as bouchon:
        answer(folder, "prepare", bouchon.address, 12)
        processes = [command(folder, "send") for _ in range(4)]
        for process in processes:
            with process:
                process.communicate(timeout=60)
                assert process.returncode == 0
        rows = answer(folder, "after")["at_last"]
        assert {one["state"] for one in rows} == {"accepted"}
        assert sorted(one.sha256 for one in bouchon.state.store.deposits()) == sorted(one["sha256"] for one in rows)
