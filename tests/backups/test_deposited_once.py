"""Saved, deposited, restored, and worker and clock at work again: the portal has every deposit exactly once."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.child_processes import ask_child, environment_for
from tests.filings.factories import RIGHT

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

ask = partial(ask_child, "tests.backups.deposit_child")


def scarabee(folder: Path, *arguments: str) -> None:
    """A command of the product on this data folder, in a process of its own."""
    command = [sys.executable, "-m", "scarabee.cli.main", *arguments]
    ran = subprocess.run(command, env=environment_for(folder), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.engines
@pytest.mark.slow
def test_what_left_after_the_backup_leaves_no_second_time_and_is_found_again(tmp_path: Path) -> None:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25", "26"))
    folder = tmp_path / "donnees"
    minutes = [0]
    clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes[0])  # noqa: E731
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account], clock=clock) as portal:
        archive = ask(folder, "prepare", portal.address)
        scarabee(folder, "worker", "--une-fois")
        deposited = {one.idflux for one in portal.state.store.deposits()}
        assert len(deposited) == 3
        scarabee(folder, "restaurer", archive, "--confirmer")
        assert ask(folder, "press")
        for command in ("horloge", "worker"):
            minutes[0] += 30
            assert ask(folder, "later", str(minutes[0]), command, "--une-fois") == 0
        told = ask(folder, "stand")
        assert {one.idflux for one in portal.state.store.deposits()} == deposited
        assert {idflux for _, idflux in told["filings"]} == deposited
        assert {state for state, _ in told["filings"]} <= {"conform", "accepted", "recorded_by_hand"}
        assert told["asked"] == [2]
