"""Searching (api-dsn §6, cases C and F of §9, and E10 to E12, E16)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from tests.netentreprises.bouchon.files import MONTHLY
from tests.netentreprises.bouchon.wire import (
    AGRICOLE,
    BUREAU,
    JMI,
    OPERATOR,
    OTHER,
    UNI,
    Clock,
    Wire,
    idflux_of,
    on_behalf,
)

from scarabee.netentreprises.bouchon.server import Bouchon

BY_DATE = pytest.mark.parametrize("name", ["lister-depots", "lister-retours-declarant"])
VERSIONS = pytest.mark.parametrize("version", ["1.0", "2.0"])
NOON, ONE, TWO = "20261105120000", "20261105130000", "20261105140000"


@BY_DATE
@VERSIONS
def test_an_hour_may_be_asked_for_and_no_more(wire: Wire, clock: Clock, name: str, version: str) -> None:
    token = wire.token(BUREAU)
    reply = wire.get(f"/{name}/{version}/{NOON}/{ONE}", token)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == ("application/xml" if version == "1.0" else "application/json")
    assert (reply.headers["Cache-Control"], reply.headers["Accept-Ranges"]) == ("no-cache", "minutes=0-60")
    assert parsedate_to_datetime(reply.headers["Expires"]) == clock.now + timedelta(minutes=2)
    assert parsedate_to_datetime(reply.headers["Date"]) == clock.now
    wide = wire.get(f"/{name}/{version}/{NOON}/20261105130001", token)
    assert wide.status == 429
    assert wide.is_empty
    assert wire.get(f"/{name}/{version}/{NOON}/{TWO}", token).status == 429


@BY_DATE
def test_without_an_end_the_search_goes_up_to_now(wire: Wire, clock: Clock, name: str) -> None:
    token = wire.token(BUREAU)
    assert wire.get(f"/{name}/2.0/{clock.digits(minutes=59)}", token).status == 200
    assert wire.get(f"/{name}/2.0/{clock.digits(minutes=59)}/", token).status == 200
    assert wire.get(f"/{name}/2.0/{clock.digits(minutes=61)}", token).status == 429


@BY_DATE
@VERSIONS
def test_dates_come_first_then_the_encoding_then_the_token_then_the_span(wire: Wire, name: str, version: str) -> None:
    token = wire.token(BUREAU)
    for path in (f"/{name}/{version}", f"/{name}/{version}/"):
        reply = wire.get(path, token)
        assert reply.status == 404
        assert reply.is_empty
    for dates in ("120000", f"{NOON}/20130101", "20261305120000", "2026110512000%D9%A0", "20261105240000"):
        reply = wire.send("GET", f"/{name}/{version}/{dates}", Accept_Encoding="deflate")
        assert reply.status == 422, dates
        assert reply.is_empty
    assert wire.send("GET", f"/{name}/{version}/{NOON}/{TWO}", Accept_Encoding="deflate").status == 406
    reply = wire.send("GET", f"/{name}/{version}/{NOON}/{TWO}")
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, JMI)
    assert reply.is_empty


@BY_DATE
def test_refusals_of_tokens(bouchon: Bouchon, wire: Wire, name: str) -> None:
    path = f"/{name}/2.0/{NOON}/{ONE}"
    operator = wire.token(OPERATOR, "98")
    for authorization in ("DSNLogin jeton=", "DSNLogin x=1", "DSNLogin jeton=Z2FyYg==", on_behalf(operator, None)):
        assert wire.get(path, None, Authorization=authorization).headers["WWW-Authenticate"] == JMI
    token = wire.token(BUREAU)
    bouchon.start_incident("non-inscrit-au-depot")
    assert wire.get(path, token).headers["WWW-Authenticate"] == UNI


def test_a_concentrateur_has_ten_minutes_of_deposits_and_an_hour_of_returns(wire: Wire) -> None:
    behalf = on_behalf(wire.token(OPERATOR, "98"), BUREAU)
    reply = wire.get(f"/lister-depots/1.0/{NOON}/20261105121000", None, Authorization=behalf)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, "minutes=0-10")
    assert wire.get(f"/lister-depots/1.0/{NOON}/{TWO}", None, Authorization=behalf).status == 429
    reply = wire.get(f"/lister-retours-declarant/1.0/{NOON}/{ONE}", None, Authorization=behalf)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, "minutes=0-60")


@VERSIONS
def test_returns_of_a_concentrateur_judge_the_span_before_the_token(wire: Wire, clock: Clock, version: str) -> None:
    path = f"/lister-retours-concentrateur/{version}"
    operator = wire.token(OPERATOR, "98")
    alone = on_behalf(operator, None)
    assert wire.get(path, None).status == 404
    assert wire.send("GET", f"{path}/120000", Accept_Encoding="deflate").status == 422
    assert wire.send("GET", f"{path}/{NOON}/{TWO}", Accept_Encoding="deflate").status == 429
    assert wire.send("GET", f"{path}/{NOON}/20261105121000", Accept_Encoding="deflate").status == 406
    assert wire.send("GET", f"{path}/{NOON}/20261105121000").headers["WWW-Authenticate"] == JMI
    for refused in (on_behalf(operator, BUREAU), f"DSNLogin jeton={wire.token(BUREAU)}"):
        reply = wire.get(f"{path}/{NOON}/20261105121000", None, Authorization=refused)
        assert reply.headers["WWW-Authenticate"] == JMI
    mine = idflux_of(wire.deposit("", MONTHLY, Authorization=on_behalf(operator, BUREAU)))
    wire.deposit(wire.token(BUREAU), MONTHLY)
    clock.move(minutes=5)
    reply = wire.get(f"{path}/{clock.digits(minutes=9)}", None, Authorization=alone)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, "minutes=0-10")
    assert (
        [one["id"] for one in reply.json["retours"]["flux"]] == [mine] if version == "2.0" else mine in str(reply.body)
    )


def test_deposits_are_listed_by_the_date_of_the_deposit_and_to_their_owner_only(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    first = idflux_of(wire.deposit(token, MONTHLY))
    clock.move(minutes=30)
    second = idflux_of(wire.deposit(token, b"rejected"))
    assert deposits(wire, token, clock, minutes=60) == [(first, "OK"), (second, "KO")]
    assert deposits(wire, token, clock, minutes=29) == [(second, "KO")]
    assert deposits(wire, wire.token(BUREAU, "97"), clock, minutes=29) == [(second, "KO")]
    assert deposits(wire, wire.token(BUREAU, "26"), clock, minutes=60) == []
    assert deposits(wire, wire.token(OTHER), clock, minutes=60) == []
    assert deposits(wire, wire.token(AGRICOLE, "26"), clock, minutes=60) == []


def deposits(wire: Wire, token: str, clock: Clock, **ago: float) -> list[tuple[str, str]]:
    reply = wire.get(f"/lister-depots/2.0/{clock.digits(**ago)}", token)
    declarant = reply.json["depots"]["declarant"]
    assert list(declarant) == ["siret", "nom", "prenom", "depot"]
    return [(one["idflux"], one["statut"]) for one in declarant["depot"]]


def returns(wire: Wire, token: str, path: str) -> dict[str, list[str]]:
    """idflux → natures listed."""
    reply = wire.get(f"/{path}", token)
    assert reply.status == 200
    return {one["id"]: [row["nature"] for row in one["retour"]] for one in reply.json["retours"]["flux"]}


def test_returns_are_listed_by_their_publication(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    since = clock.digits(seconds=0)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    assert returns(wire, token, f"lister-retours-declarant/2.0/{since}") == {idflux: ["10"]}
    clock.move(seconds=30)
    assert returns(wire, token, f"lister-retours-declarant/2.0/{since}") == {idflux: ["10", "11"]}
    clock.move(minutes=5)
    natures = ["10", "11", "20", "60", "92", "94", "51", "51", "119", "121", "61", "118"]
    assert returns(wire, token, f"lister-retours-declarant/2.0/{since}") == {idflux: natures}
    later = str(int(since) + 1)
    assert returns(wire, token, f"lister-retours-declarant/2.0/{later}") == {idflux: natures[1:]}
    assert returns(wire, token, f"lister-retours-flux/2.0/{idflux}") == {idflux: natures}


def test_a_return_says_all_that_the_service_says_of_it(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    clock.move(minutes=5)
    rows = wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"]
    assert rows[1] == {
        "publication": "20261105091520",
        "production": "20261105091515",
        "nature": "11",
        "statut": "OK",
        "id": "0000001002",
        "url": f"{bouchon.address}/telecharger-retour/1.0/{idflux}/0000001002",
    }
    assert "id" not in rows[3] and "url" not in rows[3]
    assert [(row["ops"], row.get("delegataire"), row["statut"]) for row in rows if row["nature"] == "51"] == [
        ("AMUT01", None, "OK"),
        ("P0942", "DGEST1", "ANO"),
    ]
    xml = wire.get(f"/lister-retours-flux/1.0/{idflux}", token).xml
    assert xml.tag == "retours" and xml.findtext("flux/id") == idflux
    assert [{one.tag: one.text for one in row} for row in xml.iter("retour")] == rows


def test_the_returns_of_one_deposit(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    path = f"/lister-retours-flux/2.0/{idflux}"
    reply = wire.get(path, token)
    assert (reply.status, reply.headers["Cache-Control"], reply.headers["Accept-Ranges"]) == (200, "no-cache", None)
    assert reply.headers["Expires"] is not None
    assert wire.get(f"/lister-retours-flux/2.0/{'x' * 23}", token).status == 404
    assert wire.get(f"/lister-retours-flux/2.0/{idflux.swapcase()}", token).status == 404
    assert wire.get("/lister-retours-flux/2.0", token).status == 404
    assert wire.send("GET", f"/lister-retours-flux/2.0/{'x' * 51}", Accept_Encoding="deflate").status == 422
    assert wire.get(f"/lister-retours-flux/2.0/{'x' * 50}", token).status == 404
    assert wire.send("GET", path, Accept_Encoding="deflate").status == 406
    assert wire.send("GET", path).headers["WWW-Authenticate"] == JMI
    assert wire.get(path, wire.token(OTHER)).status == 403
    assert wire.get(path, wire.token(BUREAU, "26")).status == 404
    assert wire.get(path, None, Authorization=on_behalf(wire.token(OPERATOR, "98"), None)).status == 403
    bouchon.start_incident("depot-d-un-autre")
    reply = wire.get(path, token)
    assert reply.status == 403
    assert reply.is_empty


def test_a_concentrateur_reads_the_returns_of_what_it_deposited(wire: Wire) -> None:
    operator = wire.token(OPERATOR, "98")
    idflux = idflux_of(wire.deposit("", MONTHLY, Authorization=on_behalf(operator, BUREAU)))
    reply = wire.get(f"/lister-retours-flux/2.0/{idflux}", None, Authorization=on_behalf(operator, None))
    assert reply.status == 200


def test_a_search_that_finds_nothing_is_empty(wire: Wire) -> None:
    token = wire.token(BUREAU)
    assert wire.get(f"/lister-retours-declarant/1.0/{NOON}/{ONE}", token).xml.tag == "retours"
    assert wire.get(f"/lister-retours-declarant/2.0/{NOON}/{ONE}", token).json == {"retours": {"flux": []}}
    assert len(wire.get(f"/lister-depots/1.0/{NOON}/{ONE}", token).xml.findall("declarant/depot")) == 0
    assert wire.get(f"/lister-depots/1.0/{ONE}/{NOON}", token).status == 200, "an end before its beginning"


def test_answers_are_compressed_only_for_who_asks(wire: Wire) -> None:
    token = wire.token(BUREAU)
    plain = wire.get(f"/lister-depots/2.0/{NOON}/{ONE}", token, Accept_Encoding=None)
    assert plain.headers["Content-Encoding"] is None
    zipped = wire.get(f"/lister-depots/2.0/{NOON}/{ONE}", token, Accept_Encoding="deflate, gzip;q=0.5")
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert plain.body == zipped.body


def test_the_range_can_change_between_two_calls(bouchon: Bouchon, wire: Wire) -> None:
    token = wire.token(BUREAU)
    path = f"/lister-retours-declarant/2.0/{NOON}"
    assert wire.get(f"{path}/{ONE}", token).headers["Accept-Ranges"] == "minutes=0-60"
    bouchon.start_incident("plage-reduite")
    assert wire.get(f"{path}/{ONE}", token).status == 429
    assert wire.get(f"{path}/20261105121500", token).headers["Accept-Ranges"] == "minutes=0-15"


def test_deposits_can_be_searched_over_a_day_as_the_guide_says(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.start_incident("plage-24-heures")
    token = wire.token(BUREAU)
    reply = wire.get("/lister-depots/2.0/20261104120000/20261105120000", token)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, "minutes=0-1440")
    assert wire.get("/lister-depots/2.0/20261104120000/20261105120001", token).status == 429
    assert wire.get(f"/lister-retours-declarant/2.0/{NOON}/{TWO}", token).status == 429


@BY_DATE
def test_the_same_search_again_before_it_is_stale_may_be_too_soon(
    bouchon: Bouchon, wire: Wire, clock: Clock, name: str
) -> None:
    token = wire.token(BUREAU)
    path = f"/{name}/2.0/{NOON}/{ONE}"
    assert [wire.get(path, token).status for _ in range(2)] == [200, 200]
    bouchon.start_incident("interrogation-trop-rapide")
    assert wire.get(path, token).status == 429
    assert wire.get(path, wire.token(OTHER)).status == 200
    assert wire.get(f"{path[:-1].replace(NOON, '20261105120001')}1", token).status == 200
    clock.move(seconds=119)
    assert wire.get(path, token).status == 429
    clock.move(seconds=1)
    assert wire.get(path, token).status == 200


def test_the_hours_of_a_change_of_clock_lose_nothing(wire: Wire, clock: Clock) -> None:
    # In Paris on 25 October 2026, 3:00 becomes 2:00: 2:30 comes twice.
    for moment in (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)):
        clock.now = moment
        wire.deposit(wire.token(BUREAU), MONTHLY)
    token = wire.token(BUREAU)
    found = wire.get("/lister-depots/2.0/20261025021500/20261025024500", token).json
    assert [one["date"] for one in found["depots"]["declarant"]["depot"]] == ["20261025023000"] * 2
    assert wire.get("/lister-depots/2.0/20261025023000/20261025033000", token).status == 200
    # On 29 March 2026, 2:00 becomes 3:00: sixty minutes are two hours of the dial.
    clock.now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    spring = wire.token(BUREAU)
    assert wire.get("/lister-depots/2.0/20260329013000/20260329033000", spring).status == 200


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (None, {"retours": {"flux": [{"id": "X", "retour": [{"nature": "10"}]}]}}),
        ("json-sans-racine", {"flux": [{"id": "X", "retour": [{"nature": "10"}]}]}),
        ("json-majuscules", {"Retours": {"Flux": [{"Id": "X", "Retour": [{"Nature": "10"}]}]}}),
        ("json-objet-seul", {"retours": {"flux": {"id": "X", "retour": {"nature": "10"}}}}),
        ("json-nombres", {"retours": {"flux": [{"id": "X", "retour": [{"nature": 10}]}]}}),
    ],
)
def test_the_json_of_returns_comes_in_many_forms(
    bouchon: Bouchon, wire: Wire, incident: str | None, expected: Any
) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    if incident:
        bouchon.start_incident(incident)

    def simplified(value: Any) -> Any:
        if isinstance(value, list):
            return [simplified(one) for one in value]
        if isinstance(value, dict):
            kept = {"retours", "flux", "id", "retour", "nature"}
            found = {key: simplified(one) for key, one in value.items() if key.lower() in kept}
            return {key: one for key, one in found.items() if key.lower() != "id" or one == "X"}
        return "X" if value == idflux else value

    assert simplified(wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json) == expected


def test_the_json_of_deposits_comes_in_many_forms(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)

    def listed(*incidents: str) -> Any:
        for name in incidents:
            bouchon.start_incident(name)
        found = wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token).json
        for name in incidents:
            bouchon.end_incident(name)
        return found

    assert listed("json-null")["depots"]["declarant"]["depot"] is None
    assert "depot" not in listed("json-cle-absente")["depots"]["declarant"]
    assert listed("json-tableaux")["depots"]["declarant"][0]["nom"] == "MARTIN"
    assert "inattendu" in listed("json-cles-inconnues")["depots"]
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    assert listed("json-objet-seul")["depots"]["declarant"]["depot"]["idflux"] == idflux
    assert listed("json-nombres")["depots"]["declarant"]["depot"][0]["date"] == 20261105091500
    assert listed("json-sans-racine", "json-majuscules")["Declarant"]["Depot"][0]["Idflux"] == idflux


def test_returns_may_have_an_id_without_an_address_or_an_address_without_an_id(bouchon: Bouchon, wire: Wire) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    for incident, kept in (("retour-sans-id", {"url"}), ("retour-sans-url", {"id"})):
        bouchon.start_incident(incident)
        row = wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"][0]
        assert {"id", "url"} & row.keys() == kept
        bouchon.end_incident(incident)


def test_a_nature_that_nobody_knows_has_neither_id_nor_address(bouchon: Bouchon, wire: Wire) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    bouchon.start_incident("nature-inconnue")
    rows = wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"]
    assert [row["nature"] for row in rows] == ["10", "987"]
    assert {"id", "url"}.isdisjoint(rows[-1])
