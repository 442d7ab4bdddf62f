"""Numbers of people and of employers, hidden in texts that are kept or shown outside of dossiers."""

import re

MASK = "[numéro masqué]"
NIR = re.compile(r"(?<!\d)[1-478]\d{4}\d[\dAB]\d{6}(?:\d{2})?(?!\d)")
"""Sex, year, month, département (2A, 2B), commune, order, with or without its key."""
SIRET = re.compile(r"(?<!\d)\d{14}(?!\d)")


def without_nir(text: str) -> str:
    """The text with what looks like a NIR masked."""
    return NIR.sub(MASK, text)


def without_numbers(text: str) -> str:
    """The text with what looks like a NIR or a SIRET masked."""
    return SIRET.sub(MASK, without_nir(text))
