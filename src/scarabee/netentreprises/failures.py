"""What prevented an answer, from the exceptions of the HTTP library, in words for a payroll clerk."""

import socket
import ssl
from collections.abc import Iterator

import httpx2

from scarabee.netentreprises.addresses import is_loopback
from scarabee.netentreprises.errors import CertificateNotTrusted, PortalError, Unreachable, UnreadableAnswer

CUT_SHORT = "La réponse du portail s’est interrompue ou est abîmée."
TOO_LONG = "La réponse du portail est bien plus longue que prévu : Scarabée ne l’a pas lue."
TOO_LATE = "La réponse du portail arrivait trop lentement : Scarabée a cessé de l’attendre."
UNUSABLE_SETTINGS = "Le réglage de proxy ou de certificats de cet ordinateur n’est pas utilisable : rien n’est parti."
UNUSABLE_SETTINGS_REMEDY = (
    "La personne qui s’occupe du réseau doit revoir ces variables : HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE."
)

_PORTAL = "le portail"
_WITHOUT_A_WORD = 2
"""A connection closed without an answer: two exceptions, of the library; for what is not HTTP, its parser's too."""
_CERTIFICATE_WORDS = {
    9: "son certificat n’est pas encore valable",
    10: "son certificat a expiré",
    18: "son certificat n’est garanti par aucune autorité",
    19: "son certificat vient d’une autorité que cet ordinateur ne connaît pas",
    20: "son certificat vient d’une autorité que cet ordinateur ne connaît pas",
    62: "son certificat est celui d’une autre adresse",
    64: "son certificat est celui d’une autre adresse",
}
"""X509_V_ERR_… of OpenSSL → what it means."""


def failure_of(error: httpx2.HTTPError, host: str, *, sent: bool) -> PortalError:
    """The error to raise, which holds nothing of the request. `sent`: whether the request may have left."""
    causes, host = list(_causes(error)), _called(host)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateNotTrusted(_certificate_words(cause, host))
    if isinstance(error, httpx2.RemoteProtocolError) and len(causes) > _WITHOUT_A_WORD:
        return UnreadableAnswer(sent=sent)
    return Unreachable(_words(error, causes, host, sent=sent), sent=sent)


def interrupted(error: httpx2.HTTPError, host: str) -> PortalError:
    """The error to raise when the body of an answer stops before its end."""
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(_sentence(f"{_called(host)} n’a pas fini de répondre à temps."))
    return UnreadableAnswer(CUT_SHORT)


def _words(error: httpx2.HTTPError, causes: list[BaseException], host: str, *, sent: bool) -> str:
    if isinstance(error, httpx2.ProxyError):
        return f"Le proxy de ce réseau n’a pas laissé passer la demande vers {host}."
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"Cet ordinateur ne trouve pas l’adresse {host} : Internet ou le DNS ne répond pas."
    if any(isinstance(cause, ssl.SSLError) for cause in causes) and not sent:
        return f"La connexion chiffrée avec {host} n’a pas pu s’établir."
    if isinstance(error, httpx2.TimeoutException):
        return _sentence(f"{host} n’a pas répondu à temps.")
    if sent:
        return _sentence(f"{host} a coupé la connexion sans répondre.")
    return _sentence(f"{host} ne répond pas.")


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    words = _CERTIFICATE_WORDS.get(getattr(error, "verify_code", 0), "son certificat n’est pas reconnu")
    return _sentence(f"{host} répond, mais {words} : rien n’a été envoyé, car ce n’est peut-être pas le vrai portail.")


def _called(host: str) -> str:
    """What a user calls this host: the address of a bouchon on this computer says nothing to anybody."""
    return _PORTAL if is_loopback(host) else host


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] if words.startswith(_PORTAL) else words


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, innermost last."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        yield current
        current = current.__cause__ or current.__context__
