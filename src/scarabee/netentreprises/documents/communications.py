"""Parameters for payroll in the family `rapport`: AT/MP rates (34), bonus-malus (117), `taux_AT` of a bilan (§2)."""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.texts import children, fields
from scarabee.netentreprises.documents.values import Parameter

_GROUPS = ("donnees_clefs", "donnees_paie", "donnees_declaration", "donnees_complement")
_SINCE, _UNTIL = ("dateDebutEffet", "dateDebut"), ("dateFinEffet", "dateFin")
_CODES = ("identifiantTaux", "codeRisque")


def parameter_of(information: etree._Element, siret: str) -> Parameter:
    """One `information` of a `communication`, with the day it was computed and the kind told above it."""
    calculation = information.getparent()
    collective = None if calculation is None else calculation.getparent()
    details = tuple(_details(information))
    told = dict(reversed(details))
    phase = "" if calculation is None else calculation.get("phase", "")
    return Parameter(
        kind=("" if collective is None else collective.get("type", "")) or "information",
        siret=siret,
        code=texts.first(told.get(one, "") for one in _CODES),
        label=f"Section {told['section']}" if "section" in told else "",
        rates=dict(_rates(information)),
        since=texts.day(texts.first(told.get(one, "") for one in _SINCE)),
        until=texts.day(texts.first(told.get(one, "") for one in _UNTIL)),
        computed="" if calculation is None else texts.moment(calculation.get("date_calcul", "")),
        details=(*details, *([("phase", phase)] if phase else [])),
    )


def work_accident_rate(balance: etree._Element | None, siret: str) -> Iterator[Parameter]:
    """The `taux_AT` of a bilan (v01r09)."""
    for element in children(balance, "taux_AT"):
        told = fields(element)
        rate = texts.number(told.get("taux", ""))
        yield Parameter(
            kind="taux_at",
            siret=siret,
            code=told.get("code_risque", ""),
            label=f"Section {told['section']}" if "section" in told else "",
            rates={} if rate is None else {"patronale": rate},
            since=texts.day(told.get("date_effet", "")),
            computed=texts.day(told.get("date_calcul", "")),
            details=tuple(told.items()),
        )


def _rates(information: etree._Element) -> Iterator[tuple[str, Decimal]]:
    """(part, percentage); the number of the tranche after the part when there are several."""
    for pay in children(information, "donnees_paie"):
        tranche = pay.get("tranche", "")
        for one in children(pay, "taux"):
            if (rate := texts.number((one.text or "").strip())) is not None:
                yield f"{one.get('part', '')} {tranche}".strip(), rate


def _details(information: etree._Element) -> Iterator[tuple[str, str]]:
    """(name, value) of every rubrique and amount, group after group."""
    for group in children(information, *_GROUPS):
        for one in children(group, "montant"):
            yield f"montant {one.get('type', '')}".strip(), (one.text or "").strip()
        for one in (rubrique for rubriques in children(group, "rubriques") for rubrique in rubriques):
            if text := (one.text or "").strip():
                yield one.get("name", ""), text
