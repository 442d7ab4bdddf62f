"""Downloading returns (api-dsn §7, cases T of §9, E5 and E9)."""

import pytest
from tests.netentreprises.bouchon.files import MONTHLY, end_of_contract
from tests.netentreprises.bouchon.wire import BUREAU, JMI, OPERATOR, OTHER, UNI, Clock, Wire, idflux_of, on_behalf

from scarabee.netentreprises.bouchon.server import Bouchon


def rows_of(wire: Wire, token: str, idflux: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0][
        "retour"
    ]
    return found


@pytest.fixture
def token(wire: Wire) -> str:
    return wire.token(BUREAU)


@pytest.fixture
def idflux(wire: Wire, token: str, clock: Clock) -> str:
    """A deposit all of whose returns are there."""
    found = idflux_of(wire.deposit(token, MONTHLY))
    clock.move(minutes=10)
    return found


def test_the_receipt_can_be_had_again_to_the_byte(wire: Wire, token: str) -> None:
    answered = wire.deposit(token, MONTHLY)
    reply = wire.get(f"/telecharger-retour/1.0/{idflux_of(answered)}/0000001001", token)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/xml")
    assert (reply.headers["Cache-Control"], reply.headers["Content-Encoding"]) == ("no-cache", "gzip")
    assert reply.body == answered.body


def test_a_return_may_be_a_text(bouchon: Bouchon, wire: Wire, token: str, clock: Clock) -> None:
    idflux = idflux_of(wire.deposit(token, end_of_contract()))
    clock.move(minutes=10)
    row = next(row for row in rows_of(wire, token, idflux) if row["nature"] == "40")
    reply = wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token)
    assert (reply.status, reply.headers["Content-Type"], reply.headers["Cache-Control"]) == (
        200,
        "text/plain",
        "no-cache",
    )
    kept = bouchon.state.store.folder / "depots" / "0000001" / f"{row['id']}.txt"
    assert reply.body == kept.read_bytes()
    assert idflux in reply.body.decode("utf-8")
    assert wire.send("GET", f"/depots/1/documents/{kept.name}").body == reply.body
    bouchon.start_incident("retour-ecrase")
    rows_of(wire, token, idflux)
    row = next(row for row in rows_of(wire, token, idflux) if row["nature"] == "40")
    replaced = wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token).body
    assert replaced.startswith(reply.body) and "remplace" in replaced.decode("utf-8")


def test_every_listed_address_and_id_leads_to_a_document(bouchon: Bouchon, wire: Wire, token: str, idflux: str) -> None:
    rows = [row for row in rows_of(wire, token, idflux) if "id" in row]
    assert len(rows) == 10
    for row in rows:
        by_address = wire.get(row["url"].removeprefix(bouchon.address), token)
        assert by_address.status == 200
        assert by_address.body == wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}/", token).body
        assert len(row["id"]) <= 10


def test_what_is_not_there_is_not_found(wire: Wire, token: str, idflux: str, clock: Clock) -> None:
    missing = ("x" * 23 + "/0000001001", f"{idflux}/0000001999", f"{idflux}/0000001004", idflux, f"{idflux}/", "")
    for path in missing:
        reply = wire.get(f"/telecharger-retour/1.0/{path}", token)
        assert reply.status == 404, path
        assert reply.is_empty
    fresh = idflux_of(wire.deposit(token, MONTHLY))
    assert wire.get(f"/telecharger-retour/1.0/{fresh}/0000002002", token).status == 404, "not published yet"
    clock.move(seconds=20)
    assert wire.get(f"/telecharger-retour/1.0/{fresh}/0000002002", token).status == 200
    assert wire.get(f"/telecharger-retour/2.0/{idflux}/0000001001", token).status == 404


def test_returns_are_purged_after_three_months(wire: Wire, idflux: str, clock: Clock) -> None:
    clock.move(days=91)
    assert wire.get(f"/telecharger-retour/1.0/{idflux}/0000001001", wire.token(BUREAU)).status == 200
    clock.move(days=2)
    assert wire.get(f"/telecharger-retour/1.0/{idflux}/0000001001", wire.token(BUREAU)).status == 404


