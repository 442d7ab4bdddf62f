"""The CRM of Urssaf that help to resolve anomalies (natures 119, 120 and 124), of the family NEOReS (retours §3)."""

import hashlib
import re
from datetime import date

from lxml import etree

from scarabee.netentreprises.bouchon.returns.markup import child, children
from scarabee.netentreprises.bouchon.returns.neores import Kind, bounds, finished, framed, iso
from scarabee.netentreprises.bouchon.returns.reading import Declaration, Person
from scarabee.netentreprises.bouchon.returns.reports import Flow

URSSAF = "URSSAF Caisse Nationale", "18003501600054"
_GENERAL = "Recouvrement des cotisations - régime général"
AT_ONCE = Kind("119", "Accompagnement à la résolution des anomalies", *URSSAF, _GENERAL)
MONTHLY = Kind("120", "Bilan mensuel d’accompagnement à la résolution des anomalies", *URSSAF, _GENERAL)
YEARLY = Kind("124", "CRM de rappel annuel Urssaf", *URSSAF, "", trigger="03", is_of_last_year=True)
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


def atypical(declaration: Declaration) -> list[Person]:
    """Whom the control finds: one in eight of those with a NIR, always the same ones."""
    return [one for one in declaration.people if _NIR.fullmatch(one.nir) and _is_chosen(one.nir)]


def accompaniment_report(flow: Flow, declaration: Declaration, month: date, kind: Kind = AT_ONCE) -> bytes:
    """The CRM: state OK without a control, ANO with one and its persons."""
    people = atypical(declaration)
    context = framed(flow, declaration, month, kind, "ANO" if people else "OK")
    if people:
        _control(child(context, "RO_B004"), people, month)
    return finished(context)


def _is_chosen(nir: str) -> bool:
    return hashlib.sha256(b"accompagnement" + nir.encode("ascii")).digest()[0] % _ATYPICAL_EVERY == 0


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
    first, last = bounds(month)
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
        "R006": iso(person.contract.get("001", "")),
        "R007": number if len(number) >= _CONTRACT_SHORTEST else "",
        "R008": iso(told("006", "")),
    }
    children(who, {f"RO_B006_{key}": value for key, value in values.items()})
    datum = child(parent, "RO_B007")
    children(datum, {"RO_B007_R001": "S21.G00.78.001", "RO_B007_R003": "02", "RO_B007_R009": "04"})
