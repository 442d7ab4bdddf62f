"""Counts in French, as pages and commands say them."""

from collections.abc import Mapping

_WORDS = {
    "people": "fiche de la personne,fiches de la personne",
    "employee_months": "mois déclaré,mois déclarés",
    "declarations": "déclaration qui devient partielle,déclarations qui deviennent partielles",
    "identifiers": "numéro",
    "contracts": "contrat",
    "anomalies": "anomalie",
    "pas_rates": "taux PAS,taux PAS",
    "documents": "retour gardé sans la personne,retours gardés sans la personne",
    "answers": "avis de rejet ou bilan gardé sans la personne,avis de rejet et bilans gardés sans la personne",
    "files": "fichier de dépôt qui n’est plus gardé,fichiers de dépôts qui ne sont plus gardés",
    "findings": "liste de constats sans la personne,listes de constats sans la personne",
    "texts": "texte ou compte rendu sans la personne,textes et comptes rendus sans la personne",
    "packages": "paquet de suppressions sans la personne,paquets de suppressions sans la personne",
    "befores": "valeur d’avant qu’une annulation aurait rendue,valeurs d’avant qu’une annulation aurait rendues",
    "loose": "ligne de CRM ou anomalie sans fiche,lignes de CRM et anomalies sans fiche",
}
"""Nouns for `counted`."""


def counted_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """(nouns, how many) of what there is, in one order."""
    known = [(nouns, counts[name]) for name, nouns in _WORDS.items() if counts.get(name)]
    return known + [(name, count) for name, count in counts.items() if name not in _WORDS and count]
