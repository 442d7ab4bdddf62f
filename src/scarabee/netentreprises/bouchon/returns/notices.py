"""Short reports of the bodies: Urssaf (61), DGFiP (93, 95), amorçage des données variables (114) (retours §2, §5)."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.rates import rate_of
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import Flow, identify, identify_declaration, report
from scarabee.netentreprises.bouchon.state import PARIS

_IBAN = "S21.G00.20.004"
_OUR_CRM = re.compile(r"[0-9]{6}0{6}[0-9]{6}")
"""An identifier of CRM that this bouchon gave: a day, then the number of a deposit."""
_PERSONALISED = "01"
_BAD_ACCOUNT = "Compte bancaire non autorisé au télépaiement SEPA B2B (bouchon : l’IBAN contient une espace)."
_NOT_APPLIED = "Le taux transmis par la DGFiP n’a pas été appliqué à ce versement."


@dataclass(frozen=True, slots=True)
class Remark:
    """One anomaly: its code and gravity ("" for none), the rubriques it is about, whom. `names`: of him, by element."""

    code: str
    category: str
    message: str
    values: dict[str, str] = field(default_factory=dict)
    nir: str = ""
    names: dict[str, str] = field(default_factory=dict)


def payment_report(flow: Flow, declaration: Declaration) -> bytes:
    """The nature 61: what Urssaf registered, nothing to correct."""
    root, _, balance = begun("CRACOSS", "v01r06", flow, declaration, "OK")
    level = child(balance, "niveau_conformite")
    child(level, "etat_conformite", "OK")
    local = flow.at.astimezone(PARIS)
    text = (
        f"La télédéclaration que vous avez transmise le {local:%d/%m/%Y} à {local:%H:%M} pour le cotisant de Siret "
        f"{declaration.siret} a bien été enregistrée sous le numéro de certificat {flow.number:08d}."
    )
    child(level, "certificat_conformite", text)
    return document(root)


def has_bad_account(declaration: Declaration) -> bool:
    """Whether the account of the payment could not be debited: its IBAN has spaces."""
    return " " in declaration.value(_IBAN)


def financial_report(flow: Flow, declaration: Declaration) -> bytes:
    """The nature 93: the payment of the PAS cannot be taken."""
    root, element, _ = begun("CRM financier", "v01r08", flow, declaration, "KO")
    remark(element, Remark("CBS03", "bloquant", _BAD_ACCOUNT, {_IBAN: declaration.value(_IBAN)}))
    return document(root)


def unapplied(declaration: Declaration, at: datetime) -> list[Person]:
    """Whose payment bears the identifier of a CRM of this bouchon, and another rate than the one it gave."""
    today = at.astimezone(PARIS).date()
    return [
        one
        for one in declaration.people
        if one.payment.get("007") == _PERSONALISED
        and _OUR_CRM.fullmatch(one.payment.get("008", ""))
        and one.payment.get("006") != rate_of(one.nir, today).taux
    ]


def unapplied_report(flow: Flow, declaration: Declaration) -> bytes:
    """The nature 95: one anomaly for each such payment, the rate that was expected not told."""
    root, element, _ = begun("CRM taux sur taux", "v02r01", flow, declaration, "OK")
    for person in unapplied(declaration, flow.at):
        told = person.payment.get
        values = {
            "S21_G00_50_006": told("006", ""), "S21_G00_50_009": told("009", ""), "S21_G00_50_001": told("001", ""),
            "S21_G00_50_003": told("003", ""),
        }  # fmt: skip
        remark(element, Remark("TST01", "non-bloquant", _NOT_APPLIED, values, person.nir))
    return document(root)


def last_contract_report(flow: Flow, declaration: Declaration) -> bytes:
    """The nature 114: the last contract known of those for whom data are asked."""
    root, _, balance = begun("114", "v02r01", flow, declaration, "OK")
    for person in declaration.people:
        if person.contract.get("001"):
            values = {
                "date_debut_contrat": person.contract["001"], "num_contrat": person.contract.get("009", "00000"),
                "nature_contrat": person.contract.get("007", "01"),
            }  # fmt: skip
            children(child(balance, "contrat"), values)
    return document(root)


def begun(
    kind: str, version: str, flow: Flow, declaration: Declaration, state: str, *, envoi_state: str = ""
) -> tuple[etree._Element, etree._Element, etree._Element]:
    """The root of a report on one declaration, its `declaration`, and the `declaration_bilan` of that.

    `state`: of the declaration, and of the envoi when that has none of its own.
    """
    root, envoi = report(kind, version)
    identify(envoi, flow)
    child(child(envoi, "envoi_bilan"), "envoi_etat", envoi_state or state)
    element = child(root, "declaration")
    identify_declaration(element, declaration)
    balance = child(element, "declaration_bilan")
    child(balance, "etat", state)
    child(child(balance, "declaration_contenu"), "salaries", len(declaration.people))
    return root, element, balance


def remark(parent: etree._Element, told: Remark) -> None:
    """Add a `declaration_anomalie`."""
    anomaly = child(parent, "declaration_anomalie")
    description = child(anomaly, "description")
    category = {"categorie": told.category} if told.category else {}
    children(description, {"code": told.code, **category, "message": told.message})
    for place, (rubrique, value) in enumerate(told.values.items()):
        values = anomaly[-1] if place else child(anomaly, "valeurs")
        datum = child(values, "rubrique_associee" if place else "rubrique_declenchante")
        child(datum, "identifiant", rubrique)
        child(datum, "valeur", value)
    if told.nir:
        person = child(child(anomaly, "environnement"), "salarie")
        children(person, {"NIR": told.nir, **told.names})
