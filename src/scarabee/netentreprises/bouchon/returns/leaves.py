"""The bordereau de paiement des indemnités journalières (BPIJ): what `lister-bpij-*` lists after an arrêt."""

import re
from datetime import date, datetime, timedelta

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import Flow
from scarabee.netentreprises.bouchon.state import PARIS

_NAMESPACE = "www.cnamts.fr/tlsemp/IJ"
_VERSION = "02.04"
_WAITING_DAYS = 3
_DAILY_CENTS = 4_125
_LONGEST_DAYS = 360
_NIR = re.compile(r"\d{6}[A-Za-z0-9]\d{6}")
_SUBROGATION = "01"


def leave_statement(flow: Flow, declaration: Declaration) -> list[bytes]:
    """One BPIJ for a signalement of arrêt with a NIR and two dates that follow each other, else none."""
    last_worked = day_of(declaration.value("S21.G00.60.002"))
    until = day_of(declaration.value("S21.G00.60.003"))
    person = next((one for one in declaration.people if _NIR.fullmatch(one.nir)), None)
    if last_worked is None or until is None or person is None:
        return []
    since = last_worked + timedelta(days=1 + _WAITING_DAYS)
    days = min((until - since).days + 1, _LONGEST_DAYS)
    if days <= 0:
        return []
    return [_document(flow, declaration, person, since, days)]


def _document(flow: Flow, declaration: Declaration, person: Person, since: date, days: int) -> bytes:
    local = flow.at.astimezone(PARIS)
    amount = _euros(days * _DAILY_CENTS)
    root = etree.fromstring(f'<BPIJ xmlns="{_NAMESPACE}" Nature="BPIJ" Version="{_VERSION}"/>')
    child(root, "Identification", flow.number)
    child(root, "Temps", local.isoformat(timespec="seconds"))
    declarant = _party(root, "Declarant", flow.declarant[0], "Total Declarant", amount)
    employer = _party(declarant, "Declare", declaration.siret, "Total Entreprise", amount)
    fund = child(employer, "Caisse")
    child(fund, "CodeCPAM", "999")
    child(fund, "Libelle", "CPAM du bouchon")
    child(fund, "JComptable", local.date().isoformat())
    _total(fund, "Total bordereau par organisme émetteur", amount)
    insured = child(fund, "Assure")
    child(insured, "NIR", person.nir)
    child(insured, "Nom", person.values.get("002", ""))
    child(insured, "Prenom", person.values.get("004", ""))
    _total(insured, "Total Salarié", amount)
    _insurance(insured, since, days, amount, subrogated=declaration.value("S21.G00.60.004") == _SUBROGATION)
    for element in root.iter():
        element.tag = f"{{{_NAMESPACE}}}{etree.QName(element).localname}"
    return document(root)


def _insurance(insured: etree._Element, since: date, days: int, amount: str, *, subrogated: bool) -> None:
    insurance = child(insured, "Assurance")
    child(insurance, "CodeNature", "AS")
    _total(insurance, "Total Nature Assurance", amount)
    benefit = child(insurance, "Prestation")
    child(benefit, "CodeNature", "IJN")
    child(benefit, "Libelle", "I.J. NORMALES")
    child(benefit, "DateDebPrest", since.isoformat())
    child(benefit, "DateFinPrest", (since + timedelta(days=days - 1)).isoformat())
    child(benefit, "NbIJ", f"{days}.0")
    child(benefit, "IJSub", "true" if subrogated else "false")
    child(benefit, "PU", _euros(_DAILY_CENTS))
    child(benefit, "Montant", amount)


def _party(parent: etree._Element, name: str, siret: str, label: str, amount: str) -> etree._Element:
    """A declarant or an employer: who it is, and its total."""
    party = child(parent, name)
    child(party, "Identite", siret).set("R", "SIRET")
    _total(party, label, amount)
    return party


def _total(parent: etree._Element, label: str, amount: str) -> None:
    total = child(parent, "Cumul")
    child(total, "Libelle", label)
    child(total, "Montant", amount)


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def day_of(text: str) -> date | None:
    """A day of the calendar written JJMMAAAA, None for any other text."""
    try:
        return datetime.strptime(text, "%d%m%Y").date()  # noqa: DTZ007 - a day of the calendar
    except ValueError:
        return None
