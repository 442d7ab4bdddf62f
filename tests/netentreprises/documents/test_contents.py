"""What the official examples say beyond their table: rates, identities, parameters, payments, cases of a control."""

from decimal import Decimal

from tests.netentreprises.documents.corpora import official, sample

from scarabee.netentreprises.documents import Contract, read
from scarabee.netentreprises.listings import Declarant

pytestmark = official


def test_a_receipt_tells_who_deposited_and_when() -> None:
    receipt = read(sample("exemple_retour_10_AEE.xml"))
    assert (receipt.kind, receipt.point, receipt.sender) == ("AEE", "01", "41027602600029")
    assert receipt.declarant == Declarant("41027602600029", "test", "dsn")
    assert (receipt.received, receipt.recorded) == ("2015-02-10 11:02:59", "2015-02-10 11:02:59")
    refusal = read(sample("exemple_retour_10_ARE.xml"))
    assert (refusal.kind, refusal.is_real, refusal.recorded) == ("ARE", None, "")
    assert refusal.anomalies[0].title == "Le format du fichier depot_mtom n'est pas reconnu."


def test_a_certificate_of_conformity_names_its_declaration() -> None:
    document = read(sample("exemple_retour_11_CCO.xml"))
    (told,) = document.declarations
    assert (told.siret, told.nature, told.type, told.fraction, told.order) == ("73282932001691", "01", "01", "32", "1")
    assert (told.month, told.job_id, told.state, told.conformity) == ("", "", "OK", "OK")
    assert told.counters == {"salaries": 1}


def test_three_writings_of_a_month_are_read() -> None:
    months = {
        "exemple_retour_116_CRM_CIBTP.xml": "2021-01",
        "exemple_retour_61_CRM_URSSAF.xml": "2015-11",
        "exemple_retour_38_CRM_TPT_MSA.xml": "2022-12",
        "CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-17062025.xml": "2023-03",
        "exemple_retour_119_CRM_ACOSS_ANO.xml": "2024-01",
    }
    assert {name: read(sample(name)).declarations[0].month for name in months} == months


def test_hours_with_fractions_and_zones_are_read() -> None:
    document = read(sample("exemple_retour_38_CRM_TPT_MSA.xml"))
    assert (document.received, document.recorded) == ("2023-02-14 15:31:40", "2023-02-14 15:27:57")


def test_a_crm_nominatif_gives_a_rate_and_its_identifier() -> None:
    document = read(sample("Exemple-94-DGFIP-crm-nominatif.xml"))
    (person,) = document.people
    assert document.crm_identifier == "123456789123456789"
    assert (person.siret, person.nir, person.matricule) == ("45678912354321", "9999999999999", "MAT00009825")
    assert (person.rate, person.has_rate, person.future_from) == (Decimal("14.00"), True, None)
    assert document.declarations[0].counters == {"salaries": 35672}
    assert document.anomalies[0].person is not None
    assert document.anomalies[0].person.matricule == "MAT00029643"


def test_a_rate_that_was_not_applied_comes_with_the_payment() -> None:
    one, other = read(sample("exemple_retour_95_CRM_DGFIP_TAUX_SUR_TAUX_OK.xml")).anomalies
    assert [(datum.rubrique, datum.declared) for datum in one.data] == [
        ("S21.G00.50.006", "20.00"),
        ("S21.G00.50.009", "100.00"),
        ("S21.G00.50.001", "2025-08-31"),
        ("S21.G00.50.003", "49"),
    ]
    assert {datum.rubrique: datum.declared for datum in other.data} == {
        datum.rubrique: datum.declared for datum in one.data
    }
    assert [anomaly.person.nir for anomaly in (one, other) if anomaly.person] == ["1260699999999", "2260675999999"]


def test_a_nir_of_fifteen_loses_its_key_and_a_name_not_told_is_none() -> None:
    (anomaly,) = read(sample("exemple_retour_31_CRM_CNAM_1.xml")).anomalies
    assert anomaly.person is not None
    assert (anomaly.person.nir, anomaly.person.family_name, anomaly.person.given_names) == ("2781167999999", "", "")
    assert read(sample("exemple_retour_31_CRM_CNAM_1.xml")).declarations[0].nature == "04"


