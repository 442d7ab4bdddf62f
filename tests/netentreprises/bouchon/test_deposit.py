"""Depositing (api-dsn §5, cases B of §9, and E8, E13, E14)."""

import gzip
import http.client
import zlib
from pathlib import Path

import pytest
from tests.netentreprises.bouchon.conftest import Start, port_of
from tests.netentreprises.bouchon.files import MONTHLY, monthly
from tests.netentreprises.bouchon.wire import AGRICOLE, BUREAU, JMI, OPERATOR, UNI, Clock, Wire, idflux_of, on_behalf

from scarabee.netentreprises.bouchon.limits import Limits
from scarabee.netentreprises.bouchon.server import Bouchon

VERSIONS = pytest.mark.parametrize(("version", "media_type"), [("1.0", "application/xml"), ("2.0", "application/json")])


@VERSIONS
def test_a_dsn_is_recorded_and_its_receipt_says_so(wire: Wire, clock: Clock, version: str, media_type: str) -> None:
    reply = wire.deposit(wire.token(BUREAU), MONTHLY, version)
    assert reply.status == 200
    assert (reply.headers["Content-Type"], reply.headers["Content-Encoding"]) == (media_type, "gzip")
    assert reply.headers["Transfer-Encoding"] is None
    if version == "2.0":
        envoi = reply.json["rapport"]["envoi"]
        assert envoi["envoi_bilan"]["envoi_etat"] == "OK"
        assert len(envoi["envoi_identification"]["idflux"]) == 23
        return
    told = {one.tag: one.text for one in reply.xml.find("envoi/envoi_identification")}
    assert reply.xml.tag == "{http://www.gip-mds.fr/}rapport" and reply.xml.get("type") == "AEE"
    assert reply.text("envoi/envoi_bilan/envoi_etat") == "OK"
    assert [one.text for one in reply.xml.find("envoi/envoi_identification/declarant")] == list(BUREAU.identity)
    assert len(str(told["idflux"])) == 23
    assert (told["identifiant"], told["point_de_depot"], told["essai_reel"]) == ("MtoM", "01", "01")
    assert told["emetteur_siret"] == "46766553500010"
    assert (told["date_reception"], told["heure_reception"]) == ("2026-11-05", "09:15:00")
    assert (told["date_enregistrement"], told["heure_enregistrement"]) == ("2026-11-05", "09:15:00")


@VERSIONS
def test_what_does_not_begin_as_a_dsn_is_rejected_with_an_idflux(wire: Wire, version: str, media_type: str) -> None:
    reply = wire.deposit(wire.token(BUREAU), b"PK\x03\x04 a zip", version)
    assert reply.status == 422
    assert (reply.headers["Content-Type"], reply.headers["Content-Encoding"]) == (media_type, "gzip")
    if version == "2.0":
        envoi = reply.json["rapport"]["envoi"]
        assert envoi["envoi_anomalie"]["description"]["code"] == "B1-105-15"
        assert len(envoi["envoi_identification"]["idflux"]) == 23
        return
    assert reply.xml.get("type") == "ARE"
    assert reply.text("envoi/envoi_bilan/envoi_etat") == "KO"
    assert reply.text("envoi/envoi_anomalie/description/code") == "B1-105-15"
    assert len(idflux_of(reply)) == 23
    assert reply.text("envoi/envoi_identification/date_enregistrement") is None


def test_essai_or_reel_follows_the_file_and_the_point_of_deposit_follows_the_token(wire: Wire) -> None:
    reply = wire.deposit(wire.token(BUREAU, "26"), monthly(real=True))
    assert reply.text("envoi/envoi_identification/essai_reel") == "02"
    assert reply.text("envoi/envoi_identification/point_de_depot") == "02"


