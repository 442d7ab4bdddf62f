"""A collector that is killed loses nothing and doubles nothing."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.child_processes import ask_child, start_child
from tests.filings.factories import RIGHT
from tests.filings.portal.front import Fault, Front
from tests.returns.portal.scenes import DOWNLOAD

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

CHILD = "tests.returns.portal.killed_child"
answer = partial(ask_child, CHILD)


@pytest.mark.slow
@pytest.mark.engines
def test_a_collector_killed_at_a_download_is_followed_by_one_that_ends_its_work(tmp_path: Path) -> None:
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse)
    late = timedelta()
    clock = lambda: datetime.now(UTC) + late  # noqa: E731
    with (
        Bouchon(folder=tmp_path / "bouchon", accounts=[account], clock=clock) as bouchon,
        Front(bouchon.address) as front,
    ):
        folder = tmp_path / "donnees"
        answer(folder, "prepare", front.address)
        (deposit,) = bouchon.state.store.deposits()
        late = timedelta(hours=1)  # all of it is published, by the clock of the portal
        _killed_at(front, folder, DOWNLOAD)
        done = answer(folder, "after")
        assert done["while_busy"] == 0
        assert done["problems"] == [""]
        assert sorted(one[0] for one in done["returns"]) == sorted(one.nature for one in deposit.returns)
        assert {one[2] for one in done["returns"]} == {"fetched", "no_document"}
        assert {one[3] for one in done["returns"]} == {0}
        assert done["versions"] == sum(bool(one.file) for one in deposit.returns)


def _killed_at(front: Front, folder: Path, place: str) -> None:
    with start_child(CHILD, folder, "collect") as child:

        def kill(method: str, path: str) -> Fault:
            if path.startswith(place):
                child.kill()
                child.wait()
            return None

        front.policy = kill
        child.communicate(timeout=60)
    front.policy = lambda method, path: None