def test_an_identification_report_puts_the_register_beside_what_was_declared() -> None:
    document = read(sample("exemple_retour_20_BIS_mensuelle.xml"))
    first, *_, last = document.identities
    assert [one.code for one in document.identities] == ["I0310"] * 4 + ["I0320"]
    assert [(one.name, one.declared, one.reference, one.is_checked) for one in first.differences] == [
        ("nir", "1200125463001", "1200125463006", True),
        ("birth_place", "Paris", "PONT DE ROIDE", False),
    ]
    assert (first.declared.ntt, first.declared.birth_date) == ("23330001809", "1920-01-20")
    assert (last.reference, last.differences) == (None, ())
    assert document.message.startswith("Pour les salariés non identifiés, risque d'échec")


def test_a_crm_of_identity_tells_only_what_differs() -> None:
    (gap,) = read(sample("exemple_retour_121_CRM_ID_ANO_divergence.xml")).identities
    assert [(one.name, one.declared, one.reference) for one in gap.differences] == [
        ("nir", "1271122980702", "1271122980701"),
        ("birth_date", "1927-11-12", "1927-11-10"),
    ]
    assert (gap.siret, gap.declared.family_name, gap.code) == ("88344786400017", "TALULLA", "CNVANOIDE7A")
    by_nir, by_ntt = read(sample("exemple_retour_121_CRM_ID_ANO_non_identifie.xml")).identities
    assert (by_nir.declared.nir, by_nir.reference) == ("1840299351424", None)
    assert (by_ntt.declared.nir, by_ntt.declared.ntt) == ("", "18443958630")
    numbers = [one.declared.matricule for one in read(sample("exemple_retour_121_CRM_ID_KO.xml")).identities]
    assert numbers == ["mat123", "mat345"]


def test_work_accident_rates_come_by_section() -> None:
    first, second = read(sample("exemple_retour_34_CRM_CNAM.xml")).parameters
    assert (first.kind, first.siret, first.code, first.label) == ("atmp", "40476788100018", "123AB", "Section 01")
    assert (first.rates, first.since, first.computed) == (
        {"patronale": Decimal("3.41")},
        "2019-07-10",
        "2020-02-23 04:05:11",
    )
    assert (second.rates, second.since) == ({"patronale": Decimal("1.70")}, "2019-07-10")
    assert ("temoinBureau", "B") in second.details


def test_a_bonus_malus_rate_comes_with_its_identifier_and_period() -> None:
    (found,) = read(sample("exemple_retour_117_CRM_BMCC_Circuit_30_RG.xml")).parameters
    assert (found.kind, found.siret, found.code) == ("bmcc", "99940334900025", "999403349_30_2023_20230608")
    assert found.rates == {"patronale": Decimal("3.15"), "CCP": Decimal("3.12")}
    assert (found.since, found.until) == ("2023-09-01", "2024-08-31")
    assert {("phase", "30"), ("codeMotifRegularisation", "05")} <= set(found.details)


def test_a_headcount_is_a_parameter() -> None:
    document = read(sample("exemple_retour_118_CRM_Effectifs_ACOSS.xml"))
    (found,) = document.parameters
    assert (found.kind, found.code, found.label, found.value) == ("effectif", "M01", "Effectif mensuel", "4.70")
    assert (found.siret, found.since, found.until) == ("88356345200018", "2021-01-01", "2021-01-31")
    assert (document.body, document.produced) == ("ACOSS", "2023-11-07 09:47:07")


def test_the_last_contract_known_is_told_by_an_sadv() -> None:
    (told,) = read(sample("exemple_retour_114_CRM_SADV.xml")).declarations
    (contract,) = told.contracts
    assert (contract.number, contract.since, contract.nature) == ("Contrat1a", "2020-02-01", "01")
    assert contract.details["libelle_emploi_contrat"] == "720a"
    assert (told.month, told.nature) == ("2020-02", "08")


def test_a_control_becomes_a_line_for_each_case_and_person() -> None:
    document = read(sample("exemple_retour_124_CRM_ACOSS_ANO_P26V01.xml"))
    first = document.anomalies[0]
    assert first.person is not None
    assert (first.person.nir, first.person.matricule) == ("1810528200000", "YL6UQ")
    assert first.contract == Contract(number="CT12154000662", since="2022-09-05")
    assert (first.since, first.until, first.amount) == ("2025-01-01", "2025-12-31", Decimal("166.09"))
    assert (first.level, first.result, first.substitutable) == ("Individu", "Valeur incohérente", True)
    assert first.title.startswith("Pour un individu à temps plein : écart")
    assert first.action.startswith("Le recalcul de l'assiette brute plafonnée")
    assert first.consequence.startswith("L'anomalie est susceptible")
    assert (first.fault.since, first.fault.until) == ("2025-05-01", "2025-05-31")
    assert document.trigger == "Retour organisme pour rappel d'actions non réalisées"


