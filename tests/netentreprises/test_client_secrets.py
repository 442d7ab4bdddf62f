"""No password, no token and no body of a request in an exception, a traceback, a repr, a log or an address."""

import gzip
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Any

import httpx2
import pytest
from tests.netentreprises.conversations import BUREAU, GENERAL, Clock, Make, Serve, every_act, of
from tests.netentreprises.raw_servers import answer, answers, says

from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Credentials
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.tokens import Token

PASSWORD = "Zx-corail-77"
SECRET = Token("SmV0b24tdHJlcy1zZWNyZXQ=", GENERAL, Clock().now + timedelta(hours=1))
CREDENTIALS = Credentials(BUREAU.siret, BUREAU.nom, BUREAU.prenom, PASSWORD)
CONTENT = b"S10.G00.00.001,'Scarabee'\r\nS21.G00.30.001,'2840535127042'\r\n"
SECRETS = (PASSWORD, SECRET.value, "2840535127042", "motdepasse>")
REPLIES = {
    "no answer": b"",
    "garbage": b"\x00\x01garbage\r\n\r\n",
    "cut": b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\nshort",
    "cut gzip": answer(200, gzip.compress(CONTENT)[:-4], Content_Encoding="gzip"),
    "refused": answer(401, WWW_Authenticate='Basic realm="net-entreprises.fr"'),
    "internal": answer(500),
    "unreadable": answer(200, b"{]"),
    "echo": answer(200, f"{PASSWORD} {SECRET.value} 2840535127042 <motdepasse>".encode()),
    "echo of a refusal": answer(422, f"{PASSWORD} {SECRET.value} 2840535127042".encode()),
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that hangs on it."""
    for one in (error, error.__cause__, error.__context__):
        if one is not None:
            yield one
            if one is not error:
                yield from chain(one)


def frames(trace: TracebackType | None) -> Iterator[dict[str, Any]]:
    """The local variables of each frame of our own code."""
    while trace is not None:
        if trace.tb_frame.f_globals["__name__"].startswith("scarabee.netentreprises."):
            yield trace.tb_frame.f_locals
        trace = trace.tb_next


def acts(client: Client) -> list[Callable[[], object]]:
    return [
        lambda: client.authenticate(CREDENTIALS, GENERAL),
        lambda: client.deposit(SECRET, CONTENT),
        *every_act(client, SECRET)[2:],
    ]


def raised_by(act: Callable[[], object]) -> PortalError | None:
    """What an act of the client raises, if anything: an echo may well be read as a document."""
    try:
        act()
    except PortalError as error:
        return error
    return None


@pytest.mark.parametrize("reply", REPLIES)
def test_an_error_leads_back_to_nothing_secret(serve: Serve, reply: str) -> None:
    client, _ = serve(says(REPLIES[reply]))
    met = [error for act in acts(client) if (error := raised_by(act))]
    assert len(met) >= len(acts(client)) - 1
    for error in met:
        assert list(chain(error)) == [error], "nothing of the HTTP library hangs on it"
        variables = list(frames(error.__traceback__))
        assert variables, "the frames of the client were looked at"
        shown = "\n".join([str(error), repr(error), repr(vars(error)), *map(repr, variables)])
        assert not [secret for secret in SECRETS if secret in shown]
        library = (httpx2.Request, httpx2.Response, httpx2.HTTPError)
        assert not [one for each in variables for one in each.values() if isinstance(one, library)]


def test_nothing_secret_is_logged_even_by_the_libraries(
    make: Make, bouchon: Bouchon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx2")  # which the product keeps silent
    client = make()
    token = client.authenticate(of(BUREAU), GENERAL)
    for act in every_act(client, token)[1:4]:
        act()
    with pytest.raises(PortalError):
        client.authenticate(CREDENTIALS, GENERAL)
    assert "authentifier" in caplog.text
    for secret in (PASSWORD, BUREAU.motdepasse, token.value, "2840535127042", "motdepasse"):
        assert secret not in caplog.text


def test_nothing_secret_is_in_an_address(make: Make, bouchon: Bouchon) -> None:
    client = make()
    token = client.authenticate(of(BUREAU), GENERAL)
    for act in every_act(client, token)[1:4]:
        act()
    assert len(bouchon.requests) == 4
    for request in bouchon.requests:
        assert token.value not in request.path and BUREAU.motdepasse not in request.path


def test_nothing_secret_shows_in_a_repr(serve: Serve) -> None:
    client, _ = serve(answers(200, SECRET.value.encode()))
    token = client.authenticate(CREDENTIALS, GENERAL)
    assert token.value == SECRET.value
    assert SECRET.value not in repr(token) + repr(client) + repr(client.transport)
    assert PASSWORD not in repr(CREDENTIALS)
