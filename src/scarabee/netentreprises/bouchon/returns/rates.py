"""PAS rates (nature 94, retours §5): for each individu a rate that follows from his number alone."""

import hashlib
from dataclasses import dataclass
from datetime import date

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import (
    Flow,
    identify,
    identify_declaration,
    identify_person,
    report,
)
from scarabee.netentreprises.bouchon.state import PARIS

_NO_RATE_EVERY, _ZERO_EVERY, _FUTURE_EVERY = 11, 7, 13
_TENTHS = 180
_MESSAGE = "Sans taux communiqué par la DGFiP, le taux applicable est celui des grilles de taux par défaut."
_UNKNOWN = ("BCH-94", "Échec de reconnaissance de la personne par la DGFiP (bouchon : elle n’a pas de NIR).")


@dataclass(frozen=True, slots=True)
class Rate:
    """Percentages with two decimals and a dot; `taux` None when the DGFiP gives none. `future`: (taux, first day)."""

    taux: str | None
    future: tuple[str, date] | None = None


def rate_of(nir: str, at: date) -> Rate:
    """The rate of this NIR, the same whenever it is asked; a change to come takes effect the month after next."""
    number = int.from_bytes(hashlib.sha256(nir.encode("latin-1", "replace")).digest()[:8])
    if not nir or number % _NO_RATE_EVERY == 0:
        return Rate(None)
    taux = "0.00" if number % _ZERO_EVERY == 0 else _percent(number >> 8)
    if number % _FUTURE_EVERY:
        return Rate(taux)
    month = at.month + 1
    return Rate(taux, (_percent(number >> 24), date(at.year + month // 12, month % 12 + 1, 1)))


def nominative_report(flow: Flow) -> bytes:
    """The CRM nominatif: one declaration for each of the envoi, every individu with his rate."""
    identifiant = f"{flow.at.astimezone(PARIS):%y%m%d}{flow.number:012d}"
    root, envoi = report("CRM nominatif", "v02r01", identifiant=identifiant, message=_MESSAGE)
    identify(envoi, flow)
    child(child(envoi, "envoi_bilan"), "envoi_etat", "OK")
    for declaration in flow.envoi.declarations:
        _declaration(root, declaration, flow.at.astimezone(PARIS).date())
    return document(root)


def _declaration(root: etree._Element, declaration: Declaration, today: date) -> None:
    element = child(root, "declaration")
    identify_declaration(element, declaration)
    balance = child(element, "declaration_bilan")
    child(balance, "etat", "OK")
    child(child(balance, "declaration_contenu"), "salaries", len(declaration.people))
    for person in declaration.people:
        _person(child(balance, "salarie"), person, rate_of(person.nir, today))
    for person in declaration.people:
        if not person.nir:
            _unknown(child(element, "declaration_anomalie"), person)


def _person(element: etree._Element, person: Person, rate: Rate) -> None:
    identify_person(element, person, named=False)
    if rate.taux is not None:
        child(element, "taux_imposition_PAS", rate.taux)
    if rate.future is not None:
        future = child(element, "future_imposition_PAS")
        child(future, "taux", rate.future[0])
        child(future, "date_effet", rate.future[1].isoformat())


def _unknown(element: etree._Element, person: Person) -> None:
    description = child(element, "description")
    child(description, "code", _UNKNOWN[0])
    child(description, "categorie", "non-bloquant")
    child(description, "message", _UNKNOWN[1])
    salarie = child(child(element, "environnement"), "salarie")
    salarie.set("origine", "DSN")
    identify_person(salarie, person, named=False)


def _percent(number: int) -> str:
    return f"{number % _TENTHS / 10 + 0.1:.1f}0"
