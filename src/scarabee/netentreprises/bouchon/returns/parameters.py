"""The fiche de paramétrage of an organisme complémentaire (FPOC): what `lister-objets-*` lists."""

from lxml import etree

from scarabee.netentreprises.bouchon.returns.complementary import set_attributes
from scarabee.netentreprises.bouchon.returns.markup import child, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration
from scarabee.netentreprises.bouchon.returns.reports import Flow
from scarabee.netentreprises.bouchon.state import PARIS

_VERSION = "140"
_REFERENCE_LENGTH, _NAME_LENGTH = 30, 60


def parameter_sheet(flow: Flow, declaration: Declaration, organism: str, delegate: str) -> bytes:
    """A fiche in ISO-8859-1 with one group: the contracts of the establishment with this organisme."""
    local = flow.at.astimezone(PARIS)
    siret = declaration.siret
    root = etree.Element("FICHE")
    identifiant = f"{organism}N{flow.number}"
    set_attributes(
        root,
        {"IdentifiantFiche": identifiant, "DateHeureCreation": f"{local:%Y-%m-%dT%H:%M:%S}", "Version": _VERSION},
    )
    employer = child(root, "Entreprise")
    set_attributes(employer, {"SIREN": siret[:9], "RaisonSociale": f"Entreprise {siret[:9]}", "NIC": siret[9:]})
    name = f"Organisme {delegate or organism} (bouchon)"[:_NAME_LENGTH]
    maker = child(root, "ProducteurFiche")
    set_attributes(maker, {"CodeProducteur": delegate or organism, "RaisonSocialeProducteur": name})
    for kind in ("ContactTechniqueFiche", "ContactGestionnaireFiche"):
        contact = {"Nom": "Contact du bouchon", "Tel": "0100000000", "Mail": "contact@exemple.test"}
        set_attributes(child(root, kind), contact)
    group = child(root, "GROUPE")
    for contract in declaration.contracts:
        if (contract.get("002", ""), contract.get("003", "")) == (organism, delegate):
            _contract(group, contract, f"0101{local:%Y}")
    set_attributes(group, {"NumeroGrp": "1", "LibelleGrp": "Ensemble du personnel"})
    return document(root, "ISO-8859-1")


def _contract(group: etree._Element, contract: dict[str, str], since: str) -> None:
    parameters = child(group, "ParametresContrats")
    set_attributes(parameters, {"Changement": "00", "Periodicite": "Mensuel", "DateDebutValidite": since})
    set_attributes(child(parameters, "Organisme"), {"CodeOC": contract["002"], "CodeDELEG": contract.get("003", "")})
    reference = contract.get("001", "")[:_REFERENCE_LENGTH]
    label = f"Contrat {reference}"[:_NAME_LENGTH]
    set_attributes(child(parameters, "Contrat"), {"ReferenceContrat": reference, "LibelleContrat": label})
    rate = child(child(child(parameters, "ElementsDeCalculAttendus"), "TAPrev"), "Taux")
    rate.text = "1.50"
