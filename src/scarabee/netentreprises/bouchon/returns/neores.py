"""The frame of a return of the family NEOReS (retours §3): the flux, what the return is, the state."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration
from scarabee.netentreprises.bouchon.returns.reports import Flow
from scarabee.netentreprises.bouchon.state import PARIS

_NAMESPACE = "https://gipmds/1.0"
_VERSION = "P26V01"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of return: its code and title, who sends it, its validation (none: ""), what triggers it (RO_B001_R001).

    `is_of_last_year`: about the year before the month declared, not about that month.
    """

    code: str
    title: str
    body: str
    siret: str
    validation: str
    trigger: str = "01"
    is_of_last_year: bool = False


def framed(flow: Flow, declaration: Declaration, month: date, kind: Kind, state: str) -> etree._Element:
    """The bloc RO_B002 of a return, to add controls to; `state` as RO_B003 tells it."""
    root = etree.fromstring(f'<GIPMDS xmlns="{_NAMESPACE}"/>')
    top = child(root, "RO")
    child(top, "RO_R001", _VERSION)
    _flow(child(top, "RO_B000"), flow, declaration, month)
    profile = child(top, "RO_B001")
    child(profile, "RO_B001_R001", kind.trigger)
    context = child(profile, "RO_B002")
    _context(context, flow, kind, month)
    if kind.validation:
        validation = child(context, "RO_B003")
        child(validation, "RO_B003_R001", kind.validation)
        child(validation, "RO_B003_R002", state)
    return context


def finished(context: etree._Element) -> bytes:
    """The whole return that this bloc belongs to."""
    root = context.getroottree().getroot()
    for element in root.iter():
        element.tag = f"{{{_NAMESPACE}}}{etree.QName(element).localname}"
    return document(root)


def month_of(declaration: Declaration) -> date | None:
    """The month declared (S20.G00.05.005), None when it cannot be read."""
    try:
        return datetime.strptime(declaration.value("S20.G00.05.005"), "%d%m%Y").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _flow(parent: etree._Element, flow: Flow, declaration: Declaration, month: date) -> None:
    told, sender = declaration.value, flow.envoi.value
    values = {
        "R001": flow.idflux,
        "R002": str(declaration.rank),
        "R003": flow.envoi.emetteur_siret,
        "R004": declaration.siret,
        "R005": told("S20.G00.05.003"),
        "R006": month.replace(day=1).isoformat(),
        "R007": flow.point,
        "R008": sender("S10.G00.00.001"),
        "R009": sender("S10.G00.00.002"),
        "R010": sender("S10.G00.00.003"),
        "R011": told("S20.G00.05.002"),
        "R012": told("S20.G00.05.004"),
        "R013": flow.envoi.essai_reel,
        "R014": sender("S10.G00.00.006"),
    }
    children(parent, {f"RO_B000_{key}": value for key, value in values.items()})


def _context(parent: etree._Element, flow: Flow, kind: Kind, month: date) -> None:
    first, last = bounds(month)
    if kind.is_of_last_year:
        first, last = f"{month.year - 1}-01-01", f"{month.year - 1}-12-31"
    moment = f"{flow.at.astimezone(PARIS):%Y-%m-%dT%H:%M:%S}"
    values = {
        "R001": str(flow.number),
        "R002": kind.code,
        "R003": kind.title,
        "R004": "01",
        "R005": kind.body,
        "R006": kind.siret,
        "R007": kind.siret,
        "R008": first,
        "R009": last,
        "R010": moment,
        "R011": moment,
    }
    children(parent, {f"RO_B002_{key}": value for key, value in values.items()})


def iso(text: str) -> str:
    """JJMMAAAA as AAAA-MM-JJ, "" for anything else; a birth may have parts of 99 or 00."""
    return f"{text[4:]}-{text[2:4]}-{text[:2]}" if re.fullmatch(r"[0-9]{8}", text) else ""


def bounds(month: date) -> tuple[str, str]:
    """The first and the last day of a month."""
    last = monthrange(month.year, month.month)[1]
    return month.replace(day=1).isoformat(), month.replace(day=last).isoformat()
