"""The fiche de paramétrage of an organisme complémentaire, `FICHE` (retours §4): contracts, options and rates.

Each `ParametresContrats` is one parameter; its details are its attributes and values by their path in the document.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.texts import child, children
from scarabee.netentreprises.documents.values import Family, Head, Parameter, Piece
from scarabee.netentreprises.markup import local, told, tree


def read_sheet(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    """The pieces of a fiche. Raises Unreadable."""
    root = tree(source)
    sheet, employer, maker = told(root), _told(root, "Entreprise"), _told(root, "ProducteurFiche")
    yield Head(
        family=Family.FICHE,
        nature=recognized.nature,
        version=sheet.get("Version", ""),
        identifier=sheet.get("IdentifiantFiche", ""),
        message=texts.fields(root).get("Message", ""),
        body=maker.get("RaisonSocialeProducteur", "") or maker.get("CodeProducteur", ""),
        produced=texts.moment(sheet.get("DateHeureCreation", "")),
    )
    siret = employer.get("SIREN", "") + employer.get("NIC", "")
    for group in children(root, "GROUPE"):
        label = told(group).get("LibelleGrp", "")
        for parameters in children(group, "ParametresContrats"):
            yield _parameter(parameters, siret, label)


def _parameter(element: etree._Element, siret: str, group: str) -> Parameter:
    values, contract = told(element), _told(element, "Contrat")
    return Parameter(
        kind="contrat_oc",
        siret=siret,
        code=contract.get("ReferenceContrat", ""),
        label=contract.get("LibelleContrat", ""),
        value=group,
        since=texts.day(values.get("DateDebutValidite", "")),
        until=texts.day(values.get("DateFinValidite", "")),
        details=tuple(_flat(element, "")),
    )


def _told(element: etree._Element, name: str) -> dict[str, str]:
    found = child(element, name)
    return {} if found is None else told(found)


def _flat(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    """Every attribute and text under an element: « Organisme/CodeOC », « ElementsDeCalculAttendus/TAPrev/Taux »."""
    for name, text in told(element).items():
        yield path + name, text
    for one in element:
        name = path + local(one.tag)
        if one.text and (text := one.text.strip()):
            yield name, text
        yield from _flat(one, f"{name}/")
