"""The invented accounts that may sign in to the bouchon, and the file that lists them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scarabee.netentreprises.bouchon.errors import BouchonRefusal, system_words

SERVICES: dict[str, str] = {
    "25": "DSN, régime général",
    "97": "DSN, régime général, test des éditeurs",
    "26": "DSN, régime agricole",
    "94": "DSN, régime agricole, test des éditeurs",
    "98": "concentrateur",
}
"""Service code → what it opens (api-dsn §4.1)."""

LONGEST = {"nom": 64, "prenom": 39, "motdepasse": 30, "identifiant": 30}
"""How many characters a field may have at authentication (api-dsn §4.1, §4.2)."""
SIRET_LENGTH = 14
_FILE_BYTES = 1_000_000
_NEEDED = ("siret", "nom", "prenom", "motdepasse", "service")
_EXAMPLE = (
    '[{"siret": "46766553500010", "nom": "MARTIN", "prenom": "Alice", "motdepasse": "…", "service": ["25", "26"]}]'
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the stand-in portal: identity and password to the letter, and the service codes it is enrolled for.

    `identifiant` is the MSA one, for `/authentifier/2.0`; empty when the account has none.
    """

    siret: str
    nom: str
    prenom: str
    motdepasse: str = field(repr=False)
    service: tuple[str, ...] = ("25", "26")
    identifiant: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """(siret, nom, prenom), which no two accounts share."""
        return (self.siret, self.nom, self.prenom)


def default_accounts() -> list[Account]:
    """The one invented bureau that is there when no file of accounts is given."""
    return [Account("46766553500010", "MARTIN", "Alice", "Scarabee-2026", ("25", "26"))]


def read_accounts(path: Path) -> list[Account]:
    """The accounts of a JSON file: a list of {"siret", "nom", "prenom", "motdepasse", "service": ["25", …]}.

    Raises BouchonRefusal, in French, naming the account and the field at fault, never a password.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except OSError as error:
        raise _refusal(path, f"il ne se lit pas ({system_words(error)})") from None
    if len(data) > _FILE_BYTES:
        raise _refusal(path, "il est trop gros pour une liste de comptes")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _refusal(path, "il n’est pas en UTF-8") from None
    except json.JSONDecodeError as error:
        raise _refusal(path, f"ce n’est pas du JSON (ligne {error.lineno}, colonne {error.colno})") from None
    except RecursionError:
        raise _refusal(path, "ce n’est pas une liste de comptes") from None
    if not isinstance(content, list) or not content:
        raise _refusal(path, "une liste d’au moins un compte est attendue")
    accounts = [_account(path, number, one) for number, one in enumerate(content, 1)]
    check_distinct(accounts)
    return accounts


def check_distinct(accounts: Sequence[Account]) -> None:
    """Raises BouchonRefusal when two accounts share an identity or an MSA identifiant."""
    for kind, keys in (
        ("même siret, nom et prénom", Counter(one.identity for one in accounts)),
        ("même identifiant MSA", Counter(one.identifiant for one in accounts if one.identifiant)),
    ):
        if any(count > 1 for count in keys.values()):
            raise BouchonRefusal(
                f"Deux comptes du bouchon ont les mêmes identifiants ({kind}).", "N’en gardez qu’un des deux."
            )


def _account(path: Path, number: int, value: Any) -> Account:
    where = f"compte n° {number}"
    if not isinstance(value, dict):
        raise _refusal(path, f"{where} : un objet est attendu")
    if missing := [key for key in _NEEDED if key not in value]:
        raise _refusal(path, f"{where} : il manque « {missing[0]} »")
    if unknown := sorted(map(str, value.keys() - {*_NEEDED, "identifiant"})):
        raise _refusal(path, f"{where} : « {unknown[0][:40]} » n’est pas attendu")
    texts = {key: value.get(key, "") for key in ("siret", "nom", "prenom", "motdepasse", "identifiant")}
    for key, text in texts.items():
        if fault := _fault(key, text):
            raise _refusal(path, f"{where} : « {key} » {fault}")
    return Account(**texts, service=_services(path, where, value["service"]))


def _fault(key: str, text: Any) -> str:
    """What is wrong with one text, "" when nothing is."""
    if not isinstance(text, str):
        return "doit être un texte, entre guillemets"
    if key == "siret":
        right = len(text) == SIRET_LENGTH and text.isascii() and text.isdigit()
        return "" if right else "doit avoir 14 chiffres"
    if not text:
        return "" if key == "identifiant" else "est vide"
    if not text.isprintable():
        return "contient un caractère de contrôle"
    return f"dépasse {LONGEST[key]} caractères" if len(text) > LONGEST[key] else ""


def _services(path: Path, where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _refusal(path, f'{where} : « service » doit être une liste de codes, comme ["25"]')
    for code in value:
        if not isinstance(code, str) or code not in SERVICES:
            raise _refusal(path, f"{where} : « service » ne connaît que {', '.join(SERVICES)}")
    return tuple(dict.fromkeys(value))


def _refusal(path: Path, reason: str) -> BouchonRefusal:
    return BouchonRefusal(
        f"Le fichier de comptes « {path.name} » ne peut pas servir : {reason}.",
        f"Vérifiez son chemin et son contenu. Voici un fichier juste : {_EXAMPLE}",
    )
