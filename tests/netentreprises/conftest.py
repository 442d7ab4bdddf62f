"""A bouchon and clients of it, which share one clock that the test moves; and servers that follow a script."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.netentreprises.conversations import (
    BUREAU,
    GENERAL,
    OPERATOR,
    OTHER,
    RURAL,
    SHORT_SECONDS,
    Clock,
    Make,
    Serve,
    of,
)
from tests.netentreprises.raw_servers import RawServer, Script

from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.tokens import Token


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bouchon(tmp_path: Path, clock: Clock) -> Iterator[Bouchon]:
    accounts = [BUREAU, RURAL, OTHER, OPERATOR]
    with Bouchon(folder=tmp_path / "bouchon", accounts=accounts, clock=clock, slow_seconds=3) as server:
        yield server


@pytest.fixture
def make(bouchon: Bouchon, clock: Clock) -> Iterator[Make]:
    """A client of the bouchon, with other options."""
    with ExitStack() as stack:

        def one(**options: Any) -> Client:
            return stack.enter_context(Client(portal_named(bouchon.address), clock=clock, **options))

        yield one


@pytest.fixture
def client(make: Make) -> Client:
    return make()


@pytest.fixture
def token(client: Client) -> Token:
    return client.authenticate(of(BUREAU), GENERAL)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A client of a server that follows a script."""
    with ExitStack() as stack:

        def one(
            script: Script,
            *,
            trust: ssl.SSLContext | None = None,
            tls: ssl.SSLContext | None = None,
            reads: bool = True,
        ) -> tuple[Client, RawServer]:
            server = stack.enter_context(RawServer(script, tls=tls, reads=reads))
            client = Client(portal_named(server.address), timeout_seconds=SHORT_SECONDS, trust=trust)
            return stack.enter_context(client), server

        yield one
