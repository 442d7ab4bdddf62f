"""The public keys of other bureaux: what is sealed for one is opened by nobody but it, and ourselves."""

import pyrage

from scarabee.backups import keys
from scarabee.maintenance.errors import Refusal

_PREFIX = "age1"


def mine() -> str:
    """The public key of this installation, to give to whoever is to seal something for it. Made at first need.

    Raises `KeyFileUnusable`.
    """
    return keys.recipient(keys.writing_identity())


def checked(text: str) -> str:
    """The public key in a text: a line of a file, or the key itself. Raises `Refusal` for anything else."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    if any(line.upper().startswith("AGE-SECRET-KEY-") for line in lines):
        raise Refusal(
            "Ceci est une clé secrète (AGE-SECRET-KEY-1…), pas une clé publique : ne l’envoyez à personne.",
            safe="Rien n’a été écrit.",
            remedy="Demandez à l’autre tiers sa clé publique, une ligne qui commence par age1.",
        )
    if len(lines) == 1 and lines[0].startswith(_PREFIX):
        try:
            pyrage.x25519.Recipient.from_str(lines[0])
            return lines[0]
        except pyrage.RecipientError:
            pass
    raise Refusal(
        "Ceci n’est pas la clé publique d’un autre tiers.",
        safe="Rien n’a été écrit.",
        remedy="C’est une seule ligne de 62 caractères qui commence par age1 ; recopiez-la en entier.",
    )
