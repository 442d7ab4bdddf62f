"""The client against what no well-made portal does: cut, garbled, endless, silent answers, and bad certificates."""

import gzip
import os
import socket
import struct
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.netentreprises.conversations import SHORT_SECONDS, Serve
from tests.netentreprises.raw_servers import RawServer, Script, answer, answers, headers_of, says

from scarabee.netentreprises import client as client_module
from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.calls import Call
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import (
    BadParameters,
    Maintenance,
    PortalError,
    PortalFault,
    Unreachable,
    UnreadableAnswer,
)
from scarabee.netentreprises.tokens import Token
from scarabee.netentreprises.transport import USER_AGENT, Transport

NOW = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
TOKEN = Token("SmV0b24tc2VjcmV0", Regime.GENERAL, NOW + timedelta(hours=1))
CREDENTIALS = Credentials("46766553500010", "MARTIN", "Alice", "Corail-2026")
AEE = (
    b'<r:rapport type="AEE" xmlns:r="http://www.gip-mds.fr/"><envoi><idflux>Ab0cD1eF2gH3iJ4kL5mN6oP</idflux>'
    b"<envoi_etat>OK</envoi_etat></envoi></r:rapport>"
)


def refused(serve: Serve, script: Script, kind: type[PortalError]) -> PortalError:
    """The error of a deposit answered so."""
    client, _ = serve(script)
    with pytest.raises(PortalError) as caught:
        client.deposit(TOKEN, b"S10")
    assert type(caught.value) is kind
    return caught.value


# --- what is sent ---------------------------------------------------------------------------------


def test_a_deposit_is_sent_as_the_guide_says(serve: Serve) -> None:
    client, server = serve(answers(200, AEE))
    content = "S10.G00.00.001,'Impôt'\r\n".encode("latin-1")
    assert client.deposit(TOKEN, content).idflux == "Ab0cD1eF2gH3iJ4kL5mN6oP"
    (request,) = server.requests
    assert request.startswith(b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n")
    headers = headers_of(request)
    assert headers[b"authorization"] == b"DSNLogin jeton=SmV0b24tc2VjcmV0"
    assert headers[b"content-type"] == b"text/plain"
    assert headers[b"content-encoding"] == headers[b"accept-encoding"] == b"gzip"
    assert headers[b"user-agent"] == USER_AGENT.encode()
    assert gzip.decompress(request.partition(b"\r\n\r\n")[2]) == content


def test_an_authentication_is_sent_in_clear_within_tls_and_without_a_token(serve: Serve) -> None:
    client, server = serve(answers(200, b"SmV0b24=\n"))
    assert client.authenticate(CREDENTIALS, Regime.AGRICOLE).value == "SmV0b24="
    (request,) = server.requests
    headers = headers_of(request)
    assert request.startswith(b"POST /authentifier/1.0/ HTTP/1.1\r\n")
    assert headers[b"content-type"] == b"application/xml"
    assert headers[b"accept-encoding"] == b"gzip"
    assert b"content-encoding" not in headers and b"authorization" not in headers
    assert request.endswith(b"<motdepasse>Corail-2026</motdepasse><service>26</service></identifiants>")


def test_a_search_is_sent_in_paris_time(serve: Serve) -> None:
    client, server = serve(answers(200, b"{}"))
    client.list_deposits(TOKEN, NOW - timedelta(minutes=30), NOW)
    client.list_returns(TOKEN, NOW - timedelta(minutes=30))
    client.list_returns_of(TOKEN, "Ab-_ é%2F/..?#o.")
    paths = [request.split(b" ")[1] for request in server.requests]
    assert paths == [
        b"/lister-depots/2.0/20261105084500/20261105091500",
        b"/lister-retours-declarant/2.0/20261105084500",
        b"/lister-retours-flux/2.0/Ab-_%20%C3%A9%252F%2F..%3F%23o.",
    ]
    for request in server.requests:
        headers = headers_of(request)
        assert headers[b"authorization"] == b"DSNLogin jeton=SmV0b24tc2VjcmV0"
        assert headers[b"accept-encoding"] == b"gzip"
        assert b"content-type" not in headers


@pytest.mark.parametrize("idflux", ["", ".", ".."])
def test_an_idflux_that_would_change_the_path_is_not_sent(serve: Serve, idflux: str) -> None:
    client, server = serve(answers(200, b"{}"))
    for act in (lambda: client.list_returns_of(TOKEN, idflux), lambda: client.download(TOKEN, idflux, "1")):
        with pytest.raises(BadParameters) as caught:
            act()
        assert not caught.value.sent
    assert server.requests == []


def test_a_proxy_is_never_between_us_and_the_bouchon(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client, _ = serve(answers(200, b"{}"))
    assert client.list_returns(TOKEN, NOW).flux == ()


PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.mark.parametrize(
    "script",
    [
        says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
        says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\n\r\n"),
        says(),
    ],
    ids=["refuses", "does not find", "opens and closes", "says nothing"],
)
def test_a_proxy_that_does_not_let_through_got_nothing_of_the_deposit(
    monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with RawServer(script) as proxy, Client(portal_named("https://portail.invalid"), timeout_seconds=2) as client:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with pytest.raises(Unreachable) as caught:
            client.deposit(TOKEN, b"S10")
    assert not caught.value.sent and not caught.value.is_outcome_unknown
    (request,) = proxy.requests
    assert request.startswith(b"CONNECT portail.invalid:443 ")
    assert TOKEN.value.encode() not in request and b"portail.invalid" in caught.value.message.encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "ftp://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://[::1"),
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("SSL_CERT_FILE", "/nowhere/authorities.pem"),
        ("SSL_CERT_FILE", __file__),
    ],
)
def test_settings_that_cannot_be_used_are_told_as_such(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for each in PROXIES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)
    with Client(portal_named("https://portail.invalid"), timeout_seconds=2) as client:
        with pytest.raises(Unreachable) as caught:
            client.reach()
        assert not caught.value.sent
    assert name in caught.value.remedy


