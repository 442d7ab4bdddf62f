"""Codes of the norm in words, for the lists; a raw view uses its envoi's own norm.

A rubrique or a value that the newest norm dropped is told by the last one that had it.
"""

from functools import lru_cache

from scarabee.dsn.norms import KNOWN_VERSIONS, Rubrique, norm
from scarabee.dsn.readable import readable_date


@lru_cache(maxsize=512)
def rubrique_of(code: str) -> Rubrique | None:
    """The rubrique as the newest norm that has it tells it."""
    found = (norm(version).rubriques.get(code) for version in reversed(KNOWN_VERSIONS))
    return next((rubrique for rubrique in found if rubrique), None)


@lru_cache(maxsize=4096)
def words(code: str, value: str) -> str:
    """The label of a value of a closed list; the value itself where no norm knows it."""
    found = (norm(version).value_label(code, value) for version in reversed(KNOWN_VERSIONS))
    return next((label for label in found if label), value)


def fraction_text(fraction: str) -> str:
    """« 1 sur 2 » for 12; empty for 11, the month in one piece; the value itself when it is odd."""
    if fraction in ("11", ""):
        return ""
    return f"{fraction[0]} sur {fraction[1]}" if len(fraction) == 2 and fraction.isdigit() else fraction


def day(sortable: str) -> str:
    """AAAAMMJJ → JJ/MM/AAAA; empty when it is no date."""
    return f"{sortable[6:8]}/{sortable[4:6]}/{sortable[:4]}" if len(sortable) == 8 and sortable.isdigit() else ""


def declared_day(value: str) -> str:
    """JJMMAAAA → JJ/MM/AAAA, unknown parts as ??."""
    return readable_date(value)
