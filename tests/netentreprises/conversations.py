"""Who speaks with the bouchon in the tests of the client, and what they say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.netentreprises.bouchon.wire import identifiants
from tests.netentreprises.raw_servers import RawServer

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.calls import Call
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.listings import ListedFlux
from scarabee.netentreprises.refusals import Service, refusal
from scarabee.netentreprises.tokens import Token

GENERAL, AGRICOLE = Regime.GENERAL, Regime.AGRICOLE
BUREAU = Account("46766553500010", "D'HERVAULT", "Noémie", "Été-&<>\"' 26", ("25", "97"))
RURAL = Account("84125796700015", "NOËL", "Zoé", "rural-2026", ("26", "94"), "MSA-0001")
OTHER = Account("79034512800017", "MARTIN", "Alice", "autre-2026", ("25", "26"))
OPERATOR = Account("33112233300019", "OPERA", "Teur", "concentre-2026", ("98",))
Make = Callable[..., Client]
Serve = Callable[..., tuple[Client, RawServer]]
SHORT_SECONDS = 0.4
"""How long the clients of scripted servers wait."""
VERSIONS = ["1.0", "2.0"]
START = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)


class Clock:
    """One clock for the client and for the bouchon, that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **lapse: float) -> None:
        self.now += timedelta(**lapse)

    def ago(self, **lapse: float) -> datetime:
        return self.now - timedelta(**lapse)


def dsn(*months: str) -> bytes:
    """A monthly DSN of test for each month, with one employee and one complementary contract, all invented."""
    declared = [
        line
        for month in months
        for line in (
            "S20.G00.05.001,'01'",
            "S20.G00.05.002,'01'",
            f"S20.G00.05.005,'01{month}'",
            "S21.G00.06.001,'467665535'",
            "S21.G00.11.001,'00010'",
            "S21.G00.15.001,'CONTRAT1'",
            "S21.G00.15.002,'P0942'",
            "S21.G00.30.001,'2840535127042'",
            "S21.G00.30.002,'CRÉTÉ'",
        )
    ]
    head = [
        "S10.G00.00.001,'Scarabee'",
        "S10.G00.00.005,'01'",
        "S10.G00.01.001,'467665535'",
        "S10.G00.01.002,'00010'",
    ]
    total = len(head) + len(declared) + 2
    lines = [*head, *declared, f"S90.G00.90.001,'{total}'", f"S90.G00.90.002,'{len(months)}'"]
    return "\r\n".join([*lines, ""]).encode("latin-1")


MONTH = dsn("102026")


def of(account: Account, **changes: str) -> Credentials:
    return replace(Credentials(account.siret, account.nom, account.prenom, account.motdepasse), **changes)


def error_of(act: Callable[[], object]) -> PortalError:
    """What an act of the client raises."""
    with pytest.raises(PortalError) as caught:
        act()
    return caught.value


def asked(client: Client, method: str, path: str, **options: Any) -> Answer:
    """An answer that no method of the client would ask for."""
    return client.transport.exchange(Call(method, client.portal.name + path, **options))


def meaning(answer: Answer, service: Service) -> type[PortalError] | None:
    """What the client would raise for this answer."""
    error = refusal(answer, service)
    return None if error is None else type(error)


def every_act(client: Client, token: Token) -> list[Callable[[], object]]:
    """Every way of asking something of the portal, the authentication first."""
    return [
        lambda: client.authenticate(of(BUREAU), GENERAL),
        lambda: client.deposit(token, MONTH),
        lambda: client.list_deposits(token, START - timedelta(minutes=10)),
        lambda: client.list_returns(token, START - timedelta(minutes=10)),
        lambda: client.list_returns_of(token, "Ab0cD1eF2gH3iJ4kL5mN6oP"),
        lambda: client.download(token, "Ab0cD1eF2gH3iJ4kL5mN6oP", "0000001001"),
    ]


def deposited(client: Client, token: Token, clock: Clock, content: bytes = MONTH) -> ListedFlux:
    """A deposit and all its returns, five minutes later."""
    idflux = client.deposit(token, content).idflux
    clock.move(minutes=5)
    (flux,) = client.list_returns_of(token, idflux).flux
    return flux


def signing_in(account: Account, service: str = "25", **changes: str | None) -> dict[str, Any]:
    body = identifiants(account, service, **changes)
    return {"media_type": "application/xml", "body": body, "gzip": False}
