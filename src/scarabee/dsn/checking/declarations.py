"""What a declaration says of itself: type, fraction, month, what it replaces, keys (dsn-format §4)."""

import re
from dataclasses import dataclass
from datetime import date

from scarabee.dsn.checking.calendar import day_of
from scarabee.dsn.checking.expectations import Expectations, named
from scarabee.dsn.checking.parts import Part, value_of
from scarabee.dsn.checking.results import Collector
from scarabee.dsn.checking.rules import CORRECT, Blemish, Rule
from scarabee.dsn.checking.shapes import Shape
from scarabee.dsn.fields import DeclarationRead, EnvoiRead, text
from scarabee.dsn.findings import Severity
from scarabee.dsn.identifiers import siren_is_valid, siret_is_valid

NORMAL, NIL, REPLACES, CANCELS, REPLACES_NIL = "01", "02", "03", "04", "05"
MONTHLY, START, SUBSTITUTION = "01", "08", "09"
SIGNALEMENTS = ("04", "05", "07", "08", "10")
WHOLE, AGRICULTURAL, GENERAL = "11", "02", "03"
NET_ENTREPRISES, MSA = "01", "02"

_FRACTION = re.compile(r"[1-9][1-9]")
_NATURE, _TYPE, _FRACTION_CODE = "S20.G00.05.001", "S20.G00.05.002", "S20.G00.05.003"
_MONTH, _REPLACED, _MADE_ON, _CHAMP = "S20.G00.05.005", "S20.G00.05.006", "S20.G00.05.007", "S20.G00.05.008"
_SIREN, _HEAD_NIC, _NIC = "S21.G00.06.001", "S21.G00.06.002", "S21.G00.11.001"
_PERSON, _NOT_SALARIED = "S21.G00.30", "S89.G00.91.001"


@dataclass(frozen=True, slots=True)
class Own:
    """A whole declaration, its people counted: its own lines, their shape, what they say."""

    read: DeclarationRead
    envoi: EnvoiRead
    siret: str
    people: int
    part: Part
    shape: Shape
    expected: Expectations
    today: date

    def line(self, code: str) -> int:
        """The line of a rubrique, or of the declaration's first where it is absent."""
        at = self.shape.first(code)
        return self.part.numbers[max(at, 0)]

    def value(self, code: str) -> str | None:
        """The value of a rubrique as written, None where it is absent."""
        at = self.shape.first(code)
        return None if at < 0 else text(value_of(self.part.lines[at]))

    def values(self, code: str) -> set[bytes]:
        return {value_of(self.part.lines[at]) for at in self.shape.all(code)}


def check_declaration(own: Own, found: Collector) -> None:
    """Say what is wrong with the declaration as a whole."""
    for problem in (_type, _fraction, _replaced, _month, _made_on, _champ, _headcount, _sirets):
        problem(own, found)


def _say(
    own: Own, found: Collector, severity: Severity, rule: Rule, code: str, message: str, remedy: str = CORRECT
) -> None:
    found.add(Blemish(severity, rule, code, message, remedy), own.line(code), own.value(code) or "")


def _type(own: Own, found: Collector) -> None:
    nature, kind = own.read.nature, own.read.type
    monthly_only = kind in (NIL, REPLACES_NIL) and nature != MONTHLY
    cancels_wrongly = kind == CANCELS and nature in (MONTHLY, "04", "05")
    if nature and (monthly_only or cancels_wrongly or (kind == REPLACES and nature == START)):
        message = f"{named(own.expected.norm, _TYPE)} : le type {kind} n’existe pas pour la nature {nature}."
        _say(own, found, Severity.BLOCKING, Rule.TYPE, _TYPE, message)
        return
    anybody = own.people > 0 or own.shape.first(_NOT_SALARIED) >= 0
    if kind in (NORMAL, REPLACES) and not anybody:
        message = f"Une déclaration de type {kind} demande un individu au moins (S21.G00.30 ou S89.G00.91)."
        remedy = "Si personne n’est à déclarer, choisissez une déclaration sans individu (type 02 ou 05)."
        _say(own, found, Severity.BLOCKING, Rule.PEOPLE, _TYPE, message, remedy)
    elif kind in (NIL, REPLACES_NIL) and anybody:
        message = f"Une déclaration de type {kind} est sans individu, et celle-ci en contient."
        _say(own, found, Severity.BLOCKING, Rule.PEOPLE, _TYPE, message)


def _fraction(own: Own, found: Collector) -> None:
    fraction = own.read.fraction
    if not _FRACTION.fullmatch(fraction):
        return
    label = named(own.expected.norm, _FRACTION_CODE)
    if fraction[0] > fraction[1]:
        message = f"{label} : la fraction {fraction[0]} de {fraction[1]} n’existe pas."
        _say(own, found, Severity.BLOCKING, Rule.FRACTION, _FRACTION_CODE, message)
    elif own.read.nature in SIGNALEMENTS and fraction != WHOLE:
        message = f"{label} : un signalement n’est jamais fractionné, 11 est attendu."
        _say(own, found, Severity.BLOCKING, Rule.FRACTION, _FRACTION_CODE, message)