@VERSIONS
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "application/xml"}, 415),
        ({"Content_Type": "application/json"}, 415),
        ({"Content_Encoding": None}, 415),
        ({"Content_Encoding": "deflate"}, 415),
        ({"Accept_Encoding": "deflate"}, 406),
        ({"Content_Encoding": "deflate", "Accept_Encoding": "deflate"}, 415),
        ({"Accept_Encoding": "identity", "Authorization": None}, 406),
    ],
)
def test_headers_are_judged_in_order(
    wire: Wire, version: str, media_type: str, headers: dict[str, str | None], status: int
) -> None:
    reply = wire.deposit(wire.token(BUREAU), MONTHLY, version, **headers)
    assert reply.status == status
    assert reply.is_empty


def test_no_body_and_bodies_that_are_not_gzip_are_bad_requests_in_html(bouchon: Bouchon, wire: Wire) -> None:
    headers = {"Content_Type": "text/plain", "Content_Encoding": "gzip"}
    for body in (None, b""):
        reply = wire.send("POST", "/deposer-dsn/1.0/", body, **headers)
        assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (400, "text/html")
    headers["Authorization"] = f"DSNLogin jeton={wire.token(BUREAU)}"
    whole = gzip.compress(MONTHLY)
    spoiled = whole[:-6] + bytes([whole[-6] ^ 0xFF]) + whole[-5:]
    for body in (MONTHLY, b"\x1f\x8b", whole[:-10], spoiled, zlib.compress(MONTHLY)):
        reply = wire.send("POST", "/deposer-dsn/1.0/", body, **headers)
        assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (400, "text/html")
    assert bouchon.state.store.deposits() == []


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "DSNLogin",
        "DSNLogin jeton=",
        "DSNLogin autre=abc",
        "DSNLogin jeton=Z2FyYmFnZQ==",
        "DSNLogin jeton=pas-du-base64!",
        "Basic abc",
        "DSNLogin jeton=a,jeton=b",
        "DSNLogin jeton=a,declarant=b",
    ],
)
def test_a_token_that_is_none_is_refused(bouchon: Bouchon, wire: Wire, authorization: str | None) -> None:
    reply = wire.deposit("", MONTHLY, Authorization=authorization)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, JMI)
    assert reply.is_empty
    assert bouchon.state.store.deposits() == []


def test_the_scheme_may_be_spaced_and_the_token_holds_equal_signs(wire: Wire) -> None:
    token = wire.token(BUREAU)
    assert token.endswith("=")
    assert wire.deposit("", MONTHLY, Authorization=f"DSNLogin  jeton = {token} ").status == 200


def test_who_is_not_enrolled_is_refused(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.start_incident("non-inscrit-au-depot")
    reply = wire.deposit(wire.token(BUREAU), MONTHLY)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, UNI)
    assert reply.is_empty


def test_a_concentrateur_deposits_for_a_declarant_who_then_sees_it(wire: Wire, clock: Clock) -> None:
    token = wire.token(OPERATOR, "98")
    reply = wire.deposit("", MONTHLY, Authorization=on_behalf(token, BUREAU))
    assert reply.status == 200
    assert [one.text for one in reply.xml.find("envoi/envoi_identification/declarant")] == list(BUREAU.identity)
    listed = wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", wire.token(BUREAU)).json
    assert [one["idflux"] for one in listed["depots"]["declarant"]["depot"]] == [idflux_of(reply)]


def test_a_concentrateur_needs_a_token_of_its_own_and_a_declarant_who_exists(bouchon: Bouchon, wire: Wire) -> None:
    token = wire.token(OPERATOR, "98")
    plain = ";".join(BUREAU.identity)
    for authorization in (
        on_behalf("", BUREAU),
        on_behalf("Z2FyYmFnZQ==", BUREAU),
        on_behalf("pas-du-base64!", BUREAU),
        on_behalf(wire.token(BUREAU), BUREAU),
        on_behalf(token, None),
        on_behalf(token, None, ""),
        on_behalf(token, None, "Z2FyYmFnZQ=="),
        on_behalf(token, None, plain),
        on_behalf(token, None, "OztSSUVO"),
        f"DSNLogin jeton={token}",
    ):
        reply = wire.deposit("", MONTHLY, Authorization=authorization)
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, JMI), authorization
    nobody = wire.deposit("", MONTHLY, Authorization=on_behalf(token, None, "MDtBO0I="))
    assert nobody.headers["WWW-Authenticate"] == UNI
    assert wire.deposit("", MONTHLY, Authorization=on_behalf(token, AGRICOLE)).status == 200
    bouchon.start_incident("non-inscrit-au-depot")
    assert wire.deposit("", MONTHLY, Authorization=on_behalf(token, BUREAU)).headers["WWW-Authenticate"] == UNI


