"""The fields of an identity: their rubriques, and the writing of the DSN for what the register tells (retours §6)."""

from scarabee.netentreprises.documents import texts

BY_FIELD = {
    "nir": "S21.G00.30.001",
    "family_name": "S21.G00.30.002",
    "usual_name": "S21.G00.30.003",
    "given_names": "S21.G00.30.004",
    "sex": "S21.G00.30.005",
    "birth_date": "S21.G00.30.006",
    "birth_place": "S21.G00.30.007",
    "country": "S21.G00.30.015",
    "ntt": "S21.G00.30.020",
}
"""Field of a Person of a return → rubrique."""
_BIRTH = "birth_date"


def declared_value(field: str, value: str) -> str:
    """The value as a DSN declares it: a birth as JJMMAAAA, its unknown parts 99."""
    if field != _BIRTH:
        return value
    parts = texts.day(value).split("-")
    if len(parts) != 3:
        return value
    year, month, day = parts
    return f"{day.replace('00', '99')}{month.replace('00', '99')}{year}"


def shown_value(field: str, value: str) -> str:
    """The value for a reader: a birth as JJ/MM/AAAA."""
    parts = value.split("-") if field == _BIRTH else []
    return "/".join(reversed(parts)) if len(parts) == 3 else value
