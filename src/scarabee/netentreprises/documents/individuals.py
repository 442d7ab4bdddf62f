"""People and contracts as the family `rapport` writes them."""

from collections.abc import Callable
from typing import Any

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.texts import child, fields
from scarabee.netentreprises.documents.values import Contract, Person

_RATE = "taux_imposition_PAS"
_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "NIR": ("nir", texts.nir),
    "NTT": ("ntt", str),
    "matricule": ("matricule", str),
    "nom_famille": ("family_name", texts.name),
    "nom_usage": ("usual_name", texts.name),
    "prenoms": ("given_names", texts.name),
    "sexe": ("sex", str),
    "date_naissance": ("birth_date", texts.day),
    "lieu_naissance": ("birth_place", str),
    "code_pays": ("country", str),
    _RATE: ("rate", texts.number),
}
"""Element → field of Person, and how it is read."""
_CONTRACT = frozenset({"num_contrat", "date_debut_contrat", "nature_contrat"})


def person_of(element: etree._Element, siret: str, rank: str) -> Person:
    """A `salarie` or an `individu_non_salarie`; all but one number may be missing."""
    known = fields(element)
    told: dict[str, Any] = {"siret": siret, "rank": rank, "has_rate": _RATE in known}
    for name, text in known.items():
        if field := _FIELDS.get(name):
            told[field[0]] = field[1](text)
    if len(element) > len(known):
        future = fields(child(element, "future_imposition_PAS"))
        told["future_rate"] = texts.number(future.get("taux", ""))
        told["future_from"] = texts.calendar_day(future.get("date_effet", ""))
    return Person(**told)


def contract_of(element: etree._Element) -> Contract:
    """A `contrat`: of a bilan or of an anomaly."""
    told = fields(element)
    return Contract(
        number=told.get("num_contrat", ""),
        since=texts.day(told.get("date_debut_contrat", "")),
        nature=told.get("nature_contrat", ""),
        details={name: text for name, text in told.items() if name not in _CONTRACT},
    )
