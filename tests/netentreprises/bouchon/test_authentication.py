"""Signing in (api-dsn §4, cases A of §9)."""

import gzip
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from tests.netentreprises.bouchon.conftest import Start, port_of
from tests.netentreprises.bouchon.wire import (
    AGRICOLE,
    BASIC,
    BUREAU,
    EXPIRED,
    OPERATOR,
    OTHER,
    UNI,
    Clock,
    Wire,
    identifiants,
)

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon


@pytest.mark.parametrize(
    ("account", "service"), [(BUREAU, "25"), (BUREAU, "97"), (BUREAU, "26"), (AGRICOLE, "94"), (OPERATOR, "98")]
)
def test_a_right_account_gets_a_token_and_its_end(wire: Wire, clock: Clock, account: Account, service: str) -> None:
    reply = wire.sign_in(account, service)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/octet-stream")
    assert reply.headers["Content-Encoding"] is None
    assert len(reply.body) > 40 and reply.body.endswith(b"=")
    assert parsedate_to_datetime(reply.headers["Expires"]) == clock.now + timedelta(hours=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"motdepasse": BUREAU.motdepasse.upper()},
        {"motdepasse": BUREAU.motdepasse.replace("É", "E")},
        {"motdepasse": f"{BUREAU.motdepasse} "},
        {"nom": "Martin"},
        {"prenom": "ALICE"},
        {"siret": "99999999900019"},
        {"service": "94"},
    ],
    ids=["case", "accent", "space", "name", "given name", "unknown", "service it lacks"],
)
def test_anything_else_to_the_letter_is_refused(wire: Wire, changes: dict[str, str]) -> None:
    service = changes.pop("service", "25")
    reply = wire.sign_in(BUREAU, service, **changes)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, BASIC)
    assert reply.is_empty


@pytest.mark.parametrize("name", ["siret", "nom", "prenom", "motdepasse", "service"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_field_is_malformed(wire: Wire, name: str, value: str | None) -> None:
    reply = wire.sign_in(BUREAU, **{name: value})  # type: ignore[arg-type]
    assert reply.status == 422
    assert reply.is_empty


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("siret", "4676655350001"),
        ("siret", "467665535000100"),
        ("nom", "x" * 65),
        ("prenom", "x" * 40),
        ("motdepasse", "x" * 31),
        ("service", "255"),
    ],
)
def test_a_field_of_the_wrong_length_is_malformed(wire: Wire, name: str, value: str) -> None:
    assert wire.sign_in(BUREAU, **{name: value}).status == 422


def test_the_longest_fields_are_well_formed(wire: Wire) -> None:
    reply = wire.sign_in(BUREAU, nom="x" * 64, prenom="x" * 39, motdepasse="x" * 30)
    assert reply.status == 401


def test_the_media_type_is_looked_at_before_the_encoding_and_the_encoding_before_the_fields(wire: Wire) -> None:
    assert wire.sign_in(BUREAU, Content_Type="text/plain", Accept_Encoding="deflate").status == 415
    assert wire.sign_in(BUREAU, Content_Type=None).status == 415
    reply = wire.sign_in(BUREAU, Accept_Encoding="deflate", siret="1")
    assert reply.status == 406
    assert reply.is_empty
    assert wire.sign_in(BUREAU, Accept_Encoding="gzip;q=0").status == 406
    assert wire.sign_in(BUREAU, Accept_Encoding=None).status == 200
    assert wire.sign_in(BUREAU, Content_Type="application/xml; charset=utf-8").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<identifiants>",
        b"\x00\xff",
        b"<autre/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><identifiants><siret>&a;</siret></identifiants>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><identifiants/>',
    ],
)
def test_a_body_that_is_no_such_document_is_malformed(wire: Wire, body: bytes) -> None:
    reply = wire.send("POST", "/authentifier/1.0/", body, Content_Type="application/xml")
    assert reply.status == 422
    assert reply.is_empty


def test_any_encoding_that_xml_declares_is_read(wire: Wire) -> None:
    text = identifiants(BUREAU).decode("ascii")
    plain = text.replace("&#201;", "É").replace("&#233;", "é")
    for encoding in ("iso-8859-1", "utf-8", "utf-16"):
        body = f'<?xml version="1.0" encoding="{encoding}"?>{plain}'.encode(encoding)
        assert wire.send("POST", "/authentifier/1.0/", body, Content_Type="application/xml").status == 200, encoding


def test_the_path_is_right_with_or_without_its_last_slash_and_no_other_version_exists(wire: Wire) -> None:
    body = identifiants(BUREAU)
    for path, status in (("/authentifier/1.0", 200), ("/authentifier/1.0/", 200), ("/authentifier/3.0", 404)):
        assert wire.send("POST", path, body, Content_Type="application/xml").status == status
    assert wire.send("GET", "/authentifier/1.0/").status == 405


def msa(wire: Wire, identifiant: str | None, password: str | None, *, zipped: bool = False) -> tuple[int, str | None]:
    parts = [("identifiant", identifiant), ("motdepasse", password)]
    text = "".join(f"<{name}>{value}</{name}>" for name, value in parts if value is not None)
    body = f"<identifiants>{text}</identifiants>".encode()
    headers: dict[str, str | None] = {"Content_Type": "application/xml"}
    if zipped:
        body, headers["Content_Encoding"] = gzip.compress(body), "gzip"
    reply = wire.send("POST", "/authentifier/2.0", body, **headers)
    return reply.status, reply.headers["WWW-Authenticate"]


