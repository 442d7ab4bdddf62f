"""How the texts of a diagnosis name fields and places."""

from datetime import datetime

from django.utils.timezone import localtime

THE = {"siret": "le SIRET", "nom": "le nom", "prenom": "le prénom", "motdepasse": "le mot de passe"}
OF_THE = {"siret": "du SIRET", "nom": "du nom", "prenom": "du prénom", "motdepasse": "du mot de passe"}
CAPS_LOCK = (
    "Le mot de passe semble tapé avec Verr. Maj : minuscules et majuscules y paraissent inversées. Désactivez Verr. "
    "Maj, puis retapez-le."
)
WRONG_CASE = (
    "Le mot de passe a les bonnes lettres, mais pas les bonnes majuscules : vérifiez Verr. Maj, puis retapez-le."
)


def capitalised(text: str) -> str:
    """The same with a first capital."""
    return text[:1].upper() + text[1:]


def ordinal(position: int) -> str:
    """« 1er », « 3e »."""
    return "1er" if position == 1 else f"{position}e"


def day(moment: datetime) -> str:
    """« 3/11/2026 », where the bureau is."""
    local = localtime(moment)
    return f"{local.day}/{local.month:02}/{local.year}"


def joined(words: list[str]) -> str:
    """« le nom », « le nom et le prénom »."""
    return " et ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
