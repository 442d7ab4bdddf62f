"""A real mail server on the loopback, which keeps what it is given."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "paie@exemple.fr", "Corail/2026:#@%?"
UNKNOWN = "inconnu@exemple.fr"


@dataclass
class Mailbox:
    """What was received; for each message, whether its sender had signed in and whether the line was encrypted."""

    port: int
    envelopes: list[Envelope] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    """The mechanism of each attempt to sign in."""

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(each.original_content or b"", policy=policy.default) for each in self.envelopes]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == UNKNOWN:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        self.signed_in.append(bool(session.authenticated))
        self.encrypted.append(
            server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        )
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        self.attempts.append(mechanism)
        expected = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=given == expected, handled=False)


class _Listener(Controller):
    """On a port that the system chose and that was ours from then on."""

    def __init__(self, bound: socket.socket, handler: Mailbox, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=handler.port, **options)
        self._bound = bound

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._bound, ssl=self.ssl_context)


@contextmanager
def mail_server(*, implicit: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Serve until the block ends. `implicit`: TLS from the first byte; `starttls`: offered, then required."""
    bound = socket.create_server(("127.0.0.1", 0))
    box = Mailbox(bound.getsockname()[1])
    options = {"authenticator": box.authenticate, "auth_require_tls": False}
    if starttls:
        options |= {"tls_context": starttls, "require_starttls": True}
    listener = _Listener(bound, box, ssl_context=implicit, **options)
    listener.start()
    try:
        yield box
    finally:
        listener.stop()