def _replaced(own: Own, found: Collector) -> None:
    """20.05.006: in signalements with types 03 and 04; the norm contradicts itself for a mensuelle and for type 05."""
    kind, present = own.read.type, own.value(_REPLACED) is not None
    label = named(own.expected.norm, _REPLACED)
    if kind in (REPLACES, CANCELS) and own.read.nature in SIGNALEMENTS and not present:
        message = f"{label} manque : un signalement de type {kind} nomme celui qu’il remplace ou annule."
        _say(own, found, Severity.BLOCKING, Rule.REPLACED, _REPLACED, message)
    elif present and kind in (NORMAL, NIL):
        message = (
            f"{label} n’est admis que pour une déclaration qui en remplace ou en annule une autre (types 03 et 04)."
        )
        _say(own, found, Severity.BLOCKING, Rule.REPLACED, _REPLACED, message)
    elif present and kind == REPLACES_NIL:
        message = f"{label} n’est sans doute pas admis pour le type 05 : le cahier technique se contredit à ce sujet."
        _say(own, found, Severity.WARNING, Rule.REPLACED, _REPLACED, message, "Vérifiez avec DSN-Val avant de déposer.")


def _month(own: Own, found: Collector) -> None:
    if own.read.month > f"{own.today:%Y-%m}":
        message = f"{named(own.expected.norm, _MONTH)} est dans l’avenir."
        _say(own, found, Severity.WARNING, Rule.MONTH, _MONTH, message, "Vérifiez le mois déclaré.")


def _made_on(own: Own, found: Collector) -> None:
    made_on = day_of(own.value(_MADE_ON) or "")
    if made_on is None:
        return
    label = named(own.expected.norm, _MADE_ON)
    if made_on > own.today:
        message = f"{label} est dans l’avenir."
    elif f"{made_on:%Y-%m}" < own.read.month:
        message = f"{label} est avant le mois déclaré."
    else:
        return
    _say(
        own, found, Severity.WARNING, Rule.MADE_ON, _MADE_ON, message, "Vérifiez la date du poste qui fait le fichier."
    )


def _champ(own: Own, found: Collector) -> None:
    champ, depot = own.read.champ, own.envoi.depot
    if (champ == AGRICULTURAL and depot == NET_ENTREPRISES) or (champ == GENERAL and depot == MSA):
        where = "à la MSA" if champ == AGRICULTURAL else "sur Net-Entreprises"
        message = f"{named(own.expected.norm, _CHAMP)} : une déclaration de champ {champ} se dépose seulement {where}."
        _say(own, found, Severity.BLOCKING, Rule.DEPOSIT_POINT, _CHAMP, message)


def _headcount(own: Own, found: Collector) -> None:
    """How many people the nature wants; at least one in a signalement but for an amorçage."""
    bounds = own.expected.bounds.get(_PERSON)
    if bounds is None:
        return
    label = own.expected.norm.blocs[_PERSON].label
    what = f"Le bloc {_PERSON} (« {label} »)"
    if own.people < bounds.minimum and own.read.type not in (NORMAL, REPLACES):
        severity = own.expected.severity if own.people < bounds.firm_minimum else Severity.WARNING
        message = f"{what} manque : une déclaration de nature {own.read.nature} en demande un."
        _say(own, found, severity, Rule.BLOC_MISSING, _PERSON, message)
    elif bounds.maximum is not None and own.people > bounds.maximum:
        firm = bounds.firm_maximum is not None and own.people > bounds.firm_maximum
        message = f"{what} figure {own.people} fois : une déclaration de nature {own.read.nature} n’en admet qu’un."
        _say(own, found, own.expected.severity if firm else Severity.WARNING, Rule.TOO_MANY, _PERSON, message)


def _sirets(own: Own, found: Collector) -> None:
    siren = own.siret[:9]
    if not siren_is_valid(siren):
        message = f"{named(own.expected.norm, _SIREN)} : la clé de ce SIREN est fausse."
        _say(own, found, Severity.BLOCKING, Rule.SIRET, _SIREN, message)
        return
    if not siret_is_valid(own.siret):
        message = f"{named(own.expected.norm, _NIC)} : le SIRET {own.siret} qu’il forme avec le SIREN a une clé fausse."
        _say(own, found, Severity.BLOCKING, Rule.SIRET, _NIC, message)
    head_nic = own.value(_HEAD_NIC)
    if head_nic is not None and not siret_is_valid(siren + head_nic):
        message = (
            f"{named(own.expected.norm, _HEAD_NIC)} : le SIRET du siège qu’il forme avec le SIREN a une clé fausse."
        )
        _say(own, found, Severity.WARNING, Rule.SIRET, _HEAD_NIC, message)
