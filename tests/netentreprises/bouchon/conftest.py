"""A bouchon on a folder of its own, whose clock the test moves."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.netentreprises.bouchon.wire import ACCOUNTS, Clock, Wire

from scarabee.netentreprises.bouchon.server import Bouchon

Start = Callable[..., Bouchon]


@pytest.fixture
def clock() -> Clock:
    """A Thursday morning in winter: 9:15 in Paris."""
    return Clock(datetime(2026, 11, 5, 8, 15, tzinfo=UTC))


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Iterator[Start]:
    """Start a bouchon; `folder`, `accounts` and everything else may be given."""
    with ExitStack() as stack:

        def one(**options: Any) -> Bouchon:
            given = {"folder": tmp_path / "bouchon", "accounts": ACCOUNTS, "clock": clock, **options}
            return stack.enter_context(Bouchon(**given))

        yield one


@pytest.fixture
def bouchon(start: Start) -> Bouchon:
    return start()


@pytest.fixture
def wire(bouchon: Bouchon) -> Iterator[Wire]:
    with Wire(port_of(bouchon)) as one:
        yield one


def port_of(bouchon: Bouchon) -> int:
    return int(bouchon.address.rsplit(":", 1)[1])
