"""The client against certificates that are not to be trusted, and what reaching a portal proves."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.netentreprises.conversations import Serve
from tests.netentreprises.raw_servers import RawServer, answers, headers_of, says, self_signed

from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import (
    CertificateNotTrusted,
    Maintenance,
    Unreachable,
)
from scarabee.netentreprises.tokens import Token

NOW = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
TOKEN = Token("SmV0b24tc2VjcmV0", Regime.GENERAL, NOW + timedelta(hours=1))
CREDENTIALS = Credentials("46766553500010", "MARTIN", "Alice", "Corail-2026")


# --- certificates -----------------------------------------------------------------------------------


def test_a_certificate_that_nobody_vouches_for_gets_nothing(serve: Serve, tmp_path: Path) -> None:
    tls, _ = self_signed(tmp_path)
    client, server = serve(answers(200, b"SmV0b24="), tls=tls)
    acts: list[Callable[[], object]] = [
        client.reach,
        lambda: client.authenticate(CREDENTIALS, Regime.GENERAL),
        lambda: client.deposit(TOKEN, b"S10"),
    ]
    for act in acts:
        with pytest.raises(CertificateNotTrusted) as caught:
            act()
        assert not caught.value.sent and not caught.value.is_outcome_unknown
        assert "aucune autorité" in caught.value.message
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"days": (-10, -5)}, "expiré"),
        ({"days": (5, 10)}, "pas encore valable"),
        ({"host": "127.0.0.2"}, "autre adresse"),
        ({"host": "services.net-entreprises.fr"}, "autre adresse"),
    ],
)
def test_a_trusted_certificate_must_also_be_in_time_and_of_this_host(
    serve: Serve, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    tls, certificate = self_signed(tmp_path, **options)  # type: ignore[arg-type]
    trust = ssl.create_default_context(cafile=certificate)
    client, server = serve(answers(200, b"SmV0b24="), tls=tls, trust=trust)
    with pytest.raises(CertificateNotTrusted) as caught:
        client.authenticate(CREDENTIALS, Regime.GENERAL)
    assert words in caught.value.message
    assert server.requests == []


def test_a_trusted_certificate_lets_the_request_through(serve: Serve, tmp_path: Path) -> None:
    tls, certificate = self_signed(tmp_path)
    client, server = serve(answers(200, b"SmV0b24="), tls=tls, trust=ssl.create_default_context(cafile=certificate))
    client.reach()
    assert client.authenticate(CREDENTIALS, Regime.GENERAL).value == "SmV0b24="
    assert len(server.requests) == 2


def test_what_does_not_speak_tls_gets_nothing(serve: Serve) -> None:
    server = RawServer(says(b"HTTP/1.1 400 X\r\n\r\n"), reads=False)
    with server, Client(portal_named(server.address.replace("http:", "https:")), timeout_seconds=2) as client:
        with pytest.raises(Unreachable) as caught:
            client.deposit(TOKEN, b"S10")
        assert not caught.value.sent
    assert "chiffrée" in caught.value.message


# --- reaching ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 405, 500])
def test_reaching_proves_network_and_tls_and_judges_nothing_else(serve: Serve, status: int) -> None:
    client, server = serve(answers(status, b"<html>", Content_Type="text/html"))
    client.reach()
    (request,) = server.requests
    assert request.startswith(b"GET /authentifier/1.0/ ") and request.endswith(b"\r\n\r\n")
    assert b"authorization" not in headers_of(request)


def test_reaching_a_portal_in_maintenance_says_so(serve: Serve) -> None:
    client, _ = serve(answers(503))
    with pytest.raises(Maintenance):
        client.reach()