def test_the_same_bytes_twice_are_two_deposits_as_on_the_portal(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    first, second = (idflux_of(wire.deposit(token, MONTHLY)) for _ in range(2))
    assert first != second
    listed = wire.get(f"/lister-depots/1.0/{clock.digits(minutes=5)}", token)
    assert [one.findtext("idflux") for one in listed.xml.iter("depot")] == [first, second]
    assert {one.findtext("statut") for one in listed.xml.iter("depot")} == {"OK"}


def test_what_was_deposited_is_kept_to_the_byte_and_outlives_a_restart(
    start: Start, bouchon: Bouchon, wire: Wire, clock: Clock, tmp_path: Path
) -> None:
    content = MONTHLY.replace(b"\n", b"\r\n") + b"\xe9\x00\xff no DSN here"
    idflux = idflux_of(wire.deposit(wire.token(BUREAU), content))
    assert (tmp_path / "bouchon" / "depots" / "0000001" / "fichier.dsn").read_bytes() == content
    bouchon.stop()
    again = start()
    with Wire(port_of(again)) as other:
        token = other.token(BUREAU)
        listed = other.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token).json
        assert [one["idflux"] for one in listed["depots"]["declarant"]["depot"]] == [idflux]
        assert other.deposit(token, MONTHLY).status == 200
    deposits = again.state.store.deposits()
    assert [one.number for one in deposits] == [1, 2]
    assert again.state.store.content(deposits[0]) == content


@pytest.mark.parametrize("incident", ["coupure-avant-enregistrement", "coupure-apres-enregistrement"])
def test_the_connection_can_be_cut_before_or_after_the_deposit_is_recorded(
    bouchon: Bouchon, wire: Wire, clock: Clock, incident: str
) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident(incident)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        wire.deposit(token, MONTHLY)
    assert bouchon.requests[-1].status is None
    bouchon.end_incident(incident)
    wire.connection.close()
    listed = wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token).json
    assert len(listed["depots"]["declarant"]["depot"]) == (incident == "coupure-apres-enregistrement")


def test_an_idflux_may_end_with_a_dot_and_is_found_by_it(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    bouchon.start_incident("idflux-point")
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, MONTHLY))
    assert len(idflux) == 23 and idflux.endswith(".")
    assert wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["id"] == idflux
    assert wire.get(f"/lister-retours-flux/2.0/{idflux.removesuffix('.')}", token).status == 404


def test_the_receipt_of_version_2_may_be_xml(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.start_incident("aee-xml-en-2.0")
    reply = wire.deposit(wire.token(BUREAU), MONTHLY, "2.0")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.body.startswith(b"<?xml") and len(idflux_of(reply)) == 23


def test_a_gzip_bomb_is_cut_short(start: Start) -> None:
    bouchon = start(limits=Limits(content_bytes=100_000))
    with Wire(port_of(bouchon)) as wire:
        token = wire.token(BUREAU)
        assert wire.deposit(token, b"S10" + bytes(5_000_000)).status == 413
        assert wire.deposit(token, MONTHLY).status == 200
    assert bouchon.state.store.count() == 1


def test_control_characters_in_a_file_do_not_break_its_returns(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    content = MONTHLY.replace(b"Cabinet du Val", b"\x00\x0b<&>'\"").replace(b"MERCIER", b"\x01\xff")
    idflux = idflux_of(wire.deposit(token, content))
    clock.move(minutes=10)
    for one in wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"]:
        if "id" in one:
            assert wire.get(f"/telecharger-retour/1.0/{idflux}/{one['id']}", token).xml is not None
