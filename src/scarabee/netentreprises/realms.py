"""What a 401 means: the text of WWW-Authenticate, read without case or accents (api-dsn §3.1)."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum


class Realm(StrEnum):
    """The known texts, as compared: lower case, no accents, words only. The last two stand for all others."""

    NET_ENTREPRISES = "net entreprises fr"
    MSA = "msa fr"
    EXPIRED_PASSWORD = "expiration du mot de passe"
    NOT_ENROLLED = "utilisateur non inscrit au service"
    INVALID_TOKEN = "jeton manquant ou invalide"
    EXPIRED_TOKEN = "expiration du jeton"
    OTHER = "autre"
    NONE = ""


_REALM = re.compile(r"""realm\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*))""", re.IGNORECASE)


def realm_of(headers: Iterable[str]) -> Realm:
    """The first known realm among the values of WWW-Authenticate; OTHER for an unknown one, NONE for none."""
    texts = [_plain(quoted or bare) for value in headers for quoted, bare in _REALM.findall(value)]
    known = (Realm(text) for text in texts if text in Realm and text not in {Realm.OTHER, Realm.NONE})
    return next(known, Realm.OTHER if texts else Realm.NONE)


def _plain(text: str) -> str:
    """Lower case, accents off, everything that is not a letter or a digit as one space."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z0-9]+", letters))
