"""The bad days that spare no service (api-dsn §9, E6 and E7), and the list of them all."""

import socket
import threading
import time
from pathlib import Path

import pytest
from tests.netentreprises.bouchon.conftest import Start, port_of
from tests.netentreprises.bouchon.files import MONTHLY
from tests.netentreprises.bouchon.wire import BUREAU, Clock, Wire, identifiants

from scarabee.netentreprises.bouchon.incidents import GROUPS, INCIDENTS
from scarabee.netentreprises.bouchon.server import Bouchon

PAGE = Path(__file__).parents[3] / "docs" / "admin" / "bouchon.md"
SOURCES = Path(__file__).parents[3] / "src" / "scarabee" / "netentreprises" / "bouchon"


def everywhere(wire: Wire, token: str, clock: Clock) -> list[tuple[int, str | None, bytes]]:
    """What each family of services answers: status, Content-Type and body."""
    since = clock.digits(minutes=5)
    replies = [
        wire.sign_in(BUREAU),
        wire.deposit(token, MONTHLY),
        *(wire.get(f"/{name}/2.0/{since}", token) for name in ("lister-depots", "lister-retours-declarant")),
        wire.get("/lister-retours-flux/2.0/x", token),
        wire.get("/telecharger-retour/1.0/x/1", token),
        wire.get(f"/lister-objets-declarant/1.0/{since}", token),
        wire.get("/lister-bpij-declarant/1.0/20261105", token),
    ]
    return [(one.status, one.headers["Content-Type"], one.body) for one in replies]


@pytest.mark.parametrize(
    ("incident", "status"), [("maintenance", 503), ("introuvable", 404), ("pare-feu", 407), ("erreur-interne", 500)]
)
def test_an_incident_of_the_whole_portal_answers_everywhere_without_a_body(
    bouchon: Bouchon, wire: Wire, clock: Clock, incident: str, status: int
) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident(incident)
    assert set(everywhere(wire, token, clock)) == {(status, None, b"")}
    bouchon.end_incident(incident)
    assert bouchon.state.store.deposits() == []
    assert [one[0] for one in everywhere(wire, token, clock)] == [200, 200, 200, 200, 404, 404, 200, 200]


def test_a_redirection_leads_to_a_page_in_html(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident("redirection")
    reply = wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token)
    assert (reply.status, reply.is_empty) == (302, True)
    assert reply.headers["Location"].startswith(bouchon.address)
    page = wire.send("GET", reply.headers["Location"].removeprefix(bouchon.address))
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert {one[0] for one in everywhere(wire, token, clock)} == {302}


def test_a_page_may_stand_where_an_answer_is_expected(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident("page-html")
    found = everywhere(wire, token, clock)
    assert {one[:2] for one in found} == {(200, "text/html; charset=utf-8")}
    assert all(one[2].startswith(b"<!DOCTYPE html>") for one in found)


def test_a_mute_portal_takes_the_connection_and_says_nothing(start: Start, clock: Clock) -> None:
    bouchon = start(incidents=["muet"])
    with Wire(port_of(bouchon)) as wire:
        assert wire.connection.sock is None
        wire.connection.timeout = 0.3
        with pytest.raises(TimeoutError):
            wire.sign_in(BUREAU)
        assert bouchon.requests[-1].status is None
        assert bouchon.authentications == []
        started = time.monotonic()
        bouchon.stop()
        assert time.monotonic() - started < 3


def test_a_slow_portal_answers_at_last_and_stops_without_waiting(start: Start) -> None:
    slow = start(incidents=["lenteur"], slow_seconds=0.3)
    with Wire(port_of(slow)) as wire:
        started = time.monotonic()
        assert wire.sign_in(BUREAU).status == 200
        assert time.monotonic() - started >= 0.3
    slow.stop()
    slower = start(incidents=["lenteur"], slow_seconds=60)
    with socket.create_connection(("127.0.0.1", port_of(slower)), timeout=10) as caller:
        caller.sendall(b"GET /lister-depots/2.0/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while threading.active_count() < 3:
            time.sleep(0.01)
        started = time.monotonic()
        slower.stop()
        assert time.monotonic() - started < 10


def test_incidents_may_be_given_at_the_start_and_an_unknown_one_is_refused(start: Start) -> None:
    with Wire(port_of(start(incidents=["maintenance", "maintenance"]))) as wire:
        assert wire.sign_in(BUREAU).status == 503
    with pytest.raises(ValueError, match="« nul »"):
        Bouchon(folder=Path("ailleurs"), accounts=[BUREAU], incidents=["nul"])


def test_an_unknown_incident_is_neither_started_nor_ended(bouchon: Bouchon) -> None:
    for act in (bouchon.start_incident, bouchon.end_incident):
        with pytest.raises(ValueError, match="« nul »"):
            act("nul")
    bouchon.end_incident("maintenance")


def test_every_incident_is_described_once_and_played_somewhere() -> None:
    assert sum(map(len, GROUPS.values())) == len(INCIDENTS)
    assert all(text.endswith(".") for text in INCIDENTS.values())
    code = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py") if path.name != "incidents.py")
    assert [name for name in INCIDENTS if f'"{name}"' not in code] == []


def test_the_page_of_the_manual_describes_every_incident_and_no_other() -> None:
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = {row[1].strip().strip("`"): row[2].strip() for row in rows if len(row) == 4}
    assert told == INCIDENTS


def test_a_wrong_request_during_an_incident_of_sign_in_is_judged_as_ever(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.start_incident("mot-de-passe-expire")
    body = identifiants(BUREAU)
    assert wire.send("POST", "/authentifier/1.0/", body, Content_Type="text/plain").status == 415
    assert wire.sign_in(BUREAU, motdepasse="faux").headers["WWW-Authenticate"] == 'Basic realm="net-entreprises.fr"'
