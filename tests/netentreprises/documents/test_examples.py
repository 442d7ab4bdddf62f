"""Every official example, with what the file says, read by hand."""

from typing import NamedTuple

import pytest
from tests.netentreprises.documents.corpora import SAMPLES, official, sample

from scarabee.netentreprises.documents import read

pytestmark = official


class Told(NamedTuple):
    """`first`: code, rubrique, declared and expected of the first anomaly."""

    name: str
    family: str
    nature: str
    state: str
    idflux: str
    people: int = 0
    anomalies: int = 0
    first: tuple[str, str, str, str] | None = None
    essai_reel: str = ""


OC_FLUX = "AZ123...Egfk---jRR__qsdqsd"
DGFIP_FLUX = "41358177C5AD6C0000000000"
CONTRACT = ("EADH02", "S21.G00.15.001", "C123", "C321")
PLAFOND = "UR_ANO_ASS_PLF_DIPA01I"
IBAN = "FR90 3029 4000 0154 6329 1G03 065"
TABLE = [
    Told("BPIJ_sans_indu.xml", "bpij", "", "", "", people=3),
    Told("CRM-DSN-OC-P3-V1.1.4-Exemple-AR.xml", "oc", "51", "", OC_FLUX, essai_reel="01"),
    Told("CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-17062025.xml", "oc", "51", "ANO", OC_FLUX, 0, 5, CONTRACT, "01"),
    Told("CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-MNETE-17062025.xml", "oc", "51", "ANO", OC_FLUX, 0, 5, CONTRACT, "01"),
    Told("Exemple-93-DGFIP-crm-financier.xml", "rapport", "93", "KO", DGFIP_FLUX, 0, 1,
         ("CBS03", "S21.G00.20.004", IBAN, "")),
    Told("Exemple-94-DGFIP-crm-nominatif.xml", "rapport", "94", "OK", DGFIP_FLUX, 1, 1,
         ("ADR05", "S21.G00.30.010", "Bordeau", "")),
    Told("FICHE-PARAM-DSN-OC-26-R1.4.0-ExempleMax.xml", "fiche", "", "", ""),
    Told("exemple_retour_10_AEE.xml", "rapport", "10", "OK", "WSaah7AQlUpYL5RsQssseG.", essai_reel="02"),
    Told("exemple_retour_10_ARE.xml", "rapport", "10", "KO", "UR5WJEBA5T74R4jNmCgvm1F", 0, 1,
         ("B1-105-15", "", "", "")),
    Told("exemple_retour_114_CRM_SADV.xml", "rapport", "114", "OK", "F1GbD.q4dtgGpfMFz9WYl0n", essai_reel="02"),
    Told("exemple_retour_116_CRM_CIBTP.xml", "rapport", "116", "ANO", "Idflux 1234567890azerty", 0, 3,
         ("S10.G00.00.005-C01", "S10.G00.00.005", "01", ""), "01"),
    Told("exemple_retour_117_CRM_BMCC.xml", "rapport", "117", "OK", "F16rXTkzWrWko-A9f5PHijJ"),
    Told("exemple_retour_117_CRM_BMCC_Circuit_10_RA.xml", "rapport", "117", "OK", "G1JEaetDIz7F6YF5GWPEMUY"),
    Told("exemple_retour_117_CRM_BMCC_Circuit_10_RG.xml", "rapport", "117", "OK", "F16rXTkzWrWko-A9f5PHijJ"),
    Told("exemple_retour_117_CRM_BMCC_Circuit_30_RG.xml", "rapport", "117", "OK", "F1LP.xkyhhmmq7AhZAiVtkf"),
    Told("exemple_retour_118_CRM_Effectifs_ACOSS.xml", "neores", "118", "", "F1YYXX9nigTE6MCpJoiofXP",
         essai_reel="02"),
    Told("exemple_retour_119_CRM_ACOSS_0_atypie.xml", "neores", "119", "OK", "WSa30vWBFA3Ao6RUOeqAiaf",
         essai_reel="02"),
    Told("exemple_retour_119_CRM_ACOSS_6_atypies_multi-occurences.xml", "neores", "119", "KO",
         "A1fv3vWBFAPcp6RsLN6QGAX", 0, 7, ("UR_ANO_ASS_CSG_CD14", "S21.G00.23.001", "", ""), "02"),
    Told("exemple_retour_119_CRM_ACOSS_ANO.xml", "neores", "119", "ANO", "F1owqgaAjmJM4qEtlbXgknR", 0, 2,
         ("UR_ANO_ASS_DIPA01a", "S21.G00.78.001", "", "02"), "02"),
    Told("exemple_retour_119_CRM_ACOSS_OK.xml", "neores", "119", "OK", "F1zdjimlO3TQYIC5aNEs5Sd", essai_reel="01"),
    Told("exemple_retour_11_CCO.xml", "rapport", "11", "OK", "UR5WJEBAhi54RcZN8Lur71F", essai_reel="01"),
    Told("exemple_retour_120_CRM_ACOSS_ANO.xml", "neores", "120", "ANO", "F1eEneO4q7nD5EFJQiU6KZC", 0, 1,
         ("UR_ANO_CTP_DACFP05", "S21.G00.23.001", "959 et 971", ""), "02"),
    Told("exemple_retour_120_CRM_ACOSS_OK.xml", "neores", "120", "OK", "F1pMPByX9rE56BJNHfdUs6z", essai_reel="02"),
    Told("exemple_retour_121_CRM_ID_ANO_divergence.xml", "neores", "121", "ANO", "F1b3yM8q-loCJVEdX00reO2", 0, 1,
         ("CNVANOIDE7A", "S21.G00.30.001", "1271122980702", "1271122980701"), "02"),
    Told("exemple_retour_121_CRM_ID_ANO_non_identifie.xml", "neores", "121", "ANO", "F1XrtOOOJMjDYBNJ9aTlIb4", 0, 2,
         ("CNVANOIDE2A", "", "", ""), "02"),
    Told("exemple_retour_121_CRM_ID_KO.xml", "neores", "121", "KO", "F1-FZAISzwDr7yPNKYDwsrx", 0, 2,
         ("CNVANOIDE9A", "", "", ""), "02"),
    Told("exemple_retour_121_CRM_ID_OK.xml", "neores", "121", "OK", "F1jxclB1ilGFa-CF4.vDB0k", essai_reel="02"),
    Told("exemple_retour_123_CRM_FCTU_CIBTP.xml", "rapport", "123", "ANO", "F1EWJK3Ej8stJ0M1HCHQSJR", 0, 1,
         ("CCD0001", "S21.G00.53.002", "151.67", ""), "02"),
    Told("exemple_retour_124_CRM_ACOSS_ANO.xml", "neores", "124", "", "F1k9BhXVBSam5gLdThkFZtW", 0, 28,
         (PLAFOND, "S21.G00.78.004", "-379.62", "0.0"), "02"),
    Told("exemple_retour_124_CRM_ACOSS_ANO_P26V01.xml", "neores", "124", "", "F1wWpu1NrV4iI8H5JHzhhdV", 0, 4,
         (PLAFOND, "S21.G00.78.004", "3125.00", "4200.00"), "02"),
    Told("exemple_retour_130_CRM_MSA_ANO.xml", "neores", "130", "ANO", "G1PRo3zK.cXoLPBZ3PDGUGE", 0, 1,
         ("CS_CA_0001", "S21.G00.51.013", "toto", "tata"), "01"),
    Told("exemple_retour_130_CRM_MSA_OK.xml", "neores", "130", "OK", "G1iTM7zdC1ZJZhIJthsDzIw", essai_reel="01"),
    Told("exemple_retour_132_CRM_URSSAF_ANO.xml", "neores", "132", "", "F1wWpu1NrV4iI8H5JHzhhdV", 0, 4,
         (PLAFOND, "S21.G00.78.004", "3125.00", "4200.00"), "02"),
    Told("exemple_retour_136_CRM_MSA_ANO.xml", "neores", "136", "ANO", "WSxI7dr5-mKe4aElIC0qhS3", 0, 50,
         ("CS_IT_0128", "S21.G00.81.007", "1.000", ""), "02"),
    Told("exemple_retour_20_BIS_mensuelle.xml", "rapport", "20", "OK", "identifiant-du-flux", 0, 5,
         ("I0310", "", "", ""), "02"),
    Told("exemple_retour_21_AED.xml", "rapport", "21", "KO", "IdrNumFlux", 0, 4, ("Flux Dsn", "", "", ""), "01"),
    Told("exemple_retour_21_DSIJ.xml", "rapport", "21", "KO", "IdrNumFlux", 0, 3, ("Flux Dsn", "", "", ""), "01"),
    Told("exemple_retour_22_A6M.xml", "rapport", "22", "KO", "IdrNumFlux", 0, 4, ("D00SB", "", "", ""), "01"),
    Told("exemple_retour_23_CRM_TPT.xml", "rapport", "23", "ANO", "WSqV2WmuhqMAZGG1PGi7PIF", 0, 1,
         ("D00T4", "", "", ""), "02"),
    Told("exemple_retour_31_CRM_CNAM_1.xml", "rapport", "31", "KO", "A8tt3vWBFA47a5RQZf2HAI6000001", 0, 1,
         ("PMNR", "", "", ""), "02"),
    Told("exemple_retour_31_CRM_CNAM_3.xml", "rapport", "31", "KO", "A8tt3vWBFA47a5RQZf2HAI6000001", 0, 1,
         ("PMNR", "", "", ""), "02"),
    Told("exemple_retour_34_CRM_CNAM.xml", "rapport", "34", "OK", "F1RwdjpMGt6s6mIteMc1IeG"),
    Told("exemple_retour_36_CRM_TPT_CNAM.xml", "rapport", "36", "KO", "F1xezhPdwibsL3FF7nYvTPn", 0, 1,
         ("PRF", "", "", ""), "02"),
    Told("exemple_retour_38_CRM_TPT_MSA.xml", "rapport", "38", "KO", "F1xezhPdwibsL3FF7nYvTPn", 0, 1,
         ("PRF", "", "", ""), "02"),
    Told("exemple_retour_61_CRM_URSSAF.xml", "rapport", "61", "OK", "F1tmbhAQlUPca5Rg.c0zd1Y", 0, 3,
         ("BA-209-09", "", "", "")),
    Told("exemple_retour_95_CRM_DGFIP_TAUX_SUR_TAUX_OK.xml", "rapport", "95", "OK", "F1pQnoF8xVQc70EZkDU6b14", 0, 2,
         ("TST01", "S21.G00.50.006", "20.00", "")),
]  # fmt: skip


@pytest.mark.parametrize("told", TABLE, ids=lambda told: told.name.removesuffix(".xml"))
def test_an_official_example_is_read_as_it_says(told: Told) -> None:
    document = read(sample(told.name))
    assert (document.family, document.nature) == (told.family, told.nature)
    assert (document.state, document.idflux) == (told.state, told.idflux)
    assert (document.essai_reel, document.is_real) == (told.essai_reel, {"01": False, "02": True}.get(told.essai_reel))
    assert (len(document.people), len(document.anomalies)) == (told.people, told.anomalies)
    if told.first:
        first = document.anomalies[0]
        assert (first.code, first.fault.rubrique, first.fault.declared, first.fault.expected) == told.first


def test_no_official_example_is_left_out() -> None:
    assert sorted(told.name for told in TABLE) == sorted(one.name for one in SAMPLES.iterdir())


@pytest.mark.parametrize("told", [one for one in TABLE if one.nature], ids=lambda told: told.name.removesuffix(".xml"))
def test_the_nature_of_the_listing_comes_before_any_other(told: Told) -> None:
    assert read(sample(told.name), nature="999", name=told.name).nature == "999"
    assert read(sample(told.name), nature=f"0{told.nature}").nature == told.nature