def test_no_cookie_is_kept(serve: Serve) -> None:
    client, server = serve(answers(200, b"{}", Set_Cookie="session=1; Path=/"))
    client.list_returns(TOKEN, NOW)
    client.list_returns(TOKEN, NOW)
    assert len(server.requests) == 2
    assert all(b"cookie" not in headers_of(request) for request in server.requests)


def test_a_redirection_is_not_followed(serve: Serve) -> None:
    other = RawServer(answers(200, b"{}"))
    with other:
        client, _ = serve(answers(302, Location=f"{other.address}/lister-retours-declarant/2.0/1"))
        with pytest.raises(Maintenance):
            client.list_returns(TOKEN, NOW)
    assert other.requests == []


# --- where a token may go -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://telechargement.dsnrg.net-entreprises.fr.example.org/telecharger-retour/1.0/a/b",
        "https://example.org/telecharger-retour/1.0/a/b",
        "http://telechargement.dsnrg.net-entreprises.fr/telecharger-retour/1.0/a/b",
        "https://telechargement.dsnrg.net-entreprises.fr:8443/telecharger-retour/1.0/a/b",
        "https://telechargement.dsnrg.net-entreprises.fr@example.org/a",
        "https://x@telechargement.dsnrg.net-entreprises.fr/a",
        "https://telechargement.dsnrg.net-entreprises.fr\\@example.org/a",
        "https://consultation.dsnrg.net-entreprises.fr/telecharger-retour/1.0/a/b",
        "https://telechargement-edit.dsnrg.net-entreprises.fr/telecharger-retour/1.0/a/b",
        "https://services.net-entreprises.fr/a",
        "http://127.0.0.1:8700/a",
        "//telechargement.dsnrg.net-entreprises.fr/a",
        "/telecharger-retour/1.0/a/b",
        "file:///etc/passwd",
        "https://[::1",
        "https://telechargement.dsnrg.net-entreprises.fr/a\nHost: b",
        "n’importe quoi",
    ],
)
def test_a_token_goes_nowhere_but_to_the_download_hosts(url: str) -> None:
    with Client(portal_named("production"), timeout_seconds=SHORT_SECONDS) as client:
        with pytest.raises(UnreadableAnswer) as caught:
            client.download(TOKEN, url=url)
        assert not caught.value.sent


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ("Relevé".encode("latin-1"), "text/plain"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<Fichier/>", "application/xml"),
        (bytes(range(256)) * 4000, "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_t1_t7_a_document_comes_to_the_byte_in_whatever_form(serve: Serve, content: bytes, media_type: str) -> None:
    packed = gzip.compress(content)
    half = len(packed) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:half], packed[half:], b""))
    head = f"HTTP/1.1 200 X\r\nContent-Type: {media_type}\r\n"
    for reply in (
        answer(200, content, Content_Type=media_type),
        answer(200, packed, Content_Type=media_type, Content_Encoding="gzip"),
        f"{head}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunks,
    ):
        client, _ = serve(says(reply))
        document = client.download(TOKEN, "Ab0cD1eF2gH3iJ4kL5mN6oP", "0000000001")
        assert (document.content, document.media_type) == (content, media_type)


