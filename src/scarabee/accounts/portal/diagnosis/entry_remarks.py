"""What is wrong or odd in an entry, field by field, before anything is sent.

Limits: api-dsn §4.1. Only what the portal cannot accept is an error; the rest goes out as typed, since the portal alone
knows what it holds.
"""

import re
from collections.abc import Iterator
from typing import Literal

from scarabee.accounts.portal.diagnosis.characters import (
    Oddity,
    is_blank,
    oddity_in_name,
    oddity_in_password,
    oddity_of,
)
from scarabee.accounts.portal.diagnosis.findings import FIELDS, NAMES, PASSWORD, Identifiers, Remark
from scarabee.accounts.portal.diagnosis.siret_remarks import siret_remarks
from scarabee.accounts.portal.diagnosis.words import OF_THE, THE, capitalised, ordinal

LONGEST = {"nom": 64, "prenom": 39, "motdepasse": 30}
_LOOKED_AT = 200
_REMARKS_PER_FIELD = 8
_TITLE = re.compile(r"(?:m\.|mme|mlle|monsieur|madame|mademoiselle)(?= )", re.IGNORECASE)
_MIS_ENCODED = re.compile("[ÃÂ][\u0080-\u00bf]")
_REMEDIES = {
    "apostrophe": "vérifiez laquelle le portail écrit, le plus souvent l’apostrophe droite (').",
    "guillemet": "retapez-le au clavier.",
    "tiret": "vérifiez lequel le portail écrit, le plus souvent le trait d’union du clavier (-).",
    "ligature": "vérifiez si le portail l’écrit en deux lettres.",
    "accent_separe": "effacez la lettre et son accent, puis retapez-les au clavier.",
    "chiffre": "vérifiez que le portail l’écrit ainsi.",
    "symbole": "vérifiez que le portail l’écrit ainsi.",
}
_RETYPE = "effacez-le, puis retapez-le au clavier."


def remarks(entry: Identifiers) -> list[Remark]:
    """Everything to say of an entry, in the order of the fields; nothing of a field but by name, position and kind."""
    found: list[Remark] = []
    for name in FIELDS:
        value: str = getattr(entry, name)
        of_field = siret_remarks(value) if name == "siret" else list(_of_text(name, value))
        found += of_field[:_REMARKS_PER_FIELD]
    found += _of_both_names(entry)
    if not (entry.general or entry.agricole):
        text = "Aucun régime n’est coché : cochez le régime général, le régime agricole, ou les deux."
        found.append(Remark("regime", "error", "sans_regime", text))
    return found


def _of_text(name: str, value: str) -> Iterator[Remark]:
    if not value or all(is_blank(character) for character in value[:_LOOKED_AT]):
        what = "manque" if not value else "ne contient que des blancs"
        yield Remark(
            name, "error", "vide", f"{capitalised(THE[name])} {what} : saisissez-le tel que le portail l’écrit."
        )
        return
    if len(value) > LONGEST[name]:
        text = (
            f"{capitalised(THE[name])} compte {len(value)} caractères : le portail en accepte {LONGEST[name]} au plus."
        )
        yield Remark(name, "error", "trop_long", text)
    value = value[:_LOOKED_AT]
    start = next(index for index, character in enumerate(value) if not is_blank(character))
    end = next(index for index in range(len(value), 0, -1) if not is_blank(value[index - 1]))
    yield from _at_the_edges(name, value, start, end)
    yield from _within(name, value, start, end)
    if name in NAMES:
        yield from _in_a_name(name, value)


def _at_the_edges(name: str, value: str, start: int, end: int) -> Iterator[Remark]:
    edges = (
        ("espace_debut", "commence", value[:start], 1),
        ("espace_fin", "finit", value[end:], end + 1),
    )
    for code, verb, blanks, first in edges:
        if blanks:
            impossible = any((odd := oddity_of(one)) and odd.is_impossible for one in blanks)
            positions = tuple(range(first, first + len(blanks)))
            text = f"{capitalised(THE[name])} {verb} par {_blank_words(blanks)} : effacez ce qui dépasse."
            yield Remark(name, "error" if impossible else "warning", code, text, positions)


