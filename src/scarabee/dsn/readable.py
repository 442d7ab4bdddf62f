"""Values of rubriques as a French reader writes them: dates, months, amounts, rates, numbers."""

import re

from scarabee.dsn.norms import Rubrique

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
MONTHS = ("janvier février mars avril mai juin juillet août septembre octobre novembre décembre").split()

_DECIMAL = re.compile(r"(-?)0*([0-9]{1,30})\.([0-9]+)")
_DATE = re.compile(r"(0[1-9]|[12][0-9]|3[01]|99)(0[1-9]|1[0-2]|99)([0-9]{4})")
_MONTH = re.compile(r"(?:01)?(0[1-9]|1[0-2])([0-9]{4})")
_AMOUNT_LABEL = re.compile(r"\bmontant\b|\brémunération nette fiscale\b|^prix\b|^valeur unitaire\b", re.IGNORECASE)
_RATE_LABEL = re.compile(
    r"^(?:\[FP\] )?(?:ancien )?taux\b|^régularisation du taux\b|^pourcentage\b|^fraction du gain\b",
    re.IGNORECASE,
)
_MONTH_TYPES = frozenset({"Date_JJMMAAAA_Mois_Declare", "Date_MMAAAA"})
_BIRTH_DATE_TYPE = "N4DS_DDN"  # text, as day and month may be unknown (99)


def readable_value(rubrique: Rubrique | None, value: str) -> str:
    """A readable form of a value, or the value as it is when it is not written as the norm wants."""
    if rubrique is None:
        return value
    if rubrique.type_name in _MONTH_TYPES:
        return readable_month(value)
    if rubrique.kind == "D" or rubrique.type_name == _BIRTH_DATE_TYPE:
        return readable_date(value)
    if rubrique.kind != "N" or not (match := _DECIMAL.fullmatch(value)):
        return value
    sign, whole, decimals = match.groups()
    number = f"{sign}{int(whole):,}".replace(",", NARROW_SPACE) + "," + decimals
    if _AMOUNT_LABEL.search(rubrique.label):
        return f"{number}{NARROW_SPACE}€"
    if _RATE_LABEL.search(rubrique.label):
        return f"{number}{NARROW_SPACE}%"
    return number


def readable_date(value: str) -> str:
    """JJMMAAAA as JJ/MM/AAAA, an unknown day or month (99) as ??."""
    if not (match := _DATE.fullmatch(value)):
        return value
    return "/".join("??" if part == "99" else part for part in match.groups())


def readable_month(value: str) -> str:
    """01MMAAAA or MMAAAA as `octobre 2026`."""
    if not (match := _MONTH.fullmatch(value)):
        return value
    return f"{MONTHS[int(match[1]) - 1]} {match[2]}"