def test_the_address_of_a_return_is_followed_on_the_bouchon(serve: Serve) -> None:
    client, server = serve(answers(200, b"%PDF", Content_Type="Application/PDF; x=1"))
    document = client.download(TOKEN, url=f"{server.address}/telecharger-bpij/1.0/7?x=%41#")
    assert (document.content, document.media_type) == (b"%PDF", "application/pdf")
    assert server.requests[0].startswith(b"GET /telecharger-bpij/1.0/7?x=%41 HTTP/1.1\r\n")
    other = server.address.replace("127.0.0.1", "localhost")
    assert client.download(TOKEN, url=f"{other}/telecharger-retour/1.0/a./1").content == b"%PDF"
    with pytest.raises(UnreadableAnswer):
        client.download(TOKEN, url=f"{server.address}1/a")


def test_plain_http_is_refused_but_on_the_loopback() -> None:
    with Transport() as transport:
        for url in ("http://example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1.example.org/"):
            with pytest.raises(ValueError, match="HTTPS"):
                transport.exchange(Call("GET", url, token=TOKEN))


# --- no answer ------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def test_a_portal_that_is_not_there_got_nothing() -> None:
    with Client(portal_named(f"http://127.0.0.1:{free_port()}"), timeout_seconds=SHORT_SECONDS) as client:
        acts: list[Callable[[], object]] = [
            client.reach,
            lambda: client.authenticate(CREDENTIALS, Regime.GENERAL),
            lambda: client.deposit(TOKEN, b"S10"),
            lambda: client.list_deposits(TOKEN, NOW),
        ]
        for act in acts:
            with pytest.raises(Unreachable) as caught:
                act()
            assert not caught.value.sent and not caught.value.is_outcome_unknown


def test_a_name_that_no_dns_knows_got_nothing() -> None:
    with Client(portal_named("https://portail.invalid"), timeout_seconds=2) as client:
        with pytest.raises(Unreachable) as caught:
            client.deposit(TOKEN, b"S10")
        assert not caught.value.sent
        assert "portail.invalid" in caught.value.message


