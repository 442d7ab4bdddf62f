"""SIREN, SIRET, NIR and NTT: whether they hold together, and what to tell the user when they do not.

Rules: cahier technique 2025.1, rubriques 06.001, 11.001, 30.001 and 30.020. Messages never quote the number.
"""

import re

from stdnum.fr import nir as stdnum_nir
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

NIR_LENGTH = 13
NIR_LENGTH_WITH_KEY = 15

# sex, year, month (01-12, 20, 30-42, 50-99), department (01-99, 2A, 2B), commune, order; at most five final 9
_NIR = re.compile(
    r"[12][0-9]{2}(?:0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9])(?:0[1-9]|[1-9][0-9]|2[AB])"
    r"(?!000)[0-9]{3}(?!000)[0-9]{3}(?<!999999)"
)
_NIR_CHARACTERS = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}")
_MONTH = re.compile(r"0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9]")
_NTT = re.compile(r"[12][0-9]{9}\S{1,30}")


def siren_is_valid(value: str) -> bool:
    """Nine digits that pass the Luhn check."""
    return _is_digits(value, 9) and bool(stdnum_siren.is_valid(value))


def siret_is_valid(value: str) -> bool:
    """Fourteen digits that pass the Luhn check, or for La Poste whose sum is a multiple of 5."""
    return _is_digits(value, 14) and bool(stdnum_siret.is_valid(value))


def nir_key(nir13: str) -> str:
    """The two digits of the key of 13 characters, 2A counting as 19 and 2B as 18; ValueError if not a NIR."""
    if not _NIR_CHARACTERS.fullmatch(nir13):
        raise ValueError("a NIR has 13 digits, or 2A or 2B as department")
    return str(stdnum_nir.calc_check_digits(nir13))


def matching_nir(value: str) -> str:
    """What two writings of one NIR share: no space, capitals, no key (the last two of 15 characters)."""
    compact = "".join(value.split()).upper()
    return compact[:NIR_LENGTH] if len(compact) == NIR_LENGTH_WITH_KEY else compact


def nir_problem(nir: str) -> str | None:
    """Why a NIR of 13 characters, or of 15 with its key, cannot be one; None if it can."""
    if _NIR.fullmatch(nir):
        return None
    if len(nir) == NIR_LENGTH_WITH_KEY and _NIR.fullmatch(nir, 0, NIR_LENGTH):
        key = nir_key(nir[:NIR_LENGTH])
        if nir[NIR_LENGTH:] == key:
            return None
        return f"La clé du NIR ne correspond pas à ses 13 premiers caractères : {key} est attendue."
    return _shape_problem(nir)


def ntt_problem(value: str, siren: str) -> str | None:
    """Why an NTT cannot be one in the company `siren` ("" if unknown); None if it can."""
    if not 11 <= len(value) <= 40:
        return f"Le NTT compte {len(value)} caractères : la norme en attend de 11 à 40."
    if not _NTT.fullmatch(value):
        return (
            "Le NTT doit être formé, sans espace, de 1 ou 2 (sexe), du SIREN de l’entreprise "
            "et de l’identifiant de la personne."
        )
    if siren and value[1:10] != siren:
        return "Le NTT contient un autre SIREN que celui de l’entreprise."
    return None


def _is_digits(value: str, length: int) -> bool:
    return len(value) == length and value.isascii() and value.isdigit()


def _shape_problem(nir: str) -> str:
    if len(nir) not in (NIR_LENGTH, NIR_LENGTH_WITH_KEY):
        return f"Le NIR compte {len(nir)} caractères : il en faut 13, ou 15 avec la clé."
    if nir[0] in "78":
        return "Un numéro provisoire commençant par 7 ou 8 n’est pas admis en DSN : déclarez le NIR, ou un NTT."
    if nir[0] not in "12":
        return "Le NIR doit commencer par 1 ou 2."
    if not _NIR_CHARACTERS.fullmatch(nir, 0, NIR_LENGTH):
        return "Le NIR contient un caractère interdit : des chiffres seulement, sauf le département 2A ou 2B."
    if not _MONTH.fullmatch(nir, 3, 5):
        return f"Le mois de naissance du NIR ({nir[3:5]}) n’existe pas."
    if nir[5:7] == "00":
        return "Le département de naissance du NIR (00) n’existe pas."
    if nir.endswith("999999", 0, NIR_LENGTH):
        return "Le NIR se termine par plus de cinq 9 : c’est un numéro fictif, que la norme refuse."
    return "Le code de la commune ou le numéro d’ordre du NIR ne peut pas être 000."
