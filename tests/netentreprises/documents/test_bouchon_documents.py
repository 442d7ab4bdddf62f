"""What the bouchon writes for a deposit is read back as it meant it."""

from datetime import date
from decimal import Decimal

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE
from tests.netentreprises.bouchon.files import CONTRACTS, NO_NIR, arret, end_of_contract, monthly, two_declarations
from tests.netentreprises.documents.corpora import IDFLUX, PEOPLE, flow_of, returns_of

from scarabee.netentreprises.bouchon.returns.accompaniment import atypical
from scarabee.netentreprises.bouchon.returns.identities import differs
from scarabee.netentreprises.bouchon.returns.rates import rate_of
from scarabee.netentreprises.documents import DeclarationKey, Document, agrees, read

REAL = monthly(PEOPLE, real=True)
KEY = DeclarationKey(ASSOCIATION, "01", "01", "11", "1", "01032026")


def the(content: bytes, nature: str, *, accepted: bool = True) -> Document:
    """The first return of this nature, recognised by its content alone."""
    return next(read(one[2]) for one in returns_of(content, accepted=accepted) if one[0] == nature)


SILENT = {"118", "124"}
"""Natures whose documents hold no state of their own, as in the official examples: the listing tells it."""


@pytest.mark.parametrize("content", [REAL, monthly(), arret(), end_of_contract(), two_declarations()])
def test_every_document_tells_its_nature_state_and_flux(content: bytes) -> None:
    for nature, statut, data in returns_of(content):
        document = read(data)
        if document.family == "texte":
            assert read(data, nature=nature).nature == nature == "40"
        elif nature:
            told = "" if nature in SILENT else statut
            assert (document.nature, document.state, document.idflux) == (nature, told, IDFLUX)
            assert document.sender == "46766553500010"


def test_a_receipt_and_a_certificate_are_enough_to_recognise_the_deposit() -> None:
    receipt, certificate = the(REAL, "10"), the(REAL, "11")
    assert (receipt.kind, receipt.is_real, receipt.declarations) == ("AEE", True, ())
    assert (certificate.kind, certificate.is_real) == ("CCO", True)
    assert [agrees(one, KEY) for one in certificate.declarations] == [True]
    assert not agrees(certificate.declarations[0], KEY._replace(order="2"))


def test_a_refusal_has_its_reason_and_a_report_of_anomalies_its_lines() -> None:
    refusal = the(b"hello", "10", accepted=False)
    assert (refusal.kind, refusal.state, refusal.anomalies[0].code) == ("ARE", "KO", "B1-105-15")
    report = the(two_declarations(), "11")
    assert (report.kind, report.state) == ("BAN", "KO")
    assert report.counters["total"] == len(report.anomalies)
    (several,) = [one for one in report.anomalies if one.code == "BCH-04"]
    assert (several.category, several.fault.rubrique) == ("bloquant", "S20.G00.05.001")
    assert several.line
    assert two_declarations().decode("latin-1").splitlines()[several.line - 1].startswith("S20.G00.05.001")


def test_every_rate_is_the_one_the_bouchon_holds() -> None:
    document, at = the(REAL, "94"), flow_of(REAL).at.date()
    assert [one.matricule for one in document.people] == [one.matricule for one in PEOPLE]
    for person in document.people:
        rate = rate_of(person.nir, at)
        assert person.rate == (None if rate.taux is None else Decimal(rate.taux))
        assert person.has_rate == (rate.taux is not None)
        assert (person.future_rate, person.future_from) == (
            (Decimal(rate.future[0]), rate.future[1]) if rate.future else (None, None)
        )
        assert person.siret == ASSOCIATION
    assert document.crm_identifier.isdigit()
    assert {one.rate for one in document.people} >= {None, Decimal("0.00")}
    assert any(one.future_from and one.future_from > date(2026, 11, 5) for one in document.people)


def test_whom_the_register_does_not_know_and_whose_birth_differs() -> None:
    document = the(REAL, "20")
    people = flow_of(REAL).envoi.declarations[0].people
    known = [one for one in document.identities if one.reference]
    assert [one.declared.nir for one in known] == [one.nir for one in people if differs(one)]
    assert [one.declared.matricule for one in document.identities if not one.reference] == [NO_NIR.matricule]
    assert {difference.name for one in known for difference in one.differences} == {"birth_date"}


def test_the_cases_of_a_control_are_its_persons() -> None:
    document = the(REAL, "119")
    chosen = atypical(flow_of(REAL).envoi.declarations[0])
    assert [one.person.nir for one in document.anomalies if one.person] == [one.nir for one in chosen]
    assert {(one.fault.rubrique, one.fault.expected, one.fault.result) for one in document.anomalies} == {
        ("S21.G00.78.001", "02", "Bloc absent")
    }
    assert [one.month for one in document.declarations] == ["2026-03"]


def test_an_organisme_is_told_with_the_right_reference() -> None:
    (wrong,) = [one for one in (read(data) for nature, _, data in returns_of(REAL) if nature == "51") if one.anomalies]
    (anomaly,) = wrong.anomalies
    assert (anomaly.fault.declared, anomaly.fault.expected) == ("PREV-1", "PREV-1-B")
    assert agrees(wrong.declarations[0], KEY)
    assert CONTRACTS


def test_sheets_and_bordereaux_bear_no_nature() -> None:
    sheets = [read(data) for nature, _, data in returns_of(REAL) if not nature]
    assert [(one.family, one.nature, one.sirets) for one in sheets] == [("fiche", "", (ASSOCIATION,))] * 2
    assert {parameter.code for one in sheets for parameter in one.parameters} == {"SANTE-1", "PREV-1"}
    (bordereau,) = [read(data) for nature, _, data in returns_of(arret()) if not nature]
    (payment,) = bordereau.payments
    assert (bordereau.family, payment.person.nir, payment.is_subrogated) == ("bpij", ALAIN.nir, True)
    assert payment.amount == (payment.days or 0) * (payment.unit or 0)
    assert BRIGITTE.nir not in {one.nir for one in bordereau.people}
