"""Reading an AEE and an ARE (api-dsn §5.1)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.errors import UnreadableAnswer
from scarabee.netentreprises.receipts import Anomaly, Receipt, receipt_in
from scarabee.netentreprises.trees import Unreadable

AT = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
IDFLUX = "Ab0cD1eF2gH3iJ4kL5mN6o."
AEE = f"""<?xml version="1.0" encoding="UTF-8"?>
<gipmds:rapport type="AEE" profil="DSN" version="v01r06" xmlns:gipmds="http://www.gip-mds.fr/">
  <envoi>
    <envoi_identification>
      <declarant><siret>11111111100011</siret><nom>MARTIN</nom><prenom>ALICE</prenom></declarant>
      <idflux>{IDFLUX}</idflux>
      <identifiant>MtoM</identifiant>
      <point_de_depot>01</point_de_depot>
      <essai_reel>01</essai_reel>
      <emetteur_siret>22222222200022</emetteur_siret>
      <date_reception>2026-11-05</date_reception>
      <heure_reception>09:15:00</heure_reception>
      <date_enregistrement>2026-11-05</date_enregistrement>
      <heure_enregistrement>09:15:02</heure_enregistrement>
    </envoi_identification>
    <envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan>
  </envoi>
</gipmds:rapport>""".encode()
ARE = f"""<gipmds:rapport type="ARE" profil="DSN" version="v01r06" xmlns:gipmds="http://www.gip-mds.fr/">
  <envoi>
    <envoi_identification>
      <idflux>{IDFLUX}</idflux><essai_reel/><emetteur_siret>22222222200022</emetteur_siret>
      <date_reception>2026-11-05</date_reception><heure_reception>09:15:00</heure_reception>
    </envoi_identification>
    <envoi_bilan><envoi_etat>KO</envoi_etat></envoi_bilan>
    <envoi_anomalie><description><code>B1-105-15</code><message>Inconnu</message></description></envoi_anomalie>
    <envoi_anomalie><description><code>B1-2</code><message>Autre</message></description></envoi_anomalie>
  </envoi>
</gipmds:rapport>""".encode()


def receipt(content: bytes, status: int = 200) -> Receipt:
    return receipt_in(Answer(status, AT, ((b"Content-Type", b"application/xml"),), content))


def test_an_aee_is_read() -> None:
    assert receipt(AEE) == Receipt(
        "AEE",
        IDFLUX,
        "OK",
        "01",
        "22222222200022",
        "01",
        "2026-11-05 09:15:00",
        "2026-11-05 09:15:02",
        (),
        AEE,
        "application/xml",
    )
    assert receipt(AEE).is_recorded


def test_an_are_is_read_with_its_reasons() -> None:
    found = receipt(ARE, 422)
    assert (found.kind, found.idflux, found.etat, found.essai_reel, found.recorded) == ("ARE", IDFLUX, "KO", "", "")
    assert found.anomalies == (Anomaly("B1-105-15", "Inconnu"), Anomaly("B1-2", "Autre"))
    assert not found.is_recorded
    assert found.content == ARE


def plain(content: bytes) -> dict[str, Any]:
    """The same receipt as JSON, attributes and children alike as keys."""
    kind = "AEE" if b'"AEE"' in content else "ARE"
    value = receipt(content, 200 if kind == "AEE" else 422)
    identification = {"idflux": value.idflux, "essai_reel": value.essai_reel, "point_de_depot": value.point_de_depot}
    anomalies = [{"description": {"code": one.code, "message": one.message}} for one in value.anomalies]
    envoi = {"envoi_identification": identification, "envoi_bilan": {"envoi_etat": value.etat}}
    return {"rapport": {"type": kind, "envoi": {**envoi, "envoi_anomalie": anomalies}}}


def without_type(value: dict[str, Any]) -> dict[str, Any]:
    return {"rapport": {key: one for key, one in value["rapport"].items() if key != "type"}}


@pytest.mark.parametrize(("content", "status", "kind"), [(AEE, 200, "AEE"), (ARE, 422, "ARE"), (ARE, 200, "ARE")])
def test_a_receipt_in_json_is_read_whatever_its_form(content: bytes, status: int, kind: str) -> None:
    value = plain(content)
    forms = [
        value,
        value["rapport"],
        without_type(value),
        [value],
        {"IDFLUX": IDFLUX, "Envoi_Etat": "OK" if kind == "AEE" else "KO"},
    ]
    for form in forms:
        found = receipt(b" \n" + json.dumps(form).encode(), status)
        assert (found.kind, found.idflux) == (kind, IDFLUX)
        assert found.etat == ("OK" if kind == "AEE" else "KO")
    assert receipt(json.dumps(value).encode(), status).anomalies == receipt(content, status).anomalies


def test_xml_is_known_by_its_first_byte_whatever_its_label() -> None:
    answer = Answer(200, AT, ((b"Content-Type", b"application/json"),), b"\xef\xbb\xbf\n" + AEE[AEE.index(b"<g") :])
    assert receipt_in(answer).idflux == IDFLUX


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 200),
        (b"OK", 200),
        (b"{}", 200),
        (b"null", 200),
        (b"[]", 200),
        (b'{"statut": "OK"}', 200),
        (b'{"envoi_etat": "OK"}', 200),
        (b'{"idflux": ""}', 200),
        (b'{"idflux": {"valeur": "x"}}', 200),
        (json.dumps({"idflux": "x" * 51, "envoi_etat": "OK"}).encode(), 200),
        (b'{"idflux": "a\\u0007b"}', 200),
        (b'[{"idflux": "a"}, {"idflux": "b"}]', 200),
        (AEE.replace(IDFLUX.encode(), b""), 200),
        (AEE[:-20], 200),
        (b"<!DOCTYPE rapport>" + AEE[AEE.index(b"<g") :], 200),
        (b"<html/>", 422),
        (b"Unprocessable", 422),
    ],
)
def test_what_is_no_receipt_is_refused(content: bytes, status: int) -> None:
    with pytest.raises(Unreadable):
        receipt(content, status)


def test_recorded_and_rejected_at_once_leaves_the_deposit_in_doubt() -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        receipt(AEE, 422)
    assert caught.value.is_outcome_unknown


def test_the_receipt_does_not_print_its_document() -> None:
    assert "MtoM" not in repr(receipt(AEE))
