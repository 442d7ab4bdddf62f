"""The CRM of an organisme complémentaire (nature 51, retours §4): one for each organisme and délégataire."""

import re
from collections.abc import Iterator

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import clean, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration
from scarabee.netentreprises.bouchon.returns.reports import Flow
from scarabee.netentreprises.bouchon.state import local_digits

_ORGANISM = re.compile(r"P\d{4}|A[0-9A-Z]{5}|\d{9}")
_DELEGATE = re.compile(r"[DG][0-9A-Z]{5}")
_UNWANTED = re.compile(r"[^\x20\x22\x26-\x3a\x3d\x40-\x5a\x5f-\x7a\xc0-\xff]")
_PARTLY_TAKEN, _ACCEPTED = "2", "0"

Contract = dict[str, str]


def organisms(declaration: Declaration) -> list[tuple[str, str]]:
    """(code of the organisme, code of the délégataire or "") of its contracts S21.G00.15, each once."""
    pairs = [(one.get("002", ""), one.get("003", "")) for one in declaration.contracts]
    return [one for one in dict.fromkeys(pairs) if _ORGANISM.fullmatch(one[0])]


def has_errors(organism: str) -> bool:
    """Whether this organisme finds fault: those of provident cover (P…) do, so that both cases can be seen."""
    return organism.startswith("P")


def complementary_report(flow: Flow, declaration: Declaration, organism: str, delegate: str) -> bytes:
    """A full CRM (TypCRM 3) in ISO-8859-1."""
    root = etree.Element("Fichier")
    set_attributes(root, dict(_of_file(flow)))
    element = etree.SubElement(root, "Declaration")
    contracts = [
        one for one in declaration.contracts if (one.get("002", ""), one.get("003", "")) == (organism, delegate)
    ]
    wrong = contracts if has_errors(organism) else []
    set_attributes(element, _of_declaration(flow, declaration, organism, delegate, len(wrong)))
    for number, contract in enumerate(wrong, 1):
        _contract_fault(element, number, contract)
    return document(root, "ISO-8859-1")


def _of_file(flow: Flow) -> Iterator[tuple[str, str]]:
    told = flow.envoi.value
    yield "VersionCRM", "114"
    yield "IdEnvoi", flow.idflux
    yield "TypCRM", "3"
    yield "ModeDepot", "MtoM"
    yield "PointDepot", flow.point
    yield "TailleFichier", str(flow.size)
    yield "DateHeureReceptionDep", local_digits(flow.at)
    yield "SiretEmetteur", flow.envoi.emetteur_siret
    yield "NomEmetteur", told("S10.G00.01.003") or "Émetteur"
    yield "SiretDeposant", flow.declarant[0]
    yield "NomDeposant", flow.declarant[1]
    yield "PrenomDeposant", flow.declarant[2]
    yield "TypeEnvoi", told("S10.G00.00.008") or "01"
    yield "VersionNorme", told("S10.G00.00.006")
    yield "CodeEnvoi", flow.envoi.essai_reel


def _of_declaration(flow: Flow, declaration: Declaration, organism: str, delegate: str, faults: int) -> Contract:
    told = declaration.value
    return {
        "IdDec": str(declaration.rank),
        "NatureDecla": declaration.nature,
        "TypeDecla": told("S20.G00.05.002"),
        "FractionDecla": told("S20.G00.05.003"),
        "NoOrdreDecla": told("S20.G00.05.004"),
        "DateMoisDec": told("S20.G00.05.005"),
        "DateConstitution": told("S20.G00.05.007"),
        "ChampDec": told("S20.G00.05.008"),
        "SirenDecla": told("S21.G00.06.001"),
        "NicSiegeDecla": told("S21.G00.06.002"),
        "NicAffectation": told("S21.G00.11.001"),
        "CodeOC": organism,
        "CodeDELEG": delegate if _DELEGATE.fullmatch(delegate) else "",
        "CodeProducteurCRM": organism,
        "NomProducteurCRM": f"Organisme {organism} (bouchon)",
        "DateHeureProductionCRM": local_digits(flow.at),
        "NbreSal": str(len(declaration.people)),
        "NbreErreur": str(faults),
        "NomContact": "Contact du bouchon",
        "MailContact": "contact@exemple.invalid",
        "CodeRetourDecla": _PARTLY_TAKEN if faults else _ACCEPTED,
    }


def _contract_fault(parent: etree._Element, number: int, contract: Contract) -> None:
    reference = contract.get("001", "")
    fault = etree.SubElement(parent, "RetourMetier")
    label = "Référence du contrat de Prévoyance"
    set_attributes(
        fault,
        {
            "IdRetour": str(number),
            "NbErreursSimilaires": "1",
            "CodeRetourMetier": "EADH02",
            "LibelCodeRetourMetier": "Référence contrat de l'adhésion erronée",
            "RubriqueBlocRetour": "S21.G00.15.001",
            "LibelRubBlocRetour": label,
            "ValeurRubriqueErreur": reference,
            "ValeurCorrigeeAjoutee": f"{reference}-B",
        },
    )
    for rubrique, text, value in (
        ("S21.G00.15.001", label, reference),
        ("S21.G00.15.002", "Code organisme de Prévoyance", contract.get("002", "")),
    ):
        if value:
            context = etree.SubElement(fault, "ContexteRetourMetier")
            set_attributes(context, {"Rubrique": rubrique, "Libelle": text, "Valeur": value})


def set_attributes(element: etree._Element, values: Contract) -> None:
    """Attributes for the values that are not empty, with the characters that documents of an OC allow."""
    for name, value in values.items():
        if value:
            element.set(name, _UNWANTED.sub(" ", clean(value).replace("’", "'"))[:120])
