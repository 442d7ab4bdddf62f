"""E-mail to the bureau about its deposits: sent when a mail server is configured, never required.

SCARABEE_SMTP names the server, SCARABEE_COURRIEL_DE the sender, SCARABEE_COURRIEL_A the recipients
(docs/admin/courriel.md). None of these values is ever logged or told. E-mail lies on other people's servers: the
caller's subject and lines hold no NIR, no name of a person, no amount and no password, only what employers are called,
counts, states and dates.
"""

import logging
import os
import smtplib
import ssl
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email

from scarabee.maintenance.errors import Refusal

SERVER, SENDER, RECIPIENTS = "SCARABEE_SMTP", "SCARABEE_COURRIEL_DE", "SCARABEE_COURRIEL_A"
TIMEOUT_SECONDS = 10
"""For each answer of the server."""

_SAFE = "Les dépôts et leurs retours ne sont pas touchés."
_LINE_ENDS_AND_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_HEADERS = {"Auto-Submitted": "auto-generated"}  # nobody's absence message answers
_SCHEMES = frozenset({"smtp", "smtps", "smtp+starttls"})

logger = logging.getLogger(__name__)


class NoticeFailed(Refusal):
    """The message did not go to everybody. Holds no value of a setting, and nothing of the message."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, safe=_SAFE, remedy=remedy)


@dataclass(frozen=True, repr=False)
class _Server:
    host: str
    port: int | None
    scheme: str
    username: str
    password: str

    def connect(self) -> EmailBackend:
        """A backend of Django's, not connected yet; the port left out is the usual one of the scheme."""
        return EmailBackend(
            alias="notices",
            host=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_ssl=self.scheme == "smtps",
            use_tls=self.scheme == "smtp+starttls",
            timeout=TIMEOUT_SECONDS,
        )


def is_configured() -> bool:
    """Whether somebody asked for e-mail, rightly or wrongly written."""
    return any(_value(name) for name in (SERVER, SENDER, RECIPIENTS))


def why_unusable() -> NoticeFailed | None:
    """What is wrong with the settings of the e-mail; None when they are written right. Nothing is sent."""
    try:
        _server()
        _addresses(SENDER)
        _addresses(RECIPIENTS)
    except NoticeFailed as failure:
        return failure
    return None


def send(subject: str, lines: Sequence[str]) -> bool:
    """Send each recipient these lines; False when nobody asked for e-mail.

    Raises `NoticeFailed`, already logged, when a setting is wrong, when a subject is not one line, or when somebody
    could not be reached: the others have it then.
    """
    if not is_configured():
        return False
    failure = _attempt(subject, lines)
    if failure:
        logger.warning("notice not sent: %s", failure.message)
        raise failure
    return True


def _attempt(subject: str, lines: Sequence[str]) -> NoticeFailed | None:
    """The failure is handed back, not raised, so that no error of a library, which may quote secrets, hangs on it."""
    try:
        server, sender, recipients = _server(), _addresses(SENDER)[0], _addresses(RECIPIENTS)
        _refuse_injection(subject)
    except NoticeFailed as failure:
        return failure
    body = "\n".join(lines).encode(errors="replace").decode() + "\n"  # a file name may hold half a character
    messages = [EmailMessage(subject, body, sender, [each], headers=_HEADERS) for each in recipients]
    try:
        with server.connect() as connection:
            return _deliver(connection, messages)
    except (OSError, ValueError) as error:
        return _failure(error)


def _deliver(connection: EmailBackend, messages: list[EmailMessage]) -> NoticeFailed | None:
    """One message for each recipient: to several at once, the refusal of some would go unsaid."""
    missed = []
    for number, message in enumerate(messages, start=1):
        try:
            connection.send_messages([message])
        except smtplib.SMTPException:
            missed.append(f"n° {number}")
    if not missed:
        return None
    return NoticeFailed(
        f"Le serveur de courriel n’a pas confirmé le message pour l’adresse {', '.join(missed)} de {RECIPIENTS}.",
        remedy=f"Vérifiez {RECIPIENTS} et {SENDER}, et que ce serveur accepte d’envoyer à ces adresses.",
    )


def _failure(error: Exception) -> NoticeFailed:
    """What kept us from the server, in words of our own: those of the library may hold what was typed."""
    match error:
        case smtplib.SMTPAuthenticationError():
            said, remedy = "a refusé l’utilisateur ou le mot de passe", f"Corrigez-les dans {SERVER}."
        case smtplib.SMTPNotSupportedError():
            said = "ne propose pas le chiffrement ou l’identification demandés"
            remedy = f"Essayez smtps:// ou smtp+starttls:// dans {SERVER}, selon ce que dit votre hébergeur."
        case ssl.SSLError():
            said = "n’a pas pu établir une liaison chiffrée et vérifiée"
            remedy = f"Vérifiez dans {SERVER} le nom du serveur, le port et smtps:// ou smtp+starttls://."
        case ValueError():
            said = "n’a rien reçu : un nom ou une adresse ne peut pas s’écrire dans un courriel"
            remedy = f"Vérifiez {SERVER}, {SENDER} et {RECIPIENTS}."
        case _:
            said, remedy = "n’a pas pu être joint, ou a coupé la liaison", f"Vérifiez {SERVER} et le réseau."
    return NoticeFailed(f"Le serveur de courriel {said}.", remedy=remedy)


def _server() -> _Server:
    """SCARABEE_SMTP, read. Raises `NoticeFailed` without quoting it."""
    try:
        parts = urlsplit(_value(SERVER))
        server = _Server(
            host=parts.hostname or "",
            port=parts.port,
            scheme=parts.scheme,
            username=unquote(parts.username or "", errors="strict"),
            password=unquote(parts.password or "", errors="strict"),
        )
        is_right = parts.path in {"", "/"} and not parts.query and not parts.fragment
    except ValueError:
        raise _badly_written() from None
    if not is_right or not server.host or server.scheme not in _SCHEMES:
        raise _badly_written()
    if bool(server.username) != bool(server.password) or not (server.username + server.password).isascii():
        raise _badly_written()
    return server


def _badly_written() -> NoticeFailed:
    return NoticeFailed(
        f"{SERVER} manque ou est mal écrit.",
        remedy="Il faut smtps://utilisateur:motdepasse@serveur:port, smtp+starttls://… ou smtp://… ; le mot de "
        "passe est sans accent, et ses signes # % / : ? @ s’écrivent %23 %25 %2F %3A %3F %40.",
    )


def _addresses(name: str) -> list[str]:
    """The addresses of a variable, one at least. Raises `NoticeFailed`."""
    found = [each.strip() for each in _value(name).split(",") if each.strip()]
    try:
        for each in found:
            validate_email(each)
    except ValidationError:
        found = []
    if not found or (name == SENDER and len(found) > 1):
        raise NoticeFailed(
            f"{name} manque ou n’est pas une adresse de courriel.",
            remedy=f"Mettez dans {name} une adresse comme paie@exemple.fr ; {RECIPIENTS} en accepte plusieurs, "
            "séparées par des virgules.",
        )
    return found


def _refuse_injection(subject: str) -> None:
    if not subject.strip() or any(unicodedata.category(each) in _LINE_ENDS_AND_CONTROLS for each in subject):
        raise NoticeFailed(
            "L’objet du message est vide, ou contient un retour à la ligne.",
            remedy="Vérifiez le nom des dossiers et des employeurs dont il parle.",
        )


def _value(name: str) -> str:
    return os.environ.get(name, "").strip()
