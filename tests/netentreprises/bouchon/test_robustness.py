"""Hostile, slow, greedy and cut callers: the bouchon stays up and answers the others."""

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.netentreprises.bouchon.conftest import Start, port_of
from tests.netentreprises.bouchon.files import MONTHLY
from tests.netentreprises.bouchon.wire import BUREAU, Wire, identifiants

from scarabee.netentreprises.bouchon.limits import Limits
from scarabee.netentreprises.bouchon.server import Bouchon

HOST = b"Host: 127.0.0.1\r\n"


def talk(bouchon: Bouchon, *parts: bytes, pause: float = 0) -> bytes:
    """Everything a raw socket gets back until the bouchon closes it."""
    with socket.create_connection(("127.0.0.1", port_of(bouchon)), timeout=10) as caller:
        for part in parts:
            caller.sendall(part)
            time.sleep(pause)
        return read_all(caller)


def read_all(caller: socket.socket) -> bytes:
    received = b""
    try:
        while part := caller.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture
def quick(start: Start, caplog: pytest.LogCaptureFixture) -> Iterator[Bouchon]:
    """A bouchon that is short of patience and of room; it must log no fault of its own."""
    limits = Limits(
        idle_seconds=0.4, head_seconds=0.4, body_seconds=0.5, send_seconds=1, connections=8, body_bytes=50_000
    )
    with caplog.at_level(logging.WARNING):
        yield start(limits=limits)
    assert [record.message for record in caplog.records] == []


def assert_still_serves(bouchon: Bouchon) -> None:
    with Wire(port_of(bouchon)) as wire:
        assert wire.sign_in(BUREAU).status == 200


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: mechant.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1@mechant.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 403),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999\r\n\r\n", 413),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (
            b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            400,
        ),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
    ],
)
def test_what_is_no_right_request_is_refused_and_the_connection_closed(
    quick: Bouchon, request_: bytes, expected: int
) -> None:
    assert status(talk(quick, request_)) == expected
    assert_still_serves(quick)


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(quick: Bouchon) -> None:
    head = b"POST /authentifier/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Length: 50001\r\n\r\n"
    assert status(talk(quick, head, b"x" * 50_001)) == 413
    assert quick.requests[-1].status == 413


def test_an_authentication_of_more_than_its_share_is_refused(bouchon: Bouchon, wire: Wire) -> None:
    body = identifiants(BUREAU) + b" " * 70_000
    assert wire.send("POST", "/authentifier/1.0/", body, Content_Type="application/xml").status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/telecharger-retour/1.0/../../etc/passwd",
        "/telecharger-retour/1.0/%2e%2e%2f%2e%2e/0000001001",
        "/telecharger-retour/1.0/%00/%0d%0a",
        "/depots/1/documents/../depot.json",
        "/depots/1/documents/depot.json",
        "/depots/1/documents/%2e%2e%2fdepot.json",
        "/depots/99999999999999999999",
        "/depots/%D9%A1",
        "/lister-inconnu/1.0/x",
        "//authentifier/1.0/",
        "/authentifier/1.0/plus",
        "/.git/config",
    ],
)
def test_no_path_leads_out_of_what_is_served(wire: Wire, path: str) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    assert wire.get(path, wire.token(BUREAU)).status in {403, 404, 405}


def test_a_deposit_may_come_in_chunks(bouchon: Bouchon, wire: Wire) -> None:
    body = gzip.compress(MONTHLY)
    wire.connection.request(
        "POST",
        "/deposer-dsn/1.0/",
        iter([body[:7], body[7:]]),
        {
            "Authorization": f"DSNLogin jeton={wire.token(BUREAU)}",
            "Content-Type": "text/plain",
            "Content-Encoding": "gzip",
            "Accept-Encoding": "gzip",
        },
        encode_chunked=True,
    )
    answer = wire.connection.getresponse()
    assert (answer.status, bool(answer.read())) == (200, True)
    assert bouchon.state.store.content(bouchon.state.store.deposits()[0]) == MONTHLY


