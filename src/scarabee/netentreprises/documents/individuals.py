"""People and contracts as the family `rapport` writes them."""

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.texts import child, fields
from scarabee.netentreprises.documents.values import Contract, Person

_CONTRACT = frozenset({"num_contrat", "date_debut_contrat", "nature_contrat"})


def person_of(element: etree._Element, siret: str, rank: str) -> Person:
    """A `salarie` or an `individu_non_salarie`; all but one number may be missing."""
    told = fields(element)
    future = fields(child(element, "future_imposition_PAS")) if len(element) > len(told) else {}
    rate, next_rate = told.get("taux_imposition_PAS", ""), future.get("taux", "")
    return Person(
        siret=siret,
        rank=rank,
        nir=texts.nir(told.get("NIR", "")),
        ntt=told.get("NTT", ""),
        matricule=told.get("matricule", ""),
        family_name=texts.name(told.get("nom_famille", "")),
        usual_name=texts.name(told.get("nom_usage", "")),
        given_names=texts.name(told.get("prenoms", "")),
        sex=told.get("sexe", ""),
        birth_date=texts.day(told.get("date_naissance", "")),
        birth_place=told.get("lieu_naissance", ""),
        country=told.get("code_pays", ""),
        rate=texts.number(rate),
        has_rate=bool(rate),
        future_rate=texts.number(next_rate),
        future_from=texts.calendar_day(future.get("date_effet", "")),
    )


def contract_of(element: etree._Element) -> Contract:
    """A `contrat`: of a bilan or of an anomaly."""
    told = fields(element)
    return Contract(
        number=told.get("num_contrat", ""),
        since=texts.day(told.get("date_debut_contrat", "")),
        nature=told.get("nature_contrat", ""),
        details={name: text for name, text in told.items() if name not in _CONTRACT},
    )
