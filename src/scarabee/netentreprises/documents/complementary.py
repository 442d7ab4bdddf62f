"""The CRM of organismes complémentaires, `Fichier` (retours §4): everything is in attributes, days are JJMMAAAA."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.texts import children
from scarabee.netentreprises.documents.values import (
    Anomaly,
    Contract,
    Datum,
    DeclarationOf,
    Family,
    Head,
    Parameter,
    Person,
    Piece,
)
from scarabee.netentreprises.listings import Declarant
from scarabee.netentreprises.markup import told, tree

_STATES = {"0": "OK", "1": "ANO", "2": "ANO", "3": "KO"}
"""How the declaration was taken: whole, whole and corrected, in part, not at all."""
_CATEGORIES = {"E": "erreur", "I": "information"}
_KINDS = {"1": "AR", "2": "CRT", "3": "CRC"}
_COUNTERS = ("NbreSal", "NbreErreur", "NbreCritique", "NbreAff", "NbreRad")
_PERSON = {
    "S21.G00.30.002": "family_name",
    "S21.G00.30.003": "usual_name",
    "S21.G00.30.004": "given_names",
    "S21.G00.30.005": "sex",
    "S21.G00.30.007": "birth_place",
    "S21.G00.30.019": "matricule",
    "S21.G00.30.020": "ntt",
}
_NIR, _BIRTH = "S21.G00.30.001", "S21.G00.30.006"
_CONTRACT_SINCE, _CONTRACT_NATURE, _CONTRACT_NUMBER = "S21.G00.40.001", "S21.G00.40.007", "S21.G00.40.009"
_PERIOD_SINCE, _PERIOD_UNTIL = "Date de début de période", "Date de fin de période"
"""How the labels of a period start: its rubriques in the official example are not those of the norm."""


def read_complementary(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    """The pieces of a CRM of an OC. Raises Unreadable."""
    root = tree(source)
    declarations = children(root, "Declaration")
    yield _head(told(root), told(declarations[0]) if declarations else {}, recognized)
    for element in declarations:
        declared = _declaration(told(element))
        yield declared
        for mandate in children(element, "MandatNetE", "MandatProp"):
            yield _mandate(told(mandate), declared.siret)
        for fault in children(element, "RetourMetier"):
            yield _anomaly(fault, declared)


def _head(file: Mapping[str, str], declaration: Mapping[str, str], recognized: Recognized) -> Head:
    kind = file.get("TypCRM", "")
    parts = [file.get(f"{one}Deposant", "") for one in ("Siret", "Nom", "Prenom")]
    return Head(
        family=Family.OC,
        nature=recognized.nature,
        kind=_KINDS.get(kind, kind),
        version=file.get("VersionCRM", ""),
        idflux=file.get("IdEnvoi", ""),
        essai_reel=file.get("CodeEnvoi", ""),
        point=file.get("PointDepot", ""),
        message=declaration.get("ComplementRetourDecla", ""),
        sender=file.get("SiretEmetteur", ""),
        declarant=Declarant(*parts) if any(parts) else None,
        norm=file.get("VersionNorme", ""),
        body=declaration.get("NomProducteurCRM", "") or declaration.get("CodeProducteurCRM", ""),
        received=texts.moment(file.get("DateHeureReceptionDep", "")),
        recorded=texts.moment(file.get("DateHeureReceptionOC", "")),
        produced=texts.moment(declaration.get("DateHeureProductionCRM", "")),
    )


def _declaration(values: Mapping[str, str]) -> DeclarationOf:
    siren, seat, code = values.get("SirenDecla", ""), values.get("NicSiegeDecla", ""), values.get("CodeRetourDecla", "")
    delegate = values.get("CodeDELEG", "")
    return DeclarationOf(
        siret=siren + values.get("NicAffectation", ""),
        seat=siren + seat if seat else "",
        rank=values.get("IdDec", ""),
        nature=values.get("NatureDecla", ""),
        type=values.get("TypeDecla", ""),
        fraction=values.get("FractionDecla", ""),
        order=values.get("NoOrdreDecla", ""),
        month=texts.month(values.get("DateMoisDec", "")),
        job_id=values.get("IdEvt", ""),
        state=_STATES.get(code, ""),
        code=code,
        message=values.get("ComplementRetourDecla", ""),
        body=" ".join(one for one in (values.get("CodeOC", ""), delegate) if one),
        counters={one: number for one in _COUNTERS if (number := texts.count(values.get(one, ""))) is not None},
    )


def _mandate(values: Mapping[str, str], siret: str) -> Parameter:
    """A SEPA mandate that waits for a signature."""
    creditor, account = values.get("ICS", ""), values.get("IBAN", "")
    return Parameter(kind="mandat_sepa", siret=siret, code=creditor, value=account, details=tuple(values.items()))


def _anomaly(element: etree._Element, declared: DeclarationOf) -> Anomaly:
    values = told(element)
    context = [told(one) for one in children(element, "ContexteRetourMetier")]
    known = {texts.rubrique(one.get("Rubrique", "")): one.get("Valeur", "") for one in context}
    code = values.get("CodeRetourMetier", "")
    return Anomaly(
        code=code,
        category=_CATEGORIES.get(code[:1], ""),
        title=values.get("LibelCodeRetourMetier", ""),
        message=values.get("DescriptionRetour", ""),
        siret=declared.siret,
        rank=declared.rank,
        count=texts.count(values.get("NbErreursSimilaires", "")),
        data=(_fault(values), *(_datum(one) for one in context)),
        person=_person(known, declared),
        contract=_contract(known),
        since=texts.day(_labelled(context, _PERIOD_SINCE) or values.get("DateEvt", "")),
        until=texts.day(_labelled(context, _PERIOD_UNTIL)),
        level=values.get("CriticiteRetour", ""),
    )


def _fault(values: Mapping[str, str]) -> Datum:
    return Datum(
        rubrique=texts.rubrique(values.get("RubriqueBlocRetour", "")),
        label=values.get("LibelRubBlocRetour", ""),
        declared=values.get("ValeurRubriqueErreur", ""),
        expected=values.get("ValeurCorrigeeAjoutee", ""),
        note=values.get("LibelValCorrigeeAjoutee", "") or values.get("LibelValRubriqueErreur", ""),
    )


def _datum(values: Mapping[str, str]) -> Datum:
    return Datum(
        rubrique=texts.rubrique(values.get("Rubrique", "")),
        label=values.get("Libelle", ""),
        declared=values.get("Valeur", ""),
        note=values.get("LibelVal", ""),
    )


def _labelled(context: list[dict[str, str]], label: str) -> str:
    return texts.first(one.get("Valeur", "") for one in context if one.get("Libelle", "").startswith(label))


def _person(known: Mapping[str, str], declared: DeclarationOf) -> Person | None:
    """Who it is about, by the rubriques of the context."""
    found: dict[str, Any] = {field: known[rubrique] for rubrique, field in _PERSON.items() if known.get(rubrique)}
    nir, birth = texts.nir(known.get(_NIR, "")), texts.day(known.get(_BIRTH, ""))
    if not (found or nir):
        return None
    return Person(siret=declared.siret, rank=declared.rank, nir=nir, birth_date=birth, **found)


def _contract(known: Mapping[str, str]) -> Contract | None:
    number, since = known.get(_CONTRACT_NUMBER, ""), texts.day(known.get(_CONTRACT_SINCE, ""))
    nature = known.get(_CONTRACT_NATURE, "")
    return Contract(number=number, since=since, nature=nature) if number or since else None
