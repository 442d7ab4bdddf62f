"""What is computed for a whole employer: effectifs (nature 118) and the bonus-malus rate (nature 117)."""

from datetime import date

from lxml import etree

from scarabee.netentreprises.bouchon.returns.accompaniment import URSSAF
from scarabee.netentreprises.bouchon.returns.markup import child, children, document
from scarabee.netentreprises.bouchon.returns.neores import Kind, bounds, finished, framed
from scarabee.netentreprises.bouchon.returns.reading import Declaration
from scarabee.netentreprises.bouchon.returns.reports import Flow, identify, identify_declaration, report
from scarabee.netentreprises.bouchon.state import PARIS

BONUS_MALUS_FROM = 11
"""Below so many employees an employer has no bonus-malus."""
BONUS_MALUS_MONTH = 9
_HEADCOUNT = Kind("118", "Effectif annuel et mensuel", *URSSAF, "")
_TEXTS = {
    "R001": "100", "R002": "Calcul de l’effectif", "R003": "04", "R004": "02", "R005": "02",
    "R013": "Effectifs calculés par le bouchon d’après le nombre de salariés de cette DSN.",
}  # fmt: skip
_LEAST, _STEPS = 3.0, 18


def headcount_report(flow: Flow, declaration: Declaration, month: date) -> bytes:
    """The effectif of the month: how many individus the declaration has."""
    context = framed(flow, declaration, month, _HEADCOUNT, "OK")
    control = child(context, "RO_B004")
    children(control, {f"RO_B004_{key}": value for key, value in _TEXTS.items()})
    first, last = bounds(month)
    values = {
        "R001": "M01", "R002": f"{len(declaration.people)}.00", "R003": first, "R004": last,
        "R006": f"{flow.at.astimezone(PARIS):%Y-%m-%dT%H:%M:%S}",
    }  # fmt: skip
    children(child(control, "RO_B008"), {f"RO_B008_{key}": value for key, value in values.items()})
    return finished(context)


def bonus_malus_report(flow: Flow, declaration: Declaration, month: date) -> bytes:
    """The rate of the contribution to unemployment insurance for a year from September on: 3.00 to 4.70 %."""
    root, envoi = report("117", "v02r03")
    identify(envoi, flow)
    child(child(envoi, "envoi_bilan"), "envoi_etat", "OK")
    element = child(root, "declaration")
    identify_declaration(element, declaration)
    child(child(element, "declaration_bilan"), "etat", "OK")
    today = flow.at.astimezone(PARIS).date()
    information = _information(root, flow)
    _rubriques(
        child(information, "donnees_clefs"),
        ("date", "dateDebutEffet", date(month.year, 9, 1).isoformat()),
        ("date", "dateFinEffet", date(month.year + 1, 8, 31).isoformat()),
    )
    siren = declaration.value("S21.G00.06.001")
    rate = child(child(information, "donnees_paie"), "taux", f"{_LEAST + sum(map(ord, siren)) % _STEPS / 10:.2f}")
    rate.set("part", "patronale")
    _rubriques(
        child(information, "donnees_declaration"),
        ("string", "identifiantTaux", f"{siren}_10_{month.year}_{today:%Y%m%d}"),
        ("date", "dateCalculTauxContribution", today.isoformat()),
    )
    return document(root)


def _information(root: etree._Element, flow: Flow) -> etree._Element:
    collective = child(child(root, "communication"), "information_collective")
    collective.set("type", "bmcc")
    computed = child(collective, "calcul")
    computed.set("date_calcul", f"{flow.at.astimezone(PARIS):%Y-%m-%dT%H:%M:%S}")
    computed.set("phase", "10")
    return child(computed, "information")


def _rubriques(parent: etree._Element, *values: tuple[str, str, str]) -> None:
    group = child(parent, "rubriques")
    for kind, name, value in values:
        child(group, f"rubrique_{kind}", value).set("name", name)