def wait(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    connection.settimeout(5)
    while connection.recv(1024):
        pass


def test_a_portal_that_never_answers_may_have_got_the_deposit(serve: Serve) -> None:
    error = refused(serve, wait, Unreachable)
    assert error.sent and error.is_outcome_unknown
    assert "à temps" in error.message


def test_a_connection_cut_without_an_answer_may_have_got_the_deposit(serve: Serve) -> None:
    error = refused(serve, says(), Unreachable)
    assert error.sent
    assert "coupé" in error.message


def reset(connection: socket.socket) -> None:
    """Close with an RST, as a crash does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))


def test_a_connection_reset_may_have_got_the_deposit(serve: Serve) -> None:
    assert refused(serve, reset, Unreachable).sent


def test_a_connection_cut_before_the_request_is_read_counts_as_sent(serve: Serve) -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    client, server = serve(cut, reads=False)
    with pytest.raises(Unreachable) as caught:
        client.deposit(TOKEN, os.urandom(1 << 20))
    assert caught.value.sent
    assert server.requests == []


def test_an_answer_that_drips_is_not_waited_for_for_ever(serve: Serve) -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
        try:
            while not ended.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            ended.set()

    error = refused(serve, drip, Unreachable)
    assert error.sent
    assert ended.wait(2), "the connection is closed"


# --- answers that are none --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        b"garbage\r\n\r\n",
        b"\x00\xff\x16\x03\x01" * 20,
        b"HTTP/1.1 abc X\r\n\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 X\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n<rapport",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rapp",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        answer(200, gzip.compress(AEE)[:-9], Content_Encoding="gzip"),
        answer(200, gzip.compress(AEE)[:40], Content_Encoding="gzip"),
        answer(200, AEE, Content_Encoding="gzip"),
        answer(200, gzip.compress(AEE), Content_Encoding="br"),
        answer(200, gzip.compress(AEE), Content_Encoding="gzip, gzip"),
        answer(200, gzip.compress(AEE)),
        answer(200, b""),
        answer(200, AEE[:-10]),
        answer(204),
    ],
)
def test_an_answer_that_is_none_leaves_the_deposit_in_doubt(serve: Serve, reply: bytes) -> None:
    assert refused(serve, says(reply), UnreadableAnswer).is_outcome_unknown


def test_a_bomb_of_gzip_is_not_swallowed(serve: Serve) -> None:
    bomb = gzip.compress(b" " * (client_module.RECEIPT_BYTES + 1))
    assert len(bomb) < 50_000
    assert "longue" in refused(serve, answers(200, bomb, Content_Encoding="gzip"), UnreadableAnswer).message


def test_an_endless_answer_is_not_swallowed(serve: Serve) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\n\r\n")
        while True:
            connection.sendall(b" " * (1 << 20))

    client, _ = serve(endless)
    call = Call("GET", client.portal.authentication + "/", cap_bytes=1 << 21, seconds=10)
    with pytest.raises(UnreadableAnswer):
        client.transport.exchange(call)


@pytest.mark.parametrize("status", [422, 500, 503])
def test_the_status_counts_even_when_its_body_cannot_be_read(serve: Serve, status: int) -> None:
    expected: type[PortalError] = {422: BadParameters, 500: PortalFault}.get(status, Maintenance)
    for reply in (
        answer(status, b"not gzip", Content_Encoding="gzip"),
        b"HTTP/1.1 %d X\r\nContent-Length: 100\r\n\r\nshort" % status,
        answer(status, b"<html>Oups</html>", Content_Type="text/html"),
    ):
        assert refused(serve, says(reply), expected).status == status


@pytest.mark.parametrize(
    ("status", "kind"), [(500, PortalFault), (503, Maintenance), (404, Maintenance), (204, UnreadableAnswer)]
)
def test_a_receipt_under_another_status_is_not_believed(serve: Serve, status: int, kind: type[PortalError]) -> None:
    reply = b"HTTP/1.1 %d X\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s" % (status, len(AEE), AEE)
    assert refused(serve, says(reply), kind).is_outcome_unknown


def test_a_plain_answer_is_read_as_well_as_a_compressed_one(serve: Serve) -> None:
    for reply in (
        answer(200, AEE),
        answer(200, AEE, Content_Encoding="identity"),
        answer(200, gzip.compress(AEE), Content_Encoding="GZIP"),
        answer(200, gzip.compress(AEE), Content_Encoding="x-gzip"),
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(AEE), AEE),
        b"HTTP/1.0 200 X\r\n\r\n" + AEE,
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, AEE),
    ):
        client, _ = serve(says(reply))
        assert client.deposit(TOKEN, b"S10").content == AEE


@pytest.mark.parametrize("body", [b"", b"two words", b"<jeton>x</jeton>", "é".encode(), b"A" * 9000])
def test_a_200_that_is_no_token_signs_nobody_in(serve: Serve, body: bytes) -> None:
    client, _ = serve(answers(200, body))
    with pytest.raises(UnreadableAnswer):
        client.authenticate(CREDENTIALS, Regime.GENERAL)
