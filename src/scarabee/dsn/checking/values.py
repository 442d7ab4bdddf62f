"""Each value against what the norm says of its rubrique: characters, length, closed list, form, calendar.

A line already proved good is not looked at again, and a new one costs one match; words are sought only for what fails.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from scarabee.dsn.checking.calendar import day_of
from scarabee.dsn.checking.parts import CODE_LENGTH, value_of
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.fields import text
from scarabee.dsn.findings import Severity
from scarabee.dsn.identifiers import NIR_LENGTH, nir_problem
from scarabee.dsn.norms import Norm, Rubrique

MAX_PROVED_LINES = 100_000

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]|[^\x00-\xff]")
_DAYS = r"(?:(?:0[1-9]|1[0-9]|2[0-8])(?:0[1-9]|1[0-2])|(?:29|30)(?:0[13-9]|1[0-2])|31(?:0[13578]|1[02]))[0-9]{4}"
# names: no hyphen or blank first, no hyphen, apostrophe or blank last, never two of them side by side but one «--»
_NAME = re.compile(r"(?![- ])(?!.*(?:--.*--|---|[ '][-' ]|-[ ']).)(?:.*[^-' ])", re.DOTALL)
_NAMES = frozenset(f"S21.G00.30.00{number}" for number in (2, 3, 4))
_NIR, _BIRTH, _VERSION = "S21.G00.30.001", "S21.G00.30.006", "S10.G00.00.006"
_UNKNOWN = frozenset({"00", "99"})
_SHOWN_VALUES = 8


class Values:
    """The values of one version of the norm, checked on a given day."""

    def __init__(self, norm: Norm, *, today: date) -> None:
        self.norm = norm
        self.today = today
        self.severity = Severity.BLOCKING if norm.exact else Severity.WARNING
        self._proved: set[bytes] = set()
        self._matchers: dict[bytes, Callable[[bytes], object]] = {}

    def faulty(self, lines: Iterable[bytes]) -> dict[bytes, Blemish]:
        """The lines of which the value is wrong, and what is."""
        found: dict[bytes, Blemish] = {}
        proved, matchers = self._proved, self._matchers
        for line in set(lines).difference(proved):
            code = line[:CODE_LENGTH]
            matches = matchers.get(code) or self._matcher(code)
            if not matches(line) and (blemish := self.explain(line)) is not None:
                found[line] = blemish
            else:
                proved.add(line)
        if len(proved) > MAX_PROVED_LINES:
            proved.clear()
        return found

    def explain(self, line: bytes) -> Blemish | None:
        """What is wrong with the value of a line, the gravest thing first; None if nothing is."""
        rubrique = self.norm.rubriques.get(line[:CODE_LENGTH].decode("ascii", "replace"))
        if rubrique is None or rubrique.code == _VERSION:
            return None
        value = text(value_of(line))
        found = _writing(rubrique, value)
        if found is None:
            found = self._nir(rubrique, value) if rubrique.code == _NIR else self._tables(rubrique, value)
        if found is None and rubrique.code in _NAMES and not _NAME.fullmatch(value):
            message = f"{_named(rubrique)} : un tiret, une apostrophe ou un espace y est mal placé ou doublé."
            return Blemish(Severity.WARNING, Rule.NAME, rubrique.code, message)
        return found

    def _matcher(self, code: bytes) -> Callable[[bytes], object]:
        rubrique = self.norm.rubriques.get(code.decode("ascii", "replace"))
        if rubrique is None or rubrique.code == _VERSION:
            matches: Callable[[bytes], object] = _never
        elif rubrique.code == _NIR:
            matches = _is_nir
        elif rubrique.values:
            matches = frozenset(b"%b,'%b'" % (code, one.encode("latin-1")) for one in rubrique.values).__contains__
        else:
            matches = _line_pattern(rubrique).fullmatch
            if rubrique.code == _BIRTH:
                matches = _before_the_year(matches, b"%d" % self.today.year)
        if rubrique is not None:
            self._matchers[code] = matches
        return matches

    def _nir(self, rubrique: Rubrique, value: str) -> Blemish | None:
        problem = nir_problem(value)
        if problem is None and len(value) != rubrique.maximum:
            problem = "Le NIR est déclaré avec sa clé : la norme en demande les 13 premiers caractères seulement."
        if problem is None:
            return None
        return Blemish(Severity.BLOCKING, Rule.NIR, rubrique.code, f"{_named(rubrique)} : {problem}")

    def _tables(self, rubrique: Rubrique, value: str) -> Blemish | None:
        named, version = _named(rubrique), self.norm.version
        if not rubrique.minimum <= len(value) <= rubrique.maximum:
            message = f"{named} compte {_characters(len(value))} ; la norme en demande {_lengths(rubrique)}."
            return Blemish(self.severity, Rule.LENGTH, rubrique.code, message)
        if rubrique.values:
            if value in rubrique.values:
                return None
            message = f"{named} : cette valeur n’est pas dans la liste de la norme {version}."
            return Blemish(self.severity, Rule.LIST, rubrique.code, message, _choose(rubrique))
        if not re.fullmatch(_form(rubrique), value, re.ASCII):
            message = f"{named} n’a pas la forme que la norme demande ({_kind(rubrique)})."
            return Blemish(self.severity, Rule.FORMAT, rubrique.code, message)
        return self._date(rubrique, value)

    def _date(self, rubrique: Rubrique, value: str) -> Blemish | None:
        """Whether a date is in the calendar, and somebody already born; days and months may be unknown for a birth."""
        is_birth = rubrique.code == _BIRTH
        if rubrique.kind != "D" and not is_birth:
            return None
        if is_birth and not _UNKNOWN.isdisjoint((value[:2], value[2:4])):
            return None
        day = day_of(value)
        if day is None:
            return Blemish(Severity.BLOCKING, Rule.DATE, rubrique.code, f"{_named(rubrique)} : ce jour n’existe pas.")
        if is_birth and day > self.today:
            return Blemish(Severity.BLOCKING, Rule.DATE, rubrique.code, f"{_named(rubrique)} est dans l’avenir.")
        return None


def _writing(rubrique: Rubrique, value: str) -> Blemish | None:
    """What no value of any rubrique may be."""
    if not value.strip(" "):
        return Blemish(
            Severity.BLOCKING,
            Rule.EMPTY,
            rubrique.code,
            f"{_named(rubrique)} est vide ; la norme demande d’omettre la ligne.",
            "Donnez la valeur dans le logiciel de paie, ou laissez-la sans ligne, puis exportez de nouveau le fichier.",
        )
    if _CONTROL.search(value):
        message = f"{_named(rubrique)} contient un caractère que la norme n’admet pas."
        return Blemish(Severity.BLOCKING, Rule.CHARACTER, rubrique.code, message)
    if value != value.strip(" "):
        message = f"{_named(rubrique)} commence ou finit par un espace ; la norme n’en admet pas."
        return Blemish(Severity.BLOCKING, Rule.BLANK_END, rubrique.code, message)
    return None


def _is_nir(line: bytes) -> bool:
    value = value_of(line)
    return len(value) == NIR_LENGTH and nir_problem(value.decode("latin-1")) is None


def _before_the_year(matches: Callable[[bytes], object], year: bytes) -> Callable[[bytes], object]:
    """Of births, those of this year and later are looked at again."""
    return lambda line: line[CODE_LENGTH + 6 : CODE_LENGTH + 10] < year and matches(line)


def _line_pattern(rubrique: Rubrique) -> re.Pattern[bytes]:
    """What a whole line matches when its value is surely good."""
    form = _form(rubrique)
    if rubrique.kind == "D" or rubrique.code == _BIRTH:
        form = f"(?=(?:{form})'\\Z){_DAYS}"
    elif rubrique.code in _NAMES:
        form = _NAME.pattern
    length = rf"(?=[^\x00-\x1f\x7f-\x9f]{{{rubrique.minimum},{rubrique.maximum}}}'\Z)"
    return re.compile(rf"{re.escape(rubrique.code)},'(?! ){length}(?:{form})(?<! )'".encode("latin-1"), re.DOTALL)


def _form(rubrique: Rubrique) -> str:
    """The norm's regexp; the few that hold ^ or $ never match within a line, and are tried on the value alone."""
    return rubrique.regexp or (_NUMBER if rubrique.kind == "N" else ".*")


def _never(line: bytes) -> object:
    return None


def _named(rubrique: Rubrique) -> str:
    return f"{rubrique.code} (« {rubrique.label} »)"


def _characters(count: int) -> str:
    return f"{count} caractère{'s' if count > 1 else ''}"


def _lengths(rubrique: Rubrique) -> str:
    if rubrique.minimum == rubrique.maximum:
        return str(rubrique.maximum)
    return f"de {rubrique.minimum} à {rubrique.maximum}"


def _kind(rubrique: Rubrique) -> str:
    return {"D": "une date JJMMAAAA", "N": "un nombre, un point avant les décimales s’il en faut"}.get(
        rubrique.kind, "texte"
    )


def _choose(rubrique: Rubrique) -> str:
    values = list(rubrique.values)
    shown = ", ".join(values[:_SHOWN_VALUES])
    more = " …" if len(values) > _SHOWN_VALUES else ""
    return f"Choisissez une valeur de la liste ({shown}{more}) dans le logiciel de paie, puis exportez de nouveau."
