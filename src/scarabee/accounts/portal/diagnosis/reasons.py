"""Why the portal most likely refused, when its answer cannot tell: each clue has a weight, the heaviest comes first.

The portal compares the four values to the letter and says only that one of them is wrong (api-dsn §3.1). What is proved
elsewhere weighs most, then what a person cannot see, then what looks like a slip, then what is merely worth a look.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from scarabee.accounts.portal.diagnosis.comparisons import ACCEPTED_BEFORE, compared
from scarabee.accounts.portal.diagnosis.entry_remarks import remarks
from scarabee.accounts.portal.diagnosis.findings import Evidence, Identifiers, Probable, Remark
from scarabee.accounts.portal.diagnosis.words import CAPS_LOCK
from scarabee.accounts.portal.held import Held
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import (
    ExpiredPassword,
    LockedAccount,
    MalformedCredentials,
    NotEnrolled,
    RefusedCredentials,
)

MOST = 5
"""How many reasons are given at most: beyond, nobody reads them."""
_VAGUE = frozenset(
    {
        RefusedCredentials.code,
        MalformedCredentials.code,
        Held.REFUSED_BEFORE.value,
        Held.TOO_MANY.value,
        Held.FROZEN.value,
    }
)
"""The causes that do not say which value is wrong."""
_ABOUT_THE_PASSWORD = frozenset({ExpiredPassword.code, LockedAccount.code})

_WEIGHTS = {
    "espace_debut": 92,
    "espace_fin": 92,
    "espace": 91,
    "invisible": 90,
    "fin_de_ligne": 90,
    "tabulation": 90,
    "caractere_de_controle": 90,
    "espace_insecable": 90,
    "espace_speciale": 90,
    "sosie": 88,
    "pleine_chasse": 88,
    "autre_alphabet": 88,
    "lettre": 88,
    "accent_separe": 87,
    "accent_abime": 87,
    "caractere_perdu": 87,
    "longueur": 86,
    "trop_long": 86,
    "vide": 86,
    "cle_siret": 84,
    "apostrophe": 76,
    "guillemet": 76,
    "tiret": 76,
    "ligature": 74,
    "espace_double": 74,
    "chiffre": 73,
    "civilite": 72,
    "prenom_dans_le_nom": 72,
    "nom_dans_le_prenom": 72,
    "symbole": 50,
    "inhabituel": 50,
}
_DEFAULT_WEIGHT = 50
_ONLY_THE_OTHER_REGIME, _CLIENT_SIRET, _SWAPPED = 100, 80, 71
_CAPS_LOCK, _ALL_CAPITALS, _NO_CAPITAL, _WEAK = 86, 70, 30, 20
_SAID_ONCE = frozenset({"verr_maj", "majuscules_mot_de_passe", "nom_et_prenom_inverses"})
_FEWEST_LETTERS = 3
_INVERTED_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_][^\W\d_]+")


class Clue(NamedTuple):
    """A reason and how strong the evidence for it is (0 to 100)."""

    weight: int
    reason: Probable


def probable(entry: Identifiers, cause: str, evidence: Evidence | None = None) -> list[Probable]:
    """The likely reasons of a refusal, the likeliest first, each with what to change.

    `cause` is the code of a PortalError, or the reason why nothing was sent. Empty for a cause that speaks for itself.
    """
    evidence = evidence or Evidence()
    if cause in _ABOUT_THE_PASSWORD:
        return [
            clue.reason for clue in _clues_elsewhere(entry, evidence) if clue.reason.code == "mot_de_passe_plus_recent"
        ]
    if cause == NotEnrolled.code:
        return [clue.reason for clue in _of_the_regime(entry, evidence)]
    if cause not in _VAGUE:
        return []
    if evidence.accepted:  # the same four values were accepted a moment ago: none of them is wrong
        return [clue.reason for clue in _of_the_regime(entry, evidence)] or _nothing_seen()
    clues = [*_clues_elsewhere(entry, evidence), *_of_the_regime(entry, evidence)]
    if not any(clue.reason.code == ACCEPTED_BEFORE for clue in clues):  # else nothing in it was wrong that day
        clues += [
            *(_of_remark(remark) for remark in remarks(entry)),
            *_of_the_siret(entry, evidence),
            *_of_the_names(entry),
            *_of_the_password(entry.motdepasse),
        ]
    return _best(clues) or _nothing_seen()


def _best(clues: list[Clue]) -> list[Probable]:
    """The heaviest clues, each text and each general reason once."""
    found: dict[str, Probable] = {}
    for clue in sorted(clues, key=lambda clue: -clue.weight):
        said = clue.reason.code if clue.reason.code in _SAID_ONCE else clue.reason.text
        found.setdefault(said, clue.reason)
    return list(found.values())[:MOST]


def _clues_elsewhere(entry: Identifiers, evidence: Evidence) -> list[Clue]:
    return [Clue(weight, reason) for weight, reason in compared(entry, evidence)]


def _of_remark(remark: Remark) -> Clue:
    return Clue(_WEIGHTS.get(remark.code, _DEFAULT_WEIGHT), Probable(remark.code, remark.text))


def _of_the_siret(entry: Identifiers, evidence: Evidence) -> Iterator[Clue]:
    proved = any(kept.siret == entry.siret and kept.proved_at for kept in evidence.kept)
    if entry.siret and not proved and evidence.is_client_siret(entry.siret):
        text = (
            "Ce SIRET est celui d’une association de vos dossiers. Le portail attend celui du bureau, tel qu’il figure "
            "sur son compte net-entreprises.fr, et non celui d’un client."
        )
        yield Clue(_CLIENT_SIRET, Probable("siret_d_un_client", text))


def _of_the_names(entry: Identifiers) -> Iterator[Clue]:
    if _is_shouted(entry.prenom) and not _is_shouted(entry.nom) and _letters(entry.nom):
        text = (
            "Le nom et le prénom semblent inversés : le prénom est en capitales et le nom ne l’est pas. "
            "Vérifiez chaque champ, puis échangez-les."
        )
        yield Clue(_SWAPPED, Probable("nom_et_prenom_inverses", text))
        return
    for label, value in (("nom", entry.nom), ("prénom", entry.prenom)):
        if _letters(value) and value == value.lower():
            text = f"Le {label} n’a aucune majuscule : remettez celles du portail, qui les compare à la lettre."
            yield Clue(_NO_CAPITAL + 2, Probable("majuscules", text))
        elif label == "nom" and _letters(value) and not _is_shouted(value):
            text = "Le nom n’est pas tout en capitales : vérifiez comment le portail l’écrit, il compare à la lettre."
            yield Clue(_WEAK, Probable("majuscules", text))


def _of_the_password(password: str) -> Iterator[Clue]:
    """The pattern that Caps Lock leaves. Only the pattern is told, never a character."""
    letters = _letters(password)
    if any(_is_inverted(word) for word in _INVERTED_WORD.findall(password)):
        yield Clue(_CAPS_LOCK, Probable("verr_maj", CAPS_LOCK))
    elif len(letters) >= _FEWEST_LETTERS and letters == letters.upper():
        text = (
            "Le mot de passe semble tapé avec Verr. Maj : toutes ses lettres sont des majuscules. Désactivez Verr. "
            "Maj, puis retapez-le."
        )
        yield Clue(_ALL_CAPITALS, Probable("verr_maj", text))
    elif len(letters) >= _FEWEST_LETTERS and letters == letters.lower():
        text = (
            "Toutes les lettres du mot de passe sont des minuscules : s’il a été choisi avec des majuscules, elles "
            "manquent. Retapez-le lettre par lettre."
        )
        yield Clue(_NO_CAPITAL, Probable("sans_majuscule", text))
    if not password.isascii():
        text = "Le mot de passe contient un accent ou un symbole rare : vérifiez qu’il a bien été choisi ainsi."
        yield Clue(_WEAK, Probable("accent_mot_de_passe", text))


def _of_the_regime(entry: Identifiers, evidence: Evidence) -> Iterator[Clue]:
    """What the régimes ticked may have to do with it: the portal says the same of a service the account lacks."""
    if Regime.GENERAL in evidence.accepted and entry.agricole:
        text = (
            "Les mêmes identifiants viennent d’être acceptés pour le régime général : c’est le service DSN du régime "
            "agricole (MSA) qui manque à ce compte. Ajoutez-le sur net-entreprises.fr, ou décochez le régime agricole."
        )
        yield Clue(_ONLY_THE_OTHER_REGIME, Probable("service_agricole", text))
    elif Regime.AGRICOLE in evidence.accepted and entry.general:
        text = (
            "Les mêmes identifiants viennent d’être acceptés pour le régime agricole : c’est le service DSN du régime "
            "général qui manque à ce compte. Ajoutez-le sur net-entreprises.fr, ou décochez le régime général."
        )
        yield Clue(_ONLY_THE_OTHER_REGIME, Probable("service_general", text))
    elif entry.agricole and not entry.general:
        text = (
            "Seul le régime agricole est coché : si ce compte n’a pas le service DSN de la MSA, le portail répond la "
            "même chose. Vérifiez ses services sur net-entreprises.fr, ou cochez le régime général."
        )
        yield Clue(_NO_CAPITAL + 10, Probable("service_agricole", text))


def _nothing_seen() -> list[Probable]:
    return [
        Probable(
            "a_comparer",
            "Rien d’anormal ne se voit dans la saisie. Comparez d’abord le mot de passe, majuscules comprises : "
            "connectez-vous à la main sur net-entreprises.fr avec ces quatre valeurs, puis recopiez ici celle qui "
            "diffère.",
        ),
        Probable(
            "service_dsn",
            "Si la connexion à la main réussit, vérifiez que la DSN figure parmi les services de ce compte.",
        ),
    ]


def _letters(value: str) -> str:
    return "".join(character for character in value if character.isalpha() and character.lower() != character.upper())


def _is_shouted(value: str) -> bool:
    letters = _letters(value)
    return len(letters) > 1 and letters == letters.upper()


def _is_inverted(word: str) -> bool:
    """« cORAIL »: what Caps Lock makes of « Corail »."""
    return word[0].islower() and len(word) >= _FEWEST_LETTERS and word[1:] == word[1:].upper() != word[1:].lower()
