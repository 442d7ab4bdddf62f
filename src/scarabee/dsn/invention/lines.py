"""The text of blocs: one rubrique per line, LF ends until the file is encoded."""

from collections.abc import Mapping


def bloc(code: str, rubriques: Mapping[str, str | None]) -> str:
    """Return the lines of one bloc occurrence (``"S21.G00.30"``); a None value is an absent rubrique."""
    return "".join([f"{code}.{number},'{value}'\n" for number, value in rubriques.items() if value is not None])
