"""Codes of the norm in the words of its newest tables, for the lists; a raw view uses its envoi's norm."""

from functools import cache

from scarabee.dsn.norms import KNOWN_VERSIONS, Norm, norm
from scarabee.dsn.readable import readable_date


@cache
def newest_norm() -> Norm:
    return norm(KNOWN_VERSIONS[-1])


def words(rubrique: str, value: str) -> str:
    """The label of a value of a closed list; the value itself where the norm does not know it."""
    return newest_norm().value_label(rubrique, value) or value


def fraction_text(fraction: str) -> str:
    """« 1 sur 2 » for 12; empty for 11, the month in one piece; the value itself when it is odd."""
    if fraction in ("11", ""):
        return ""
    return f"{fraction[0]} sur {fraction[1]}" if len(fraction) == 2 and fraction.isdigit() else fraction


def day(sortable: str) -> str:
    """AAAAMMJJ → JJ/MM/AAAA; empty when it is no date."""
    return (
        f"{sortable[6:8]}/{sortable[4:6]}/{sortable[:4]}" if len(sortable) == 8 and sortable.isdigit() else ""
    )


def declared_day(value: str) -> str:
    """JJMMAAAA → JJ/MM/AAAA, unknown parts as ??."""
    return readable_date(value)