def test_the_encoding_comes_first_then_lengths_then_the_token(wire: Wire, token: str, idflux: str) -> None:
    long = f"/telecharger-retour/1.0/{'x' * 51}/1"
    assert wire.send("GET", long, Accept_Encoding="deflate").status == 406
    for path in (long, f"/telecharger-retour/1.0/{idflux}/{'1' * 11}"):
        reply = wire.send("GET", path)
        assert reply.status == 422
        assert reply.is_empty
    path = f"/telecharger-retour/1.0/{idflux}/0000001001"
    assert wire.send("GET", path).headers["WWW-Authenticate"] == JMI
    assert wire.get(path, token, Accept_Encoding=None).status == 200


def test_only_who_deposited_may_read(bouchon: Bouchon, wire: Wire, token: str, idflux: str) -> None:
    path = f"/telecharger-retour/1.0/{idflux}/0000001001"
    operator = wire.token(OPERATOR, "98")
    assert wire.get(path, wire.token(OTHER)).status == 403
    assert wire.get(path, None, Authorization=on_behalf(operator, None)).status == 403
    assert wire.get(path, None, Authorization=on_behalf(operator, BUREAU)).headers["WWW-Authenticate"] == JMI
    mine = idflux_of(wire.deposit("", MONTHLY, Authorization=on_behalf(operator, BUREAU)))
    reply = wire.get(f"/telecharger-retour/1.0/{mine}/0000002001", None, Authorization=on_behalf(operator, None))
    assert reply.status == 200
    bouchon.start_incident("depot-d-un-autre")
    assert wire.get(path, token).status == 403
    bouchon.end_incident("depot-d-un-autre")
    bouchon.start_incident("non-inscrit-au-depot")
    assert wire.get(path, token).headers["WWW-Authenticate"] == UNI


def test_a_return_can_be_overwritten_once_it_was_listed(
    bouchon: Bouchon, wire: Wire, token: str, idflux: str, clock: Clock
) -> None:
    bouchon.start_incident("retour-ecrase")
    before = rows_of(wire, token, idflux)
    clock.move(minutes=3)
    for row in before:
        if "id" in row:
            expected = 200 if row["nature"] in {"10", "11"} else 404
            assert wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token).status == expected
    after = rows_of(wire, token, idflux)
    assert len(after) == len(before)
    for nature in ("20", "94"):
        old, new = (next(row for row in rows if row["nature"] == nature) for rows in (before, after))
        assert old["publication"] < new["publication"] and old["id"] != new["id"] and old["statut"] != new["statut"]
        document = wire.get(f"/telecharger-retour/1.0/{idflux}/{new['id']}", token)
        assert "remplace" in document.xml.get("message")
    for nature, mark in (("51", "ComplementRetourDecla="), ("119", "<RO_B002_R004>02<")):
        row = next(row for row in after if row["nature"] == nature)
        assert mark in wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token).body.decode("latin-1")
    assert rows_of(wire, token, idflux) == after, "each is overwritten once"
    assert len({row["id"] for row in before + after if "id" in row}) == 2 + 8 * 2
    published = wire.get(f"/lister-retours-declarant/2.0/{clock.digits(minutes=5)}", token).json["retours"]["flux"]
    assert {row["nature"] for row in published[0]["retour"]} == {"20", "94", "51", "119", "121", "61", "118"}


def test_the_search_by_date_overwrites_only_what_it_showed(
    bouchon: Bouchon, wire: Wire, token: str, clock: Clock
) -> None:
    bouchon.start_incident("retour-ecrase")
    since = clock.digits(seconds=0)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    clock.move(minutes=10)
    until = clock.digits(minutes=9)
    assert wire.get(f"/lister-retours-declarant/2.0/{since}/{until}", token).status == 200
    bouchon.end_incident("retour-ecrase")
    rows = rows_of(wire, token, idflux)
    assert {row["nature"]: row["publication"] >= clock.digits(seconds=1) for row in rows if "id" in row} == {
        "10": False,
        "11": False,
        "20": True,
        "94": False,
        "51": False,
        "119": False,
        "121": False,
        "61": False,
        "118": False,
    }
