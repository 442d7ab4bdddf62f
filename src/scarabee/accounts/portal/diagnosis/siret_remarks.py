"""What is wrong or odd in a SIRET: fourteen digits, whose key (Luhn, or La Poste's own rule) mostly tells a slip."""

from scarabee.accounts.portal.diagnosis.characters import oddity_of
from scarabee.accounts.portal.diagnosis.findings import Remark
from scarabee.accounts.portal.diagnosis.words import ordinal
from scarabee.dsn.identifiers import siren_is_valid, siret_is_valid

SIRET_DIGITS, SIREN_DIGITS = 14, 9
_LETTERS = {
    "O": "0",
    "o": "0",
    "D": "0",
    "Q": "0",
    "I": "1",
    "l": "1",
    "i": "1",
    "|": "1",
    "Z": "2",
    "S": "5",
    "B": "8",
}
_LOOKED_AT = 200
_DIGIT_NAMES = {"0": "zéro", "1": "un", "2": "deux", "5": "cinq", "8": "huit"}


def siret_remarks(value: str) -> list[Remark]:
    """The remarks on a SIRET. A wrong key is a warning only: the portal is asked all the same."""
    shown = value[:_LOOKED_AT]
    if not value or not any(character.isalnum() for character in shown):
        return [Remark("siret", "error", "vide", "Le SIRET manque : saisissez les 14 chiffres de celui du bureau.")]
    found = [*_separators(shown), *_letters(shown)]
    if found:
        return found
    if not (value.isascii() and value.isdigit()):
        return [_strange(shown)]
    if len(value) != SIRET_DIGITS:
        return [Remark("siret", "error", "longueur", _length_words(value))]
    if not siret_is_valid(value):
        return [Remark("siret", "warning", "cle_siret", _key_words(value))]
    return []


def plain_digits(value: str) -> str:
    """The ASCII digits of a SIRET, whatever separates them."""
    return "".join(character for character in value if character.isascii() and character.isdigit())


def _separators(value: str) -> list[Remark]:
    """Spaces and the like, as in « 123 456 789 00012 »: one remark for all."""
    positions = tuple(index + 1 for index, one in enumerate(value) if _is_separator(one))
    if not positions:
        return []
    unseen = any(one != " " and one not in ".-/" for one in value if _is_separator(one))
    what = "des caractères qui ne se voient pas" if unseen and " " not in value else "des espaces ou des séparateurs"
    text = f"Le SIRET contient {what}, le premier à la {_place(positions[0])} : ne laissez que les 14 chiffres."
    return [Remark("siret", "error", "espace", text, positions)]


def _letters(value: str) -> list[Remark]:
    found = []
    for index, one in enumerate(value):
        if one in _LETTERS:
            digit = _LETTERS[one]
            text = (
                f"Le {ordinal(index + 1)} caractère du SIRET est « {one} », qui ressemble au chiffre {digit} "
                f"({_DIGIT_NAMES[digit]}) : tapez le chiffre."
            )
            found.append(Remark("siret", "error", "lettre", text, (index + 1,)))
    return found


def _strange(value: str) -> Remark:
    index, one = next((index, one) for index, one in enumerate(value) if not (one.isascii() and one.isdigit()))
    odd = oddity_of(one)
    what = (odd.name or odd.kind) if odd else f"« {one} »"
    text = f"Le {ordinal(index + 1)} caractère du SIRET est {what}, pas un chiffre du clavier : retapez-le."
    return Remark("siret", "error", "lettre", text, (index + 1,))


def _length_words(value: str) -> str:
    if len(value) == SIREN_DIGITS and siren_is_valid(value):
        return "C’est un SIREN (9 chiffres) : ajoutez les 5 chiffres de l’établissement (NIC) pour faire un SIRET."
    plural = "s" if len(value) > 1 else ""
    return f"Le SIRET compte {len(value)} chiffre{plural} : il en faut {SIRET_DIGITS}."


def _key_words(value: str) -> str:
    if not siren_is_valid(value[:SIREN_DIGITS]):
        return (
            "La clé du SIRET ne correspond pas : un de ses 9 premiers chiffres (le SIREN) est sans doute faux, "
            "ou deux sont inversés. Recopiez-le du portail."
        )
    return (
        "La clé du SIRET ne correspond pas : ses 9 premiers chiffres (le SIREN) se tiennent, un des 5 derniers est "
        "sans doute faux. Recopiez-le du portail."
    )


def _is_separator(character: str) -> bool:
    odd = oddity_of(character)
    return character in " .-/" or (odd is not None and (odd.is_blank or odd.code == "tiret"))


def _place(position: int) -> str:
    return "1re place" if position == 1 else f"{position}e place"
