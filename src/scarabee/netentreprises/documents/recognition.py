"""What a document is: its family by its root, its nature by the rules of retours §1."""

import re
from dataclasses import dataclass

from scarabee.netentreprises.documents.natures import NATURES
from scarabee.netentreprises.documents.values import Family, Parameter, Person
from scarabee.netentreprises.markup import Opening

_FAMILIES = {
    ("rapport", "http://www.gip-mds.fr/"): Family.RAPPORT,
    ("GIPMDS", "https://gipmds/1.0"): Family.NEORES,
    ("Fichier", ""): Family.OC,
    ("FICHE", ""): Family.FICHE,
    ("BPIJ", "www.cnamts.fr/tlsemp/IJ"): Family.BPIJ,
    ("accuseReceptionDSNDTO", ""): Family.AGIRC_ARRCO,
    ("notificationNCDDSNDTO", ""): Family.AGIRC_ARRCO,
    ("enveloppeRoot", ""): Family.AGIRC_ARRCO,
}
_OF_FAMILY = {Family.OC: "51", Family.AGIRC_ARRCO: "71"}
_WITHOUT_NATURE = frozenset({Family.FICHE, Family.BPIJ})
"""They come from listings of their own, which number nothing."""
_KINDS = {
    "AEE": "10",
    "ARE": "10",
    "CCO": "11",
    "BAN": "11",
    "ANO": "11",
    "GSIJ": "31",
    "CRACOSS": "61",
    "CRM FINANCIER": "93",
    "CRM NOMINATIF": "94",
    "CRM TAUX SUR TAUX": "95",
}
_IN_NAME = re.compile(r"(?<![0-9.])(\d{2,3})(?=[_-])")
_INFORMATION = {"atmp": "34", "bmcc": "117"}


@dataclass(frozen=True, slots=True)
class Recognized:
    """The root of a document, its family, its nature in the listing, and by every rule that needs no content.

    Both natures may be "".
    """

    opening: Opening
    family: Family
    listed: str
    nature: str


def recognize(opening: Opening, listed: str, name: str) -> Recognized:
    """`listed`: the nature of the listing; `name`: of the file; either may be ""."""
    family = _FAMILIES.get((opening.name, opening.namespace), Family.UNKNOWN)
    listed = plain(listed)
    if listed or family in _WITHOUT_NATURE:
        return Recognized(opening, family, listed, listed)
    told = _of_rapport(opening) if family is Family.RAPPORT else _OF_FAMILY.get(family, "")
    return Recognized(opening, family, listed, told or named(name))


def plain(nature: str) -> str:
    """A number of nature without the zeros before it, any other text as it is."""
    nature = nature.strip()
    return str(int(nature)) if nature.isascii() and nature.isdigit() else nature


def named(name: str) -> str:
    """The first known nature between separators in the name of a file, "" for none."""
    return next((one for one in _IN_NAME.findall(name) if one in NATURES), "")


def of_neores(code: str, label: str, recognized: Recognized) -> str:
    """The nature of a NEOReS. `code`: what it says, wrong in the examples of 118; `label`: its title.

    Its own code counts when it is that of a NEOReS; else the name of the file, what the title betrays, or the code.
    """
    if recognized.listed:
        return recognized.listed
    known = NATURES.get(plain(code))
    if known and known.is_neores:
        return plain(code)
    return recognized.nature or ("118" if "ffectif" in label else plain(code))


def by_content(people: tuple[Person, ...], parameters: tuple[Parameter, ...]) -> str:
    """The nature that the content betrays, when nothing else tells it."""
    if any(one.has_rate for one in people):
        return "94"
    return next((_INFORMATION[one.kind] for one in parameters if one.kind in _INFORMATION), "")


def _of_rapport(opening: Opening) -> str:
    """By `@type`, a free text; the CIBTP writes 21 for its own 116."""
    told = opening.attributes.get("type", "")
    nature = plain(told)
    if nature == "21" and "CIBTP" in opening.attributes.get("message", ""):
        return "116"
    if nature in NATURES:
        return nature
    return _KINDS.get(" ".join(told.upper().split()), "")
