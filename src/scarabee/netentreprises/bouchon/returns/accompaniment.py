"""The CRM of Urssaf that helps to resolve anomalies (nature 119), of the family NEOReS (retours §3)."""

import hashlib
import re
from calendar import monthrange
from datetime import date, datetime

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import Flow
from scarabee.netentreprises.bouchon.state import PARIS

_NAMESPACE = "https://gipmds/1.0"
_VERSION = "P26V01"
_URSSAF = "18003501600054"
_CONTROL = "UR_ANO_BCH_01"
_ATYPICAL_EVERY = 8
_CONTRACT_SHORTEST = 5
"""The schema takes no shorter number."""
_NIR = re.compile(r"[1-478]\d{5}[\dAB]\d{6}")
_TEXTS = {
    "R002": "Absence de l’assiette plafonnée du salarié",
    "R011": "Ce contrôle du bouchon choisit des salariés d’après leur seul NIR : leur assiette n’est pas fausse.",
    "R012": "Contrôle inventé pour l’entraînement",
    "R013": "Dans la prochaine DSN, régularisez la base assujettie (S21.G00.78) du salarié.",
    "R014": "https://www.urssaf.fr",
    "R015": "Le calcul des droits à la retraite du salarié peut en être affecté.",
}


def month_of(declaration: Declaration) -> date | None:
    """The month declared (S20.G00.05.005), None when it cannot be read."""
    try:
        return datetime.strptime(declaration.value("S20.G00.05.005"), "%d%m%Y").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def atypical(declaration: Declaration) -> list[Person]:
    """Whom the control finds: one in eight of those with a NIR, always the same ones."""
    return [one for one in declaration.people if _NIR.fullmatch(one.nir) and _is_chosen(one.nir)]


def accompaniment_report(flow: Flow, declaration: Declaration, month: date) -> bytes:
    """The CRM: state OK without a control, ANO with one and its persons."""
    root = etree.fromstring(f'<GIPMDS xmlns="{_NAMESPACE}"/>')
    top = child(root, "RO")
    child(top, "RO_R001", _VERSION)
    _flow(child(top, "RO_B000"), flow, declaration, month)
    profile = child(top, "RO_B001")
    child(profile, "RO_B001_R001", "01")
    context = child(profile, "RO_B002")
    _context(context, flow, month)
    people = atypical(declaration)
    validation = child(context, "RO_B003")
    child(validation, "RO_B003_R001", "Recouvrement des cotisations - régime général")
    child(validation, "RO_B003_R002", "ANO" if people else "OK")
    if people:
        _control(child(context, "RO_B004"), people, month)
    for element in root.iter():
        element.tag = f"{{{_NAMESPACE}}}{etree.QName(element).localname}"
    return document(root)


def _is_chosen(nir: str) -> bool:
    return hashlib.sha256(b"accompagnement" + nir.encode("ascii")).digest()[0] % _ATYPICAL_EVERY == 0


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


def _context(parent: etree._Element, flow: Flow, month: date) -> None:
    first, last = _bounds(month)
    moment = f"{flow.at.astimezone(PARIS):%Y-%m-%dT%H:%M:%S}"
    values = {
        "R001": str(flow.number),
        "R002": "119",
        "R003": "Accompagnement à la résolution des anomalies",
        "R004": "01",
        "R005": "URSSAF Caisse Nationale",
        "R006": _URSSAF,
        "R007": _URSSAF,
        "R008": first,
        "R009": last,
        "R010": moment,
        "R011": moment,
    }
    children(parent, {f"RO_B002_{key}": value for key, value in values.items()})


def _control(parent: etree._Element, people: list[Person], month: date) -> None:
    count = str(len(people))
    values = {
        "R001": _CONTROL, "R002": _TEXTS["R002"], "R003": "01", "R004": "04", "R005": "12", "R006": "04",
        "R007": "03" if len(people) == 1 else "02", "R008": "01", "R009": count, "R010": count,
    }  # fmt: skip
    values |= {key: _TEXTS[key] for key in ("R011", "R012", "R013", "R014", "R015")}
    children(parent, {f"RO_B004_{key}": value for key, value in values.items()})
    for person in people:
        _detail(child(parent, "RO_B005"), person, month)


def _detail(parent: etree._Element, person: Person, month: date) -> None:
    first, last = _bounds(month)
    told = person.values.get
    text = "L’assiette brute plafonnée (S21.G00.78.001 code 02) serait absente pour ce salarié."
    children(parent, {"RO_B005_R001": text, "RO_B005_R002": first, "RO_B005_R003": last})
    who = child(parent, "RO_B006")
    number = person.contract.get("009", "")
    values = {
        "R001": person.nir,
        "R003": told("002", ""),
        "R004": told("004", ""),
        "R005": told("019", ""),
        "R006": _iso(person.contract.get("001", "")),
        "R007": number if len(number) >= _CONTRACT_SHORTEST else "",
        "R008": _iso(told("006", "")),
    }
    children(who, {f"RO_B006_{key}": value for key, value in values.items()})
    datum = child(parent, "RO_B007")
    children(datum, {"RO_B007_R001": "S21.G00.78.001", "RO_B007_R003": "02", "RO_B007_R009": "04"})


def _iso(text: str) -> str:
    """JJMMAAAA as AAAA-MM-JJ, "" for anything else; a birth may have parts of 99 or 00."""
    return f"{text[4:]}-{text[2:4]}-{text[:2]}" if re.fullmatch(r"[0-9]{8}", text) else ""


def _bounds(month: date) -> tuple[str, str]:
    last = monthrange(month.year, month.month)[1]
    return month.replace(day=1).isoformat(), month.replace(day=last).isoformat()