def test_the_msa_has_identifiers_of_its_own(wire: Wire) -> None:
    assert msa(wire, "MSA-0001", AGRICOLE.motdepasse) == (200, None)
    assert msa(wire, "MSA-0001", AGRICOLE.motdepasse, zipped=True) == (200, None)
    assert msa(wire, "MSA-0001", "faux") == (401, 'Basic realm="msa.fr"')
    assert msa(wire, "MSA-0002", "faux") == (401, 'Basic realm="msa.fr"')
    for identifiant, password in ((None, "x"), ("x", None), ("x" * 31, "x"), ("x", "x" * 31)):
        assert msa(wire, identifiant, password)[0] == 422


def test_a_token_of_the_msa_opens_the_regime_agricole_only(wire: Wire, clock: Clock) -> None:
    reply = wire.send(
        "POST",
        "/authentifier/2.0",
        f"<identifiants><identifiant>MSA-0001</identifiant><motdepasse>{AGRICOLE.motdepasse}</motdepasse></identifiants>".encode(),
        Content_Type="application/xml",
    )
    token = reply.body.decode()
    assert wire.deposit(token, b"S10.G00.00.005,'01'\n").text("envoi/envoi_identification/point_de_depot") == "02"
    listed = wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token).json
    assert listed["depots"]["declarant"]["siret"] == AGRICOLE.siret


def test_the_record_of_attempts_never_holds_a_password(bouchon: Bouchon, wire: Wire) -> None:
    wire.sign_in(BUREAU, motdepasse="secret-de-trop")
    wire.sign_in(BUREAU)
    first, second = bouchon.authentications
    assert (first.siret, first.nom, first.prenom, first.service, first.status) == (*BUREAU.identity, "25", 401)
    assert second.status == 200
    assert "secret" not in repr(bouchon.authentications) + repr(BUREAU) + repr(bouchon.requests)


def test_nothing_locks_an_account_unless_asked(wire: Wire) -> None:
    for _ in range(10):
        assert wire.sign_in(BUREAU, motdepasse="faux").status == 401
    assert wire.sign_in(BUREAU).status == 200


def test_three_refusals_in_a_row_lock_while_the_incident_is_on_and_the_lock_outlives_a_restart(
    start: Start, bouchon: Bouchon, wire: Wire
) -> None:
    bouchon.start_incident("verrouillage")
    for _ in range(2):
        assert wire.sign_in(BUREAU, motdepasse="faux").status == 401
    assert wire.sign_in(BUREAU).status == 200
    for _ in range(3):
        assert wire.sign_in(BUREAU, motdepasse="faux").status == 401
    reply = wire.sign_in(BUREAU)
    assert reply.status == 403
    assert reply.is_empty
    assert wire.sign_in(OTHER).status == 200
    bouchon.stop()
    again = start()
    with Wire(port_of(again)) as other:
        assert other.sign_in(BUREAU).status == 403
        again.unlock(*BUREAU.identity)
        assert other.sign_in(BUREAU).status == 200


def test_a_renewed_password_replaces_the_old_one(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.set_password(*BUREAU.identity, "renouvele")
    assert wire.sign_in(BUREAU).status == 401
    assert wire.sign_in(BUREAU, motdepasse="renouvele").status == 200
    with pytest.raises(KeyError):
        bouchon.set_password("0", "0", "0", "0")


@pytest.mark.parametrize(
    ("incident", "status", "realm"),
    [
        ("mot-de-passe-expire", 401, 'Basic realm="Expiration du mot de passe"'),
        ("compte-bloque", 403, None),
        ("non-inscrit", 401, UNI),
        ("identifiants-mal-formes", 422, None),
    ],
)
def test_incidents_at_sign_in(bouchon: Bouchon, wire: Wire, incident: str, status: int, realm: str | None) -> None:
    bouchon.start_incident(incident)
    reply = wire.sign_in(BUREAU)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (status, realm)
    assert reply.is_empty
    bouchon.end_incident(incident)
    assert wire.sign_in(BUREAU).status == 200


def test_a_token_expires_when_it_said_and_another_works(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    path = f"/lister-depots/1.0/{clock.digits(minutes=5)}"
    clock.move(minutes=50)
    assert wire.get(path, token).status == 200
    clock.move(minutes=10)
    reply = wire.get(f"/lister-depots/1.0/{clock.digits(minutes=5)}", token)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, EXPIRED)
    assert reply.is_empty
    assert wire.get(f"/lister-depots/1.0/{clock.digits(minutes=5)}", wire.token(BUREAU)).status == 200


def test_tokens_can_be_made_to_expire_in_the_middle_of_a_run(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    path = f"/lister-depots/1.0/{clock.digits(minutes=5)}"
    token = wire.token(BUREAU)
    assert wire.get(path, token).status == 200
    bouchon.start_incident("jeton-expire")
    assert wire.get(path, token).headers["WWW-Authenticate"] == EXPIRED
    fresh = wire.token(BUREAU)
    assert [wire.get(path, fresh).status for _ in range(2)] == [200, 401]
    bouchon.end_incident("jeton-expire")
    assert wire.get(path, wire.token(BUREAU)).status == 200


def test_tokens_do_not_survive_a_restart(start: Start, bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    bouchon.stop()
    with Wire(port_of(start())) as other:
        reply = other.get(f"/lister-depots/1.0/{clock.digits(minutes=5)}", token)
    assert reply.headers["WWW-Authenticate"] == 'DSNLogin realm="Jeton manquant ou invalide"'
