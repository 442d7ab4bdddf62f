"""The fields of employers and employees that a person may type, and what each accepts.

A field is a rubrique of the DSN, so that a later import knows what it speaks of. Lengths and closed lists come from
the newest norm known; values are checked as far as a person can be told what to change, no further.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scarabee.dsn.identifiers import matching_nir, nir_problem, ntt_problem
from scarabee.dsn.norms import KNOWN_VERSIONS, norm
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal

NIR, NTT = "S21.G00.30.001", "S21.G00.30.020"
FAMILY_NAME, GIVEN_NAMES, BIRTH_DATE = "S21.G00.30.002", "S21.G00.30.004", "S21.G00.30.006"
_ODD = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_APOSTROPHES = str.maketrans("’‘‛", "'''")


@dataclass(frozen=True, slots=True)
class EntryField:
    """One rubrique that a person may type, with the label that screens show."""

    rubrique: str
    label: str
    kind: Literal["text", "date", "nir", "ntt"] = "text"

    @property
    def max_length(self) -> int:
        """In characters, as the norm says."""
        return norm(KNOWN_VERSIONS[-1]).rubriques[self.rubrique].maximum

    @property
    def choices(self) -> Mapping[str, str]:
        """Value → label of a closed list, empty for free text."""
        return norm(KNOWN_VERSIONS[-1]).rubriques[self.rubrique].values


def _listed(*fields: EntryField) -> dict[str, EntryField]:
    return {field.rubrique: field for field in fields}


EMPLOYER_FIELDS = _listed(
    EntryField("S21.G00.11.003", "Adresse : numéro et voie"),
    EntryField("S21.G00.11.006", "Adresse : bâtiment, étage"),
    EntryField("S21.G00.11.007", "Adresse : lieu-dit, boîte postale"),
    EntryField("S21.G00.11.004", "Code postal"),
    EntryField("S21.G00.11.005", "Commune"),
    EntryField("S21.G00.11.022", "Convention collective principale (IDCC)"),
    EntryField("S21.G00.06.004", "Siège : numéro et voie"),
    EntryField("S21.G00.06.007", "Siège : bâtiment, étage"),
    EntryField("S21.G00.06.008", "Siège : lieu-dit, boîte postale"),
    EntryField("S21.G00.06.005", "Siège : code postal"),
    EntryField("S21.G00.06.006", "Siège : commune"),
)
EMPLOYEE_FIELDS = _listed(
    EntryField(FAMILY_NAME, "Nom de famille"),
    EntryField("S21.G00.30.003", "Nom d’usage"),
    EntryField(GIVEN_NAMES, "Prénoms"),
    EntryField(NIR, "NIR (numéro de sécurité sociale)", "nir"),
    EntryField(NTT, "NTT (numéro technique temporaire)", "ntt"),
    EntryField("S21.G00.30.019", "Matricule"),
    EntryField("S21.G00.30.005", "Sexe"),
    EntryField(BIRTH_DATE, "Date de naissance", "date"),
    EntryField("S21.G00.30.007", "Commune de naissance"),
    EntryField("S21.G00.30.014", "Département de naissance"),
    EntryField("S21.G00.30.015", "Pays de naissance (code)"),
    EntryField("S21.G00.30.008", "Adresse : numéro et voie"),
    EntryField("S21.G00.30.016", "Adresse : bâtiment, étage"),
    EntryField("S21.G00.30.017", "Adresse : lieu-dit, boîte postale"),
    EntryField("S21.G00.30.009", "Code postal"),
    EntryField("S21.G00.30.010", "Commune"),
    EntryField("S21.G00.30.011", "Pays (code)"),
    EntryField("S21.G00.30.018", "Adresse mél"),
)


def clean_value(field: EntryField, value: str, *, siren: str = "") -> str:
    """The value as it is stored, empty when nothing was typed: spaces put right, dates as JJMMAAAA.

    Raises `Refusal` with the reason when it will not do. `siren` is the employer's, for an NTT.
    """
    value = clean_text(field.label, value.translate(_APOSTROPHES))
    if not value:
        return ""
    if field.kind == "nir":
        compact = "".join(value.split()).upper()
        return _checked(field, nir_problem(compact), matching_nir(compact))
    if field.kind == "ntt":
        return _checked(field, ntt_problem(value, siren), value)
    if field.kind == "date":
        return _date(field, value)
    if field.choices and value not in field.choices:
        raise _refused(field, "cette valeur n’est pas dans la liste.", "Choisissez une valeur de la liste.")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        odd = value[error.start]
        raise _refused(
            field, f"le caractère « {odd} » n’existe pas en DSN.", "Remplacez-le, par exemple œ par oe."
        ) from error
    if len(value) > field.max_length:
        raise _refused(field, f"{field.max_length} caractères au plus sont admis.", "Abrégez.")
    return value


def is_same(field: EntryField, raw: str, shown: str) -> bool:
    """Whether what comes back from a form is what it showed, however numbers and dates were spaced."""
    if field.kind == "text":
        return raw.strip() == shown.strip()
    return _bare(raw) == _bare(shown)


def _bare(value: str) -> str:
    return "".join(character for character in value.upper() if character.isalnum())


def clean_text(label: str, value: str) -> str:
    """The text without spaces around or repeated. Raises `Refusal` when it holds an invisible character."""
    if any(unicodedata.category(character) in _ODD for character in value.strip()):
        raise Refusal(f"{label} : un caractère invisible s’est glissé dans la saisie.", remedy="Retapez-la.")
    return " ".join(value.split())


def _date(field: EntryField, value: str) -> str:
    """JJ/MM/AAAA, JJ-MM-AAAA, JJ.MM.AAAA or JJMMAAAA; an unknown day or month is 99."""
    digits = "".join(value.split())
    for separator in "/-.":
        if digits.count(separator) == 2:
            day, month, year = digits.split(separator)
            digits = f"{day:>02}{month:>02}{year}"
    if not (len(digits) == 8 and digits.isascii() and digits.isdigit() and _exists(digits)):
        raise _refused(
            field, "cette date n’existe pas.",
            "Écrivez-la JJ/MM/AAAA ; un jour ou un mois inconnu s’écrit 99.",
        )  # fmt: skip
    if digits[4:] + digits[2:4].replace("99", "01") + digits[:2].replace("99", "01") > f"{now():%Y%m%d}":
        raise _refused(field, "cette date est à venir.", "Vérifiez l’année.")
    return digits


def _exists(digits: str) -> bool:
    day, month, year = digits[:2], digits[2:4], digits[4:]
    try:
        date(int(year), 1 if month == "99" else int(month), 1 if day == "99" else int(day))
    except ValueError:
        return False
    return year >= "1880"


def _checked(field: EntryField, problem: str | None, value: str) -> str:
    if problem:
        raise _refused(field, problem, "Vérifiez le numéro, ou laissez le champ vide.")
    return value


def _refused(field: EntryField, why: str, remedy: str) -> Refusal:
    return Refusal(f"{field.label} : {why}", safe="Rien n’a été enregistré.", remedy=remedy)
