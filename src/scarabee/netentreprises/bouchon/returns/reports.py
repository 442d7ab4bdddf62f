"""Reports of the family `rapport` (api-dsn §5.1, retours §2): AEE, ARE, CCO, BAN, and the root of the others."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from scarabee.netentreprises.bouchon.returns.conformity import Anomaly
from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Envoi, Person
from scarabee.netentreprises.bouchon.state import PARIS

_NAMESPACE = "http://www.gip-mds.fr/"
_UNKNOWN_FORMAT = ("B1-105-15", "Le format du fichier déposé n’est pas reconnu.")


@dataclass(frozen=True, slots=True)
class Flow:
    """A deposit as reports tell it. `at` is aware; `declarant` is (siret, nom, prenom)."""

    number: int
    idflux: str
    declarant: tuple[str, str, str]
    point: str
    at: datetime
    size: int
    envoi: Envoi


def receipt(flow: Flow, *, accepted: bool) -> bytes:
    """The AEE, or the ARE when the file is not a DSN at all."""
    root, envoi = report("AEE" if accepted else "ARE", "v01r06")
    identification = child(envoi, "envoi_identification")
    declarant = child(identification, "declarant")
    children(declarant, dict(zip(("siret", "nom", "prenom"), flow.declarant, strict=True)))
    local = flow.at.astimezone(PARIS)
    day, hour = f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}"
    child(identification, "idflux", flow.idflux)
    child(identification, "identifiant", "MtoM")
    child(identification, "point_de_depot", flow.point)
    child(identification, "essai_reel", flow.envoi.essai_reel or None)
    child(identification, "emetteur_siret", flow.envoi.emetteur_siret or flow.declarant[0])
    child(identification, "date_reception", day)
    child(identification, "heure_reception", hour)
    if accepted:
        child(identification, "date_enregistrement", day)
        child(identification, "heure_enregistrement", hour)
    child(child(envoi, "envoi_bilan"), "envoi_etat", "OK" if accepted else "KO")
    if not accepted:
        description = child(child(envoi, "envoi_anomalie"), "description")
        child(description, "code", _UNKNOWN_FORMAT[0])
        child(description, "message", _UNKNOWN_FORMAT[1])
    return document(root)


def conformity_report(flow: Flow, found: list[Anomaly]) -> bytes:
    """The certificat de conformité (CCO), or the bilan d'anomalies (BAN) when something blocks."""
    root, envoi = report("BAN" if found else "CCO", "v01r09")
    identify(envoi, flow)
    balance = child(envoi, "envoi_bilan")
    child(balance, "envoi_etat", "KO" if found else "OK")
    content = child(balance, "envoi_contenu")
    child(content, "declarations", len(flow.envoi.declarations))
    child(content, "salaries", sum(len(one.people) for one in flow.envoi.declarations))
    by_rank = Counter(one.rank for one in found)
    of_envoi, total = by_rank.pop(0, 0), len(found)
    for category, count in (("generale", of_envoi), ("declaration", total - of_envoi), ("total", total)):
        if count:
            counter = child(balance, "envoi_compteurs")
            child(counter, "envoi_categorie", category)
            child(counter, "nombre", count)
    for one in found:
        if one.rank == 0:
            _describe(child(envoi, "envoi_anomalie"), one)
    for declaration in flow.envoi.declarations:
        _conformity_of(root, declaration, [one for one in found if one.rank == declaration.rank], whole=not found)
    return document(root)


def report(kind: str, version: str, **attributes: str) -> tuple[etree._Element, etree._Element]:
    """The root of a report and its `envoi`, both empty."""
    root = etree.Element(f"{{{_NAMESPACE}}}rapport", nsmap={"gipmds": _NAMESPACE})
    for name, value in {**attributes, "type": kind, "profil": "DSN", "version": version}.items():
        root.set(name, value)
    return root, child(root, "envoi")


def identify(envoi: etree._Element, flow: Flow) -> None:
    """The `envoi_identification` of what comes after the receipt."""
    sender = flow.envoi
    identification = child(envoi, "envoi_identification")
    declarant = child(identification, "declarant")
    children(declarant, dict(zip(("siret", "nom", "prenom"), flow.declarant, strict=True)))
    children(
        identification,
        {
            "idflux": flow.idflux,
            "identifiant": "MtoM",
            "version_norme": sender.value("S10.G00.00.006"),
            "point_de_depot": flow.point,
            "type_envoi": sender.value("S10.G00.00.008"),
            "essai_reel": sender.essai_reel,
            "emetteur_siret": sender.emetteur_siret or flow.declarant[0],
            "nom_logiciel": sender.value("S10.G00.00.001"),
            "editeur_logiciel": sender.value("S10.G00.00.002"),
            "version_logiciel": sender.value("S10.G00.00.003"),
        },
    )


def identify_declaration(parent: etree._Element, declaration: Declaration) -> None:
    """The `declaration_identification`: what a client compares with its file (api-dsn §8.1)."""
    told = declaration.value
    identification = child(parent, "declaration_identification")
    child(identification, "rang", declaration.rank)
    values = {
        "nature": declaration.nature,
        "type": told("S20.G00.05.002"),
        "fraction": _figures(told("S20.G00.05.003")),
        "ordre": _figures(told("S20.G00.05.004")),
        "mois": told("S20.G00.05.005"),
        "identifiant_metier": told("S20.G00.05.009"),
    }
    children(identification, values)
    child(identification, "SIREN", told("S21.G00.06.001"))
    children(identification, {"nic_siege": told("S21.G00.06.002")})
    child(identification, "nic_affectation", told("S21.G00.11.001"))


def identify_person(parent: etree._Element, person: Person, *, named: bool = True) -> None:
    """The children of a `salarie`, from his rubriques S21.G00.30; NIR and matricule alone unless `named`."""
    told = person.values.get
    children(parent, {"NIR": person.nir, "NTT": person.ntt if named or not person.nir else ""})
    if not (person.nir or person.ntt):
        child(parent, "NTT")
    if named:
        children(
            parent,
            {
                "nom_famille": told("002", ""),
                "nom_usage": told("003", ""),
                "prenoms": told("004", ""),
                "date_naissance": told("006", ""),
                "lieu_naissance": told("007", ""),
            },
        )
    children(parent, {"matricule": told("019", "")})


def _conformity_of(root: etree._Element, declaration: Declaration, found: list[Anomaly], *, whole: bool) -> None:
    element = child(root, "declaration")
    identify_declaration(element, declaration)
    balance = child(element, "declaration_bilan")
    state = "OK" if whole else "KO"
    child(balance, "etat", state)
    child(child(balance, "declaration_contenu"), "salaries", len(declaration.people))
    if found:
        counter = child(balance, "declaration_compteurs")
        child(counter, "categorie", "bloquant")
        child(counter, "nombre", len(found))
    child(child(balance, "niveau_conformite"), "etat_conformite", state)
    for one in found:
        _describe(child(element, "declaration_anomalie"), one)


def _describe(parent: etree._Element, anomaly: Anomaly) -> None:
    description = child(parent, "description")
    child(description, "code", anomaly.code)
    child(description, "categorie", "bloquant")
    child(description, "message", anomaly.message)
    if anomaly.line:
        child(description, "numero_ligne", anomaly.line)
    if anomaly.rubrique:
        rubrique = child(child(parent, "valeurs"), "rubrique_declenchante")
        child(rubrique, "identifiant", anomaly.rubrique)
        child(rubrique, "valeur", anomaly.value)


def _figures(text: str) -> str:
    """A text of figures, else "": the schema wants a number."""
    return text if text.isascii() and text.isdigit() else ""
