"""Whether a certificate is about the declaration that was deposited (api-dsn §8.1)."""

from dataclasses import replace

import pytest

from scarabee.netentreprises.documents import DeclarationKey, DeclarationOf, agrees, read

KEY = DeclarationKey("73282932001691", "01", "01", "32", "1", "01112026", "PAIE-11")
CERTIFICATE = b"""<?xml version="1.0" encoding="UTF-8"?>
<ns2:rapport xmlns:ns2="http://www.gip-mds.fr/" type="CCO" profil="DSN" version="v01r09">
 <envoi><envoi_identification><idflux>Ab0cD1eF2gH3iJ4kL5mN6o.</idflux><point_de_depot>01</point_de_depot>
   <essai_reel>02</essai_reel><emetteur_siret>73282932001691</emetteur_siret></envoi_identification>
  <envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi>
 <declaration><declaration_identification><rang>1</rang><nature>1</nature><type>01</type><fraction>32</fraction>
   <ordre>01</ordre><mois>01112026</mois><identifiant_metier>PAIE-11</identifiant_metier><SIREN>732829320</SIREN>
   <nic_affectation>01691</nic_affectation></declaration_identification>
  <declaration_bilan><etat>OK</etat></declaration_bilan></declaration>
</ns2:rapport>"""


def test_a_certificate_tells_the_deposit_and_the_declaration_it_is_about() -> None:
    document = read(CERTIFICATE)
    assert (document.nature, document.kind, document.state) == ("11", "CCO", "OK")
    assert (document.idflux, document.essai_reel, document.is_real) == ("Ab0cD1eF2gH3iJ4kL5mN6o.", "02", True)
    assert (document.sender, document.sirets) == ("73282932001691", ("73282932001691",))
    assert agrees(document.declarations[0], KEY)


@pytest.mark.parametrize(
    "other",
    [
        {"siret": "73282932001692"},
        {"nature": "04"},
        {"type": "03"},
        {"fraction": "11"},
        {"order": "2"},
        {"month": "01102026"},
        {"job_id": "PAIE-10"},
    ],
)
def test_one_field_that_differs_is_another_declaration(other: dict[str, str]) -> None:
    assert not agrees(read(CERTIFICATE).declarations[0], KEY._replace(**other))


def test_what_a_report_does_not_tell_does_not_count_against_it() -> None:
    told = read(CERTIFICATE).declarations[0]
    assert agrees(replace(told, month="", job_id="", order=""), KEY)


def test_a_report_without_an_establishment_is_about_nobody() -> None:
    assert not agrees(DeclarationOf(nature="01"), KEY)
