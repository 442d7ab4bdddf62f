"""Counts in French, as pages and commands say them."""

from collections.abc import Mapping

_WORDS = {
    "people": "fiches de la personne",
    "employee_months": "mois, dans autant de déclarations",
    "declarations": "déclarations, qui deviennent partielles",
    "identifiers": "numéros",
    "contracts": "contrats",
    "anomalies": "anomalies",
    "pas_rates": "taux PAS",
    "documents": "retours, gardés sans la personne",
    "answers": "avis de rejet et bilans, gardés sans la personne",
    "files": "fichiers de dépôts, qui ne sont plus gardés",
    "findings": "listes de constats, sans la personne",
    "texts": "textes et comptes rendus, sans la personne",
    "packages": "paquets de suppressions, sans la personne",
    "befores": "valeurs d’avant, qu’une annulation aurait rendues",
    "loose": "lignes de CRM et anomalies sans fiche",
}


def counted_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """(words, how many) of what there is, in one order."""
    known = [(words, counts[name]) for name, words in _WORDS.items() if counts.get(name)]
    return known + [(name, count) for name, count in counts.items() if name not in _WORDS and count]
