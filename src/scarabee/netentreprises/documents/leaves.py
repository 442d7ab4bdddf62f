"""The bordereau de paiement des indemnités journalières, `BPIJ` (retours §4): who was paid what, for which days.

Declarant → Declare (SIRET) → Caisse → Assure → Assurance → Prestation.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.texts import child, children, fields
from scarabee.netentreprises.documents.values import Family, Head, Payment, Person, Piece
from scarabee.netentreprises.markup import local, tree

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_leave_payments(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    """The pieces of a bordereau. Raises Unreadable."""
    root = tree(source)
    yield _head(root, recognized)
    for declarant in children(root, "Declarant"):
        for employer in children(declarant, "Declare"):
            siret = fields(employer).get("Identite", "")
            for fund in children(employer, "Caisse"):
                yield from _of_fund(fund, siret)


def _head(root: etree._Element, recognized: Recognized) -> Head:
    values, attributes = fields(root), recognized.opening.attributes
    funds = (fields(one).get("Libelle", "") for one in root.iter("{*}Caisse"))
    return Head(
        family=Family.BPIJ,
        nature=recognized.nature,
        kind=attributes.get("Nature", ""),
        version=attributes.get("Version", ""),
        identifier=values.get("Identification", ""),
        sender=fields(child(root, "Declarant")).get("Identite", ""),
        body=texts.first(funds),
        produced=texts.moment(values.get("Temps", "")),
    )


def _of_fund(fund: etree._Element, siret: str) -> Iterator[Person | Payment]:
    values = fields(fund)
    name = f"{values.get('CodeCPAM', '')} {values.get('Libelle', '')}".strip()
    posted = texts.day(values.get("JComptable", ""))
    for insured in children(fund, "Assure"):
        who = fields(insured)
        person = Person(
            siret=siret,
            nir=texts.nir(who.get("NIR", "")),
            family_name=texts.name(who.get("Nom", "")),
            given_names=texts.name(who.get("Prenom", "")),
        )
        yield person
        for insurance in children(insured, "Assurance"):
            nature = fields(insurance).get("CodeNature", "")
            for benefit in children(insurance, "Prestation"):
                yield _payment(fields(benefit), person, name, posted, nature)
        for correction in children(insured, "Indu", "Rappel"):
            told = fields(correction)
            amount, label = texts.number(told.get("Montant", "")), f"{local(correction.tag)} {told.get('Numero', '')}"
            yield Payment(
                siret=siret,
                person=person,
                fund=name,
                posted=posted,
                code=local(correction.tag),
                label=label,
                amount=amount,
            )


def _payment(values: Mapping[str, str], person: Person, fund: str, posted: str, insurance: str) -> Payment:
    return Payment(
        siret=person.siret,
        person=person,
        fund=fund,
        posted=posted,
        insurance=insurance,
        code=values.get("CodeNature", ""),
        label=values.get("Libelle", ""),
        since=texts.day(values.get("DateDebPrest", "")),
        until=texts.day(values.get("DateFinPrest", "")),
        days=texts.number(values.get("NbIJ", "")),
        unit=texts.number(values.get("PU", "")),
        amount=texts.number(values.get("Montant", "")),
        is_subrogated=_BOOLEANS.get(values.get("IJSub", "").lower()),
    )
