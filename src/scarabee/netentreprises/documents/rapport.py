"""The family `rapport` of GIP-MDS, v01r06 to v02r03: AEE, ARE, CCO, BAN, BIS, CRM nominatif… (retours §2).

Every version is a superset of the one before: one tolerant reader for all. Nothing is validated.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.communications import parameter_of, work_accident_rate
from scarabee.netentreprises.documents.identities import IDENTIFICATION_CODES, REFERENCE, identity
from scarabee.netentreprises.documents.individuals import contract_of, person_of
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.texts import child, children, fields
from scarabee.netentreprises.documents.values import Anomaly, Datum, DeclarationOf, Family, Head, Identity, Piece
from scarabee.netentreprises.listings import Declarant
from scarabee.netentreprises.markup import forget, local, walk

_NAMES = (
    "envoi",
    "bordereau",
    "declaration_identification",
    "salarie",
    "declaration_anomalie",
    "declaration",
    "information",
)
_INDIVIDUALS = ("salarie", "individu_non_salarie")


def read_rapport(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    """The pieces of a rapport in its own order, one at a time with flat memory. Raises Unreadable, at any step."""
    pieces = _pieces(source, recognized)
    first = next(pieces, None)
    if not isinstance(first, Head):  # no envoi, or not in its place
        yield _head(None, recognized)
    if first is not None:
        yield first
    yield from pieces


def _pieces(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    declared = last = DeclarationOf()
    listing = None
    for element in walk(source, _NAMES):
        match local(element.tag):
            case "salarie":
                parent = element.getparent()
                if parent is listing or _lists(parent):
                    listing = parent
                    yield person_of(element, declared.siret, declared.rank)
                    forget(element)
            case "envoi" | "bordereau":
                yield _head(element, recognized)
                yield from (_anomaly(one) for one in children(element, "envoi_anomalie"))
            case "declaration_identification":
                declared = last = _identified(element)
            case "declaration_anomalie":
                yield from _with_identity(element, declared)
                forget(element)
            case "declaration":
                yield _judged(element, declared)
                yield from work_accident_rate(child(element, "declaration_bilan"), declared.siret)
                declared = DeclarationOf()  # the next one names itself, or is nobody's
                forget(element)
            case "information":
                yield parameter_of(element, last.siret)
                forget(element)


def _lists(parent: etree._Element | None) -> bool:
    """Whether the individuals under an element are listed by the declaration itself, not by one of its anomalies."""
    return parent is not None and local(parent.tag) == "declaration_bilan"


def _head(envoi: etree._Element | None, recognized: Recognized) -> Head:
    told = fields(child(envoi, "envoi_identification")) or fields(child(envoi, "bordereau_identification"))
    balance = child(envoi, "envoi_bilan")
    root = recognized.opening.attributes
    counters = _counters(balance, "envoi_contenu", "envoi_compteurs", "envoi_categorie")
    return Head(
        family=Family.RAPPORT,
        nature=recognized.nature,
        kind=root.get("type", ""),
        version=root.get("version", ""),
        state=fields(balance).get("envoi_etat", ""),
        idflux=told.get("idflux", ""),
        essai_reel=told.get("essai_reel", ""),
        point=told.get("point_de_depot", ""),
        crm_identifier=root.get("identifiant", ""),
        message=texts.message(root.get("message", "")),
        sender=told.get("emetteur_siret", ""),
        declarant=_declarant(child(envoi, "envoi_identification", "declarant")),
        file_name=told.get("identifiant", ""),
        norm=told.get("version_norme", ""),
        software=" ".join(told[key] for key in ("nom_logiciel", "version_logiciel") if key in told),
        received=texts.moment(told.get("date_reception", ""), told.get("heure_reception", "")),
        recorded=texts.moment(told.get("date_enregistrement", ""), told.get("heure_enregistrement", "")),
        counters=counters,
    )


def _declarant(element: etree._Element | None) -> Declarant | None:
    told = fields(element)
    return Declarant(told.get("siret", ""), told.get("nom", ""), told.get("prenom", "")) if told else None


def _identified(element: etree._Element) -> DeclarationOf:
    """What names a declaration."""
    told = fields(element)
    return DeclarationOf(
        siret=told.get("SIREN", "") + told.get("nic_affectation", ""),
        seat=told.get("SIREN", "") + told["nic_siege"] if "nic_siege" in told else "",
        rank=told.get("rang", ""),
        nature=told.get("nature", "").zfill(2) if "nature" in told else "",
        type=told.get("type", ""),
        fraction=told.get("fraction", ""),
        order=told.get("ordre", ""),
        month=texts.month(told.get("mois", "")),
        job_id=told.get("identifiant_metier", ""),
        cancels=told.get("id_annulation", ""),
    )


def _judged(element: etree._Element, named: DeclarationOf) -> DeclarationOf:
    """The declaration with what became of it."""
    balance = child(element, "declaration_bilan")
    told, conformity = fields(balance), fields(child(balance, "niveau_conformite"))
    return replace(
        named,
        month=named.month or texts.month(told.get("mois", "")),
        state=told.get("etat", ""),
        conformity=conformity.get("etat_conformite", ""),
        certificate=conformity.get("certificat_conformite", ""),
        contracts=tuple(contract_of(one) for one in children(balance, "contrat")),
        counters=_counters(balance, "declaration_contenu", "declaration_compteurs", "categorie"),
    )


def _counters(balance: etree._Element | None, content: str, counters: str, category: str) -> dict[str, int]:
    """The numbers of a bilan: what it contains, then its anomalies by category."""
    pairs = list(fields(child(balance, content)).items())
    for one in children(balance, counters):
        told = fields(one)
        pairs.append((told.get(category, ""), told.get("nombre", "")))
    return {name: number for name, text in pairs if name and (number := texts.count(text)) is not None}


def _with_identity(element: etree._Element, declared: DeclarationOf) -> Iterator[Anomaly | Identity]:
    found = _anomaly(element, declared)
    yield found
    people = children(child(element, "environnement"), *_INDIVIDUALS)
    references = [one for one in people if one.get("origine") == REFERENCE]
    if found.person and (references or found.code in IDENTIFICATION_CODES):
        reference = person_of(references[0], declared.siret, declared.rank) if references else None
        yield identity(found.code, found.title, found.person, reference)


def _anomaly(element: etree._Element, declared: DeclarationOf | None = None) -> Anomaly:
    """An anomaly of a declaration, or of the deposit when there is none."""
    declared = declared or DeclarationOf()
    told = fields(child(element, "description"))
    place = child(element, "environnement")
    people = [one for one in children(place, *_INDIVIDUALS) if one.get("origine") != REFERENCE]
    contract = child(place, "contrat")
    return Anomaly(
        code=told.get("code", ""),
        category=told.get("categorie", ""),
        title=told.get("message", ""),
        siret=declared.siret,
        rank=declared.rank,
        line=texts.count(told.get("numero_ligne", "")),
        count=texts.count(told.get("nombre", "")),
        data=tuple(_data(child(element, "valeurs"))),
        person=person_of(people[0], declared.siret, declared.rank) if people else None,
        contract=None if contract is None else contract_of(contract),
    )


def _data(values: etree._Element | None) -> Iterator[Datum]:
    """The rubrique that triggered, then those that go with it."""
    for name in ("rubrique_declenchante", "rubrique_associee"):
        for one in children(values, name):
            told = fields(one)
            yield Datum(
                rubrique=texts.rubrique(told.get("identifiant", "")),
                label=told.get("libelle", ""),
                declared=told.get("valeur", ""),
            )