def test_a_caller_who_waits_for_leave_to_send_gets_it(bouchon: Bouchon) -> None:
    body = identifiants(BUREAU)
    head = b"POST /authentifier/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Type: application/xml\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port_of(bouchon)), timeout=10) as caller:
        caller.sendall(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert status(caller.recv(65536)) == 100
        caller.sendall(body)
        assert status(read_all(caller)) == 200


def test_a_body_cut_short_is_recorded_nowhere(quick: Bouchon) -> None:
    with Wire(port_of(quick)) as wire:
        token = wire.token(BUREAU)
    with socket.create_connection(("127.0.0.1", port_of(quick)), timeout=10) as caller:
        caller.sendall(
            b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Encoding: gzip\r\n"
            b"Authorization: DSNLogin jeton=" + token.encode() + b"\r\nContent-Length: 1000\r\n\r\n\x1f\x8b"
        )
        caller.shutdown(socket.SHUT_WR)
        assert read_all(caller) == b""
    assert quick.state.store.deposits() == []


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"GET / HT",),
        (b"GET / HTTP/1.1\r\n", b"A: b\r\n"),
        (b"POST /deposer-dsn/1.0/ HTTP/1.1\r\n" + HOST + b"Content-Length: 50\r\n\r\n", b"x"),
    ],
    ids=["says nothing", "half a line", "half a head", "half a body"],
)
def test_a_caller_who_dawdles_is_shown_out(quick: Bouchon, parts: tuple[bytes, ...]) -> None:
    started = time.monotonic()
    assert talk(quick, *parts) == b""
    assert time.monotonic() - started < 5


def test_a_head_sent_drop_by_drop_does_not_hold_its_place_for_ever(quick: Bouchon) -> None:
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port_of(quick)), timeout=10) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\n")
        drops = 0
        try:
            while time.monotonic() - started < 8:
                caller.sendall(b"A: b\r\n")
                drops += 1
                time.sleep(0.05)
        except OSError:
            pass
    assert time.monotonic() - started < 5
    assert drops < 100


def test_beyond_its_number_of_connections_it_says_so_and_recovers(quick: Bouchon) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(socket.create_connection(("127.0.0.1", port_of(quick)), timeout=10))
        answer = b""
        while not answer:  # the eight may not have been taken in yet
            answer = talk(quick)
        assert status(answer) == 503
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert_still_serves(quick)
            break
        except (AssertionError, OSError):
            continue
    assert_still_serves(quick)


def test_many_callers_at_once_each_get_their_deposit(start: Start) -> None:
    bouchon = start()
    statuses: list[int] = []

    def one() -> None:
        with Wire(port_of(bouchon)) as wire:
            token = wire.token(BUREAU)
            statuses.extend(wire.deposit(token, MONTHLY).status for _ in range(3))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 36
    deposits = bouchon.state.store.deposits()
    assert [one.number for one in deposits] == list(range(1, 37))
    assert len({one.idflux for one in deposits}) == 36


def test_a_connection_is_kept_for_many_requests_and_closed_for_who_asks(bouchon: Bouchon) -> None:
    two = b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET /y HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answers = talk(bouchon, two)
    assert answers.count(b"HTTP/1.1 404") == 2
    assert answers.count(b"Connection: keep-alive") == answers.count(b"Connection: close") == 1
    assert talk(bouchon, b"GET /x HTTP/1.0\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 404")


def test_the_record_of_requests_shows_nothing_that_could_harm_a_screen(bouchon: Bouchon) -> None:
    talk(bouchon, b"GET /lister-\x1b[31m\xe9" + b"x" * 1000 + b" HTTP/1.0\r\n" + HOST + b"\r\n")
    shown = bouchon.requests[-1].path
    assert shown.isprintable() and len(shown) <= 300


def test_a_fault_inside_is_an_internal_error_without_a_body(
    bouchon: Bouchon, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    token = wire.token(BUREAU)
    wire.deposit(token, MONTHLY)
    deposit = bouchon.state.store.deposits()[0]
    (bouchon.state.store.folder / "depots" / "0000001" / "0000001001.xml").unlink()
    reply = wire.get(f"/telecharger-retour/1.0/{deposit.idflux}/0000001001", token)
    assert reply.status == 500
    assert reply.is_empty
    assert token not in caplog.text and BUREAU.motdepasse not in caplog.text
    assert_still_serves(bouchon)