def _blank_words(blanks: str) -> str:
    if len(blanks) > 1:
        return f"{len(blanks)} espaces" if set(blanks) == {" "} else f"{len(blanks)} caractères qui ne se voient pas"
    odd = oddity_of(blanks)
    return odd.kind if odd else "une espace"


def _within(name: str, value: str, start: int, end: int) -> Iterator[Remark]:
    """Odd characters between the edges, one remark for each kind of character; then doubled spaces."""
    look = oddity_in_password if name == PASSWORD else oddity_in_name
    places: dict[Oddity, list[int]] = {}
    for index in range(start, end):
        if odd := look(value[index]):
            places.setdefault(odd, []).append(index + 1)
    for odd, positions in places.items():
        level: Literal["error", "warning"] = "error" if odd.is_impossible else "warning"
        yield Remark(name, level, odd.code, _odd_words(name, odd, positions), tuple(positions))
    if doubled := [match.start() + 1 for match in re.finditer("(?<! )  +", value) if start < match.start() < end]:
        text = f"Il y a plusieurs espaces de suite à partir du {ordinal(doubled[0])} caractère {OF_THE[name]} : "
        yield Remark(
            name,
            "warning",
            "espace_double",
            f"{text}n’en laissez qu’une, sauf si le portail en a plusieurs.",
            tuple(doubled),
        )


def _odd_words(name: str, odd: Oddity, positions: list[int]) -> str:
    """« Le 3e caractère du nom est un e cyrillique, qui ressemble au e : … »."""
    place = f"Le {ordinal(positions[0])} caractère {OF_THE[name]}"
    if len(positions) > 1:
        place += f" (comme le {ordinal(positions[1])}" + (
            f" et {len(positions) - 2} autres)" if len(positions) > 2 else ")"
        )
    if name == PASSWORD:
        return f"{place} est {odd.kind} : {_RETYPE}"
    what = odd.name or odd.kind
    if what.startswith("« "):
        what = f"{what}, {odd.kind}"
    elif odd.resembles:
        what = f"{what}, qui ressemble {odd.resembles}"
    return f"{place} est {what} : {_REMEDIES.get(odd.code, _RETYPE)}"


def _in_a_name(name: str, value: str) -> Iterator[Remark]:
    if match := _TITLE.match(value.lstrip()):
        text = f"{capitalised(THE[name])} commence par « {match[0]} » : le portail ne garde pas la civilité avec lui."
        yield Remark(name, "warning", "civilite", text)
    if match := _MIS_ENCODED.search(value):
        position = match.start() + 1
        text = (
            f"Le {ordinal(position)} caractère {OF_THE[name]} semble être une lettre accentuée abîmée pendant une "
            "copie : retapez-la au clavier."
        )
        yield Remark(name, "warning", "accent_abime", text, (position,))


def _of_both_names(entry: Identifiers) -> list[Remark]:
    """The whole name typed in one field, or twice."""
    nom, prenom = entry.nom.casefold().split(), entry.prenom.casefold().split()
    if not nom or not prenom or nom == prenom:
        return []
    if len(nom) > len(prenom) and prenom in (nom[: len(prenom)], nom[-len(prenom) :]):
        text = "Le nom contient aussi le prénom : le portail les garde dans deux champs séparés."
        return [Remark("nom", "warning", "prenom_dans_le_nom", text)]
    if len(prenom) > len(nom) and nom in (prenom[: len(nom)], prenom[-len(nom) :]):
        text = "Le prénom contient aussi le nom : le portail les garde dans deux champs séparés."
        return [Remark("prenom", "warning", "nom_dans_le_prenom", text)]
    return []
