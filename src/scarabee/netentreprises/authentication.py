"""Signing in with the account of net-entreprises: one POST, five elements, a token (api-dsn §4.1)."""

import re
from datetime import datetime

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.calls import Call
from scarabee.netentreprises.credentials import Credentials
from scarabee.netentreprises.errors import MalformedCredentials
from scarabee.netentreprises.tokens import LIFE_WITHOUT_EXPIRES

PATH = "/authentifier/1.0/"
_ELEMENTS = "<siret>{}</siret><nom>{}</nom><prenom>{}</prenom><motdepasse>{}</motdepasse><service>{}</service>"
_KEPT = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("&<>\"'")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, even as a reference."""
_LONGEST_TOKEN = 8192
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")
"""The token68 of RFC 9110, of which base64 is a part: nothing that would end the header, or its pair."""
_NOT_CARRIED = (
    "Un caractère du {} ne peut pas être envoyé au portail : c’est un caractère de contrôle, qui ne se voit pas."
)
_NOT_CARRIED_REMEDY = "Effacez cette valeur, puis retapez-la à la main, sans la coller."
_NAMES = {"siret": "SIRET", "nom": "nom", "prenom": "prénom", "motdepasse": "mot de passe"}


def sign_in(base: str, credentials: Credentials, service: str, seconds: float) -> Call:
    """The request. Raises MalformedCredentials, sent nowhere, for a character that no XML can carry."""
    for name, label in _NAMES.items():
        if _FORBIDDEN.search(getattr(credentials, name)):
            raise MalformedCredentials(_NOT_CARRIED.format(label), _NOT_CARRIED_REMEDY, sent=False)
    return Call("POST", base + PATH, "application/xml", identifiants(credentials, service), gzip=False, seconds=seconds)


def identifiants(credentials: Credentials, service: str) -> bytes:
    """The five elements, in ASCII whatever the characters: every other is a numeric reference, right in any charset."""
    values = (credentials.siret, credentials.nom, credentials.prenom, credentials.motdepasse, service)
    return f"<identifiants>{_ELEMENTS.format(*map(_escaped, values))}</identifiants>".encode("ascii")


def read_token(answer: Answer) -> str:
    """The token of a 200: its body to the letter, but for blanks around it; "" when it cannot be one."""
    content = answer.content.strip()
    right = len(content) <= _LONGEST_TOKEN and _TOKEN.fullmatch(content)
    return content.decode("ascii") if right else ""


def end_of_token(answer: Answer) -> datetime:
    """When the token of this answer ends, aware: what Expires says, else a short life (api-dsn §4.1)."""
    return answer.expires_at or answer.asked_at + LIFE_WITHOUT_EXPIRES


def _escaped(text: str) -> str:
    return "".join(one if one in _KEPT else f"&#{ord(one)};" for one in text)