def test_a_debit_keeps_its_sign() -> None:
    amounts = [one.amount for one in read(sample("exemple_retour_132_CRM_URSSAF_ANO.xml")).anomalies]
    assert amounts[:2] == [Decimal("166.09"), Decimal("-78.25")]


def test_several_values_may_be_accepted() -> None:
    (anomaly,) = read(sample("exemple_retour_130_CRM_MSA_ANO.xml")).anomalies
    assert [datum.accepted for datum in anomaly.data] == [
        ("ValeurAcceptee1201",),
        ("ValeurAcceptee1203", "ValeurAcceptee1202"),
    ]
    assert [datum.result for datum in anomaly.data] == ["Rubrique absente", "Rubrique présente à tort"]
    assert anomaly.data[0].is_sum


def test_an_urssaf_report_keeps_its_certificate() -> None:
    (told,) = read(sample("exemple_retour_61_CRM_URSSAF.xml")).declarations
    assert told.certificate.endswith("sous le numéro de certificat 38785135.")
    assert told.counters == {"salaries": 0, "non-bloquant": 3}


def test_an_oc_tells_errors_and_informations_with_the_person() -> None:
    document = read(sample("CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-MNETE-17062025.xml"))
    assert [one.category for one in document.anomalies] == [
        "erreur", "information", "erreur", "erreur", "information",
    ]  # fmt: skip
    missing = document.anomalies[3]
    assert missing.person is not None
    assert (missing.person.nir, missing.person.given_names) == ("1550575888999", "Etienne Marcel")
    assert (missing.since, missing.until) == ("2023-03-01", "2023-03-31")
    assert (missing.fault.rubrique, missing.fault.expected) == ("S21.G00.79", "13")
    assert missing.fault.note == "Tranche B Prévoyance"
    (told,) = document.declarations
    assert (told.code, told.counters["NbreSal"], told.body) == ("2", 35, "P9999 DXXXXX")
    (mandate,) = document.parameters
    assert (mandate.kind, mandate.code, mandate.value) == (
        "mandat_sepa",
        "FR12ZZZ123456",
        "FR7630046001290029721519546",
    )
    assert (document.kind, document.received) == ("CRC", "2023-04-24 11:24:58")
    assert document.declarant == Declarant("12345678912345", "MARTIN", "Henri")


def test_a_sheet_of_parameters_lists_each_contract_with_its_option() -> None:
    document = read(sample("FICHE-PARAM-DSN-OC-26-R1.4.0-ExempleMax.xml"))
    assert (document.sirets, document.identifier) == (("12345678912345",), "numero1")
    assert (document.produced, document.message) == ("2025-10-01 09:30:47", "Message à l'attention du déclarant")
    assert len(document.parameters) == 11
    isolated = document.parameters[2]
    assert (isolated.code, isolated.since, isolated.until) == ("SANTE0000000001", "2026-01-01", "2026-12-31")
    assert {
        ("Option/CodeOption", "ISOLE"),
        ("Organisme/CodeDELEG", "DELEG1"),
        ("ElementsDeCalculAttendus/BaseMontantSpecifique/Montant", "39.00"),
    } <= set(isolated.details)


def test_daily_allowances_add_up_to_what_the_bordereau_says() -> None:
    document = read(sample("BPIJ_sans_indu.xml"))
    assert [one.family_name for one in document.people] == ["ANONYME1", "ANONYME2", "ANONYME3"]
    assert sum(one.amount or Decimal() for one in document.payments) == Decimal("5591.71")
    first, *_ = document.payments
    assert (first.siret, first.person.nir) == ("18003502400058", "0851201001001")
    assert (first.days, first.unit, first.amount) == (Decimal("16.0"), Decimal("52.60"), Decimal("841.60"))
    assert (first.since, first.until, first.is_subrogated) == ("2020-07-17", "2020-08-01", True)
    assert (first.fund, first.posted, first.insurance) == ("631 CPAM du PUY de DOME", "2021-02-22", "MA")
