"""What an envoi says of itself (S10), and what holds over its declarations."""

import re
from dataclasses import dataclass, field
from datetime import date

from scarabee.dsn.checking.expectations import named
from scarabee.dsn.checking.parts import Part, value_of
from scarabee.dsn.checking.results import Collector
from scarabee.dsn.checking.rules import CORRECT, Blemish, Rule
from scarabee.dsn.checking.shapes import Shape
from scarabee.dsn.fields import DeclarationRead, EnvoiRead, text
from scarabee.dsn.findings import Severity
from scarabee.dsn.identifiers import siret_is_valid
from scarabee.dsn.norms import KNOWN_VERSIONS, Norm, norm

NIL_TYPES = ("02", "05")
FIRST_MONTH_OF_A_NORM = 2
"""A version opens in January, on a day that is not established: that of last year is not old before February."""

_REAL_CODE, _VERSION, _KIND = "S10.G00.00.005", "S10.G00.00.006", "S10.G00.00.008"
_SENDER_SIREN, _SENDER_NIC = "S10.G00.01.001", "S10.G00.01.002"
_MONTHLY, _FIRST_TYPES = "01", ("01", "02")
_SHAPED = re.compile(r"P([0-9]{2})V[0-9]{2}")


def is_version(text: str) -> bool:
    """Whether it is shaped as the versions of the norm are: P26V01."""
    return _SHAPED.fullmatch(text) is not None


def in_force(today: date) -> str:
    """The version of the year, which a file that names none is compared with."""
    return f"P{today:%y}V01"


@dataclass(slots=True)
class Envoi:
    """The envoi being checked: its S10 lines, and what its declarations add up to.

    `version`: the norm it is compared with, its own or that of the year.
    """

    read: EnvoiRead
    version: str
    part: Part
    shape: Shape
    line: int
    declarations: int = 0
    second_line: int = 0
    nil: int = 0
    _met: dict[tuple[str, ...], int] = field(default_factory=dict)

    @property
    def norm(self) -> Norm:
        return norm(self.version)

    def check_header(self, found: Collector, *, today: date) -> None:
        """Say what is wrong with S10, and whether the file is essai or réel."""
        if not self.part.lines:
            message = "L’envoi n’a pas d’en-tête : les rubriques S10 manquent."
            found.add(Blemish(Severity.BLOCKING, Rule.NO_HEADER, "S10.G00.00", message, certain=True), self.line)
            return
        self._norm(found, today)
        siret = self._value(_SENDER_SIREN) + self._value(_SENDER_NIC)
        if len(siret) == 14 and not siret_is_valid(siret):
            message = f"{named(self.norm, _SENDER_NIC)} : le SIRET de l’émetteur a une clé fausse."
            self._say(found, Severity.WARNING, Rule.SIRET, _SENDER_NIC, message)
        kind = self._value(_REAL_CODE)
        if kind in ("01", "02"):
            message = "C’est un fichier réel : déposé, il engage l’employeur."
            if kind == "01":
                message = "C’est un fichier d’essai : déposé, il ne déclare rien."
            self._say(
                found,
                Severity.INFO,
                Rule.TRIAL_OR_REAL,
                _REAL_CODE,
                message,
                "Rien à faire si c’est ce que vous voulez.",
            )

    def note(self, read: DeclarationRead, siret: str, line: int, found: Collector) -> None:
        """One more declaration: a second of the same key is refused by the portal."""
        self.declarations += 1
        self.nil += read.nature == _MONTHLY and read.type in NIL_TYPES
        if self.declarations == 2:
            self.second_line = line
        if read.nature == _MONTHLY and read.type in _FIRST_TYPES:
            key: tuple[str, ...] = ("", siret, read.month, read.fraction, read.champ)
            what = "Une déclaration du même SIRET, mois, fraction et champ"
            severity, code = Severity.BLOCKING, "S20.G00.05.005"
        elif read.nature != _MONTHLY and read.order_number:
            key = (read.nature, siret, read.order_number)
            what = "Un signalement du même SIRET, de même nature et de même numéro d’ordre"
            severity, code = Severity.WARNING, "S20.G00.05.004"
        else:
            return
        before = self._met.setdefault(key, line)
        if before != line:
            message = f"{what} se trouve déjà ligne {before} : la seconde sera refusée."
            remedy = "Gardez la bonne, ou faites de la seconde une annule et remplace."
            found.add(Blemish(severity, Rule.DECLARATION_TWICE, code, message, remedy), line, siret)

    def check_end(self, found: Collector) -> None:
        """Say what its declarations make untrue in S10, and that they will be parted."""
        if self.declarations > 1:
            message = f"Le fichier contient {self.declarations} déclarations : elles seront séparées avant le dépôt."
            remedy = "Rien à faire : le portail en reçoit une par fichier, Scarabée les sépare."
            found.add(
                Blemish(Severity.INFO, Rule.SEVERAL_DECLARATIONS, "S20.G00.05", message, remedy), self.second_line
            )
        kind, is_nil = self._value(_KIND), self.declarations > 0 and self.nil == self.declarations
        if kind in ("01", "02") and self.declarations and (kind == "02") != is_nil:
            expected = "02 (néant) est attendu" if is_nil else "01 est attendu"
            message = f"{named(self.norm, _KIND)} : {expected}, vu les déclarations de l’envoi."
            self._say(found, Severity.BLOCKING, Rule.NIL_ENVOI, _KIND, message)

    def _norm(self, found: Collector, today: date) -> None:
        version = self._value(_VERSION)
        label = named(self.norm, _VERSION)
        shaped = _SHAPED.fullmatch(version)
        if not version:
            return
        if not shaped:
            message = f"{label} : une version comme {KNOWN_VERSIONS[-1]} est attendue."
            self._say(found, Severity.BLOCKING, Rule.NORM, _VERSION, message)
            return
        year = 2000 + int(shaped[1])
        oldest = today.year if today.month >= FIRST_MONTH_OF_A_NORM else today.year - 1
        if year < oldest:
            message = f"{label} : la norme {version} est remplacée ; un dépôt se fait dans celle de {today.year}."
        elif year > today.year:
            message = f"{label} : la norme {version} n’est pas encore ouverte au dépôt."
        elif version not in KNOWN_VERSIONS:
            message = f"{label} : la version {version} n’est pas connue de Scarabée."
        else:
            return
        self._say(
            found,
            Severity.WARNING,
            Rule.NORM,
            _VERSION,
            message,
            "Vérifiez la version réglée dans le logiciel de paie.",
        )

    def _value(self, code: str) -> str:
        at = self.shape.first(code)
        return "" if at < 0 else text(value_of(self.part.lines[at]))

    def _say(
        self, found: Collector, severity: Severity, rule: Rule, code: str, message: str, remedy: str = CORRECT
    ) -> None:
        line = self.part.numbers[max(self.shape.first(code), 0)]
        found.add(Blemish(severity, rule, code, message, remedy), line, self._value(code))
