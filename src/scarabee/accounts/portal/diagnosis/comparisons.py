"""What the identifiers kept by all users tell of the ones that were refused: the strongest clue there is.

No text quotes a password: that of another user is only found equal to this one, or not.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

from scarabee.accounts.portal.diagnosis.characters import is_blank
from scarabee.accounts.portal.diagnosis.findings import NAMES, Evidence, Identifiers, Kept, Probable
from scarabee.accounts.portal.diagnosis.siret_remarks import plain_digits
from scarabee.accounts.portal.diagnosis.words import CAPS_LOCK, THE, WRONG_CASE, capitalised, day, joined
from scarabee.dossiers.search_keys import search_key

ACCEPTED_BEFORE = "change_sur_le_portail"
_CASE_SWAPPED, _CASE, _SWAPPED = 97, 96, 96
_SPELLING, _NEWER_PASSWORD, _SIRET = 83, 82, 79
"""Below what shows in the entry itself, which would explain these differences too."""
_ACCEPTED_BEFORE = 81
_UNPROVED_SWAPPED, _UNPROVED_SPELLING = 75, 40
_NEVER = datetime.min.replace(tzinfo=UTC)


def compared(entry: Identifiers, evidence: Evidence) -> Iterator[tuple[int, Probable]]:
    """Weights and reasons, each reason once: from the best set of identifiers to compare with."""
    said: set[str] = set()
    ranked = sorted(evidence.kept, key=lambda kept: kept.proved_at or _NEVER, reverse=True)
    for kept in ranked:
        for weight, reason in _with(entry, kept, evidence):
            if reason.code not in said:
                said.add(reason.code)
                yield weight, reason


def _with(entry: Identifiers, kept: Kept, evidence: Evidence) -> Iterator[tuple[int, Probable]]:
    same_siret = plain_digits(kept.siret) == plain_digits(entry.siret) != ""
    if kept.proved_at and _values(kept) == _values(entry):
        text = (
            f"Exactement les mêmes valeurs étaient acceptées le {day(kept.proved_at)} : rien n’est mal saisi. "
            "Le mot de passe a sans doute été changé depuis sur le portail ; saisissez le nouveau."
        )
        yield _ACCEPTED_BEFORE, Probable(ACCEPTED_BEFORE, text)
    elif same_siret and _same_person(entry, kept):
        yield from _spelling(entry, kept)
        yield from _password(entry, kept, evidence)
    elif same_siret and _same(entry.nom, kept.prenom) and _same(entry.prenom, kept.nom):
        text = f"Le nom et le prénom sont inversés : {_whose(kept)} les écrivent dans l’autre sens. Échangez-les."
        yield (_SWAPPED if kept.proved_at else _UNPROVED_SWAPPED), Probable("nom_et_prenom_inverses", text)
    elif kept.proved_at and _same_person(entry, kept):
        text = f"Le SIRET n’est pas celui de {_whose(kept)}, pour le même nom et le même prénom : comparez-les."
        yield _SIRET, Probable("siret_different", text)


def _spelling(entry: Identifiers, kept: Kept) -> Iterator[tuple[int, Probable]]:
    """The same person, written otherwise: an accent, a capital, a hyphen. What does not show is told elsewhere."""
    fields = [name for name in NAMES if _shown(getattr(entry, name)) != _shown(getattr(kept, name))]
    if fields:
        names = joined([f"{THE[name]} « {getattr(kept, name)} »" for name in fields])
        text = f"{capitalised(_whose(kept))} écrivent {names} : accents, majuscules et tirets comptent."
        yield (_SPELLING if kept.proved_at else _UNPROVED_SPELLING), Probable("ecriture_differente", text)


def _password(entry: Identifiers, kept: Kept, evidence: Evidence) -> Iterator[tuple[int, Probable]]:
    """What a password that the portal accepted for this very account tells of the one it refused."""
    if not kept.proved_at or (kept.motdepasse and _shown(kept.motdepasse) == _shown(entry.motdepasse)):
        return
    if kept.motdepasse and kept.motdepasse == entry.motdepasse.swapcase():
        yield _CASE_SWAPPED, Probable("verr_maj", CAPS_LOCK)
    elif kept.motdepasse and kept.motdepasse.casefold() == entry.motdepasse.casefold():
        yield _CASE, Probable("majuscules_mot_de_passe", WRONG_CASE)
    elif evidence.saved_at is None or kept.proved_at > evidence.saved_at:
        remedy = "Faites copier ces identifiants" if kept.username else "Laissez le champ vide pour garder celui-là"
        text = (
            f"Le mot de passe n’est pas celui que portent {_whose(kept)}, pour le même compte : il a sans doute été "
            f"changé sur le portail. {remedy}, ou saisissez le nouveau."
        )
        yield _NEWER_PASSWORD, Probable("mot_de_passe_plus_recent", text)


def _whose(kept: Kept) -> str:
    """« les identifiants de « Lucie » (acceptés par le portail le 3/11/2026) »."""
    owner = f"les identifiants de « {kept.username} »" if kept.username else "vos identifiants enregistrés"
    return f"{owner} (acceptés par le portail le {day(kept.proved_at)})" if kept.proved_at else owner


def _same_person(entry: Identifiers, kept: Kept) -> bool:
    return _same(entry.nom, kept.nom) and _same(entry.prenom, kept.prenom)


def _values(one: Identifiers | Kept) -> tuple[str, ...]:
    return one.siret, one.nom, one.prenom, one.motdepasse


def _shown(value: str) -> str:
    """What a person sees of a value: its accents put together, its blanks and invisible characters aside."""
    return "".join(one for one in unicodedata.normalize("NFC", value) if not is_blank(one))


def _same(one: str, other: str) -> bool:
    key = search_key(one)
    return bool(key) and key == search_key(other)
