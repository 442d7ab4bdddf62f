"""What a document is, when its own words, its file name or its content tell it (retours §1)."""

import pytest

from scarabee.netentreprises.documents import nature_of, read
from scarabee.netentreprises.documents.natures import NATURES
from scarabee.netentreprises.documents.values import Family

ENVOI = "<envoi><envoi_identification/><envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi>"
RATE = (
    "<declaration><declaration_bilan><etat>OK</etat><salarie><NIR>1850575123456</NIR>"
    "<taux_imposition_PAS>0.00</taux_imposition_PAS></salarie></declaration_bilan></declaration>"
)


def rapport(kind: str, content: str = "", message: str = "") -> bytes:
    attributes = f'type="{kind}" profil="DSN" message="{message}"'
    return f'<x:rapport xmlns:x="http://www.gip-mds.fr/" {attributes}>{ENVOI}{content}</x:rapport>'.encode()


def communication(kind: str) -> str:
    calculation = "<calcul><information><donnees_clefs/><donnees_paie/></information></calcul>"
    return (
        f'<communication><information_collective type="{kind}">{calculation}</information_collective></communication>'
    )


def neores(code: str, label: str = "CRM") -> bytes:
    context = f"<RO_B002><RO_B002_R002>{code}</RO_B002_R002><RO_B002_R003>{label}</RO_B002_R003></RO_B002>"
    return f'<GIPMDS xmlns="https://gipmds/1.0"><RO><RO_B001>{context}</RO_B001></RO></GIPMDS>'.encode()


@pytest.mark.parametrize(
    ("data", "name", "nature"),
    [
        (rapport("AEE"), "", "10"),
        (rapport("ARE"), "", "10"),
        (rapport("CCO"), "", "11"),
        (rapport("BAN"), "", "11"),
        (rapport("ANO"), "", "11"),
        (rapport("CRACOSS"), "", "61"),
        (rapport("GSIJ"), "", "31"),
        (rapport(" crm  nominatif "), "", "94"),
        (rapport("020"), "", "20"),
        (rapport("21"), "exemple_116_x.xml", "21"),
        (rapport("21", message="Bilan de traitement CIBTP"), "", "116"),
        (rapport("nouveau"), "retour_114_SADV.xml", "114"),
        (rapport("nouveau"), "retour_998_X.xml", ""),
        (rapport("nouveau"), "CRM-1.1.4-17062025.xml", ""),
        (rapport("nouveau", RATE), "", "94"),
        (rapport("nouveau", communication("atmp")), "", "34"),
        (rapport("nouveau", communication("bmcc")), "", "117"),
        (rapport("nouveau"), "", ""),
        (neores("119"), "retour_120_x.xml", "119"),
        (neores("22"), "retour_118_x.xml", "118"),
        (neores("22", "Effectif annuel"), "", "118"),
        (neores("22"), "", "22"),
        (neores("140"), "", "140"),
    ],
)
def test_the_nature_follows_the_rules_in_their_order(data: bytes, name: str, nature: str) -> None:
    assert read(data, name=name).nature == nature


@pytest.mark.parametrize(
    ("data", "family"),
    [
        (b"<rapport/>", "inconnue"),
        (b'<rapport xmlns="http://elsewhere/"/>', "inconnue"),
        (b'<GIPMDS xmlns="http://www.gip-mds.fr/"/>', "inconnue"),
        (b"<Fichier/>", "oc"),
        (b"<FICHE/>", "fiche"),
        (b'<BPIJ xmlns="www.cnamts.fr/tlsemp/IJ"/>', "bpij"),
        (b"<accuseReceptionDSNDTO><declaration/></accuseReceptionDSNDTO>", "agirc-arrco"),
        (b"<enveloppeRoot/>", "agirc-arrco"),
        (b'<rapport xmlns="http://www.gip-mds.fr/"/>', "rapport"),
        (b'<GIPMDS xmlns="https://gipmds/1.0"/>', "neores"),
        ("Accusé de réception\nFlux : X\n".encode(), "texte"),
        ("Accusé de réception\r\n".encode("latin-1"), "texte"),
    ],
)
def test_the_family_follows_the_root_and_its_namespace_and_nothing_need_be_inside(data: bytes, family: str) -> None:
    document = read(data, nature="77")
    assert (document.family, document.nature, document.anomalies) == (family, "77", ())


def test_each_known_nature_has_its_words_and_an_unknown_one_is_called_by_its_number() -> None:
    for number, nature in NATURES.items():
        assert nature_of(number) == nature
        assert all((nature.label, nature.sender, nature.meaning, nature.action))
        assert "'" not in nature.label + nature.sender + nature.meaning + nature.action
    assert nature_of("997").label == "Retour de nature 997"
    assert nature_of("", Family.BPIJ).sender == "CPAM"
    assert nature_of("").label == "Document non reconnu"
