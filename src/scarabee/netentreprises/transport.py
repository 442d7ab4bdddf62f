"""Sending a request and reading its answer, over HTTPS; plain HTTP only on the loopback (api-dsn §3).

No redirection is followed, no cookie kept, no certificate let pass, nothing logged. What goes wrong is raised far from
the exceptions of the HTTP library, which hold the request: no chain leads back to a password or a token.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from scarabee import __version__
from scarabee.netentreprises.addresses import is_loopback
from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.calls import Call
from scarabee.netentreprises.errors import PortalError, Unreachable, UnreadableAnswer
from scarabee.netentreprises.failures import (
    CUT_SHORT,
    TOO_LATE,
    TOO_LONG,
    UNUSABLE_SETTINGS,
    UNUSABLE_SETTINGS_REMEDY,
    failure_of,
    interrupted,
)
from scarabee.netentreprises.inflation import NotWhole, TooBig, gathered, inflated

USER_AGENT = f"Client-DSN (Scarabee/{__version__}; Scarabee)"
"""api-dsn §8.1 of the guide: software, version, editor."""
CONNECT_SECONDS = 15.0
_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})


def now_utc() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class Progress:
    """Whether the request may have left: from its first header on."""

    def __init__(self) -> None:
        self.sent = False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Told by the HTTP library what it does. A CONNECT is between us and a proxy."""
        if event.endswith("send_request_headers.started"):
            self.sent = self.sent or getattr(info.get("request"), "method", b"") != b"CONNECT"


class Transport:
    """A pool of connections. `trust`: the TLS context to use, the authorities of the system when None.

    `use_proxy`: whether to go through the proxy that the environment names. `clock` gives aware moments.
    """

    def __init__(
        self,
        *,
        trust: ssl.SSLContext | None = None,
        use_proxy: bool = True,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._trust, self._use_proxy, self._clock = trust, use_proxy, clock
        self._client: httpx2.Client | None = None

    def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def exchange(self, call: Call) -> Answer:
        """The answer, whatever its status; its body is empty when only its status could be read.

        Raises Unreachable, CertificateNotTrusted, or UnreadableAnswer for a 200 whose body cannot be read. Raises
        ValueError for an address that is neither HTTPS nor on the loopback.
        """
        require_safe(call.url)
        found = self._attempt(call)
        if isinstance(found, PortalError):
            raise found
        return found

    def _attempt(self, call: Call) -> Answer | PortalError:
        progress = Progress()
        asked_at = self._clock()
        deadline = time.monotonic() + call.seconds
        client = self._opened()
        if isinstance(client, PortalError):
            return client
        try:
            response = client.send(_request(client, call, progress), stream=True)
        except httpx2.HTTPError as error:
            return failure_of(error, urlsplit(call.url).hostname or "", sent=progress.sent)
        try:
            content = _content(response, call.cap_bytes, deadline)
        finally:
            response.close()
        if isinstance(content, PortalError):
            if response.status_code == 200:
                return content
            content = b""
        return Answer(response.status_code, asked_at, tuple(response.headers.raw), content)

    def _opened(self) -> httpx2.Client | PortalError:
        """The HTTP client, made at first use: it reads the proxy and the authorities that the system names."""
        if self._client is None:
            try:
                self._client = httpx2.Client(
                    verify=self._trust if self._trust is not None else True,
                    follow_redirects=False,
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    trust_env=self._use_proxy,
                    headers={"User-Agent": USER_AGENT},
                )
            except (OSError, ValueError, ImportError, httpx2.InvalidURL):
                return Unreachable(UNUSABLE_SETTINGS, UNUSABLE_SETTINGS_REMEDY, sent=False)
        return self._client


def _request(client: httpx2.Client, call: Call, progress: Progress) -> httpx2.Request:
    return client.build_request(
        call.method,
        call.url,
        content=call.content,
        headers=call.all_headers,
        timeout=httpx2.Timeout(call.seconds, connect=min(call.seconds, CONNECT_SECONDS)),
        extensions={"trace": progress},
    )


def require_safe(url: str) -> None:
    """Raises ValueError for an address that is neither HTTPS nor on the loopback: nothing secret goes in clear."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ValueError("HTTPS is needed, but on the loopback")


def _content(response: httpx2.Response, cap_bytes: int, deadline: float) -> bytes | PortalError:
    """The body out of gzip, or why it cannot be read."""
    status = response.status_code
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _PLAIN | _GZIP:
        return UnreadableAnswer(status=status)
    parts = _until(deadline, response.iter_raw())
    try:
        return inflated(parts, cap_bytes) if coding in _GZIP else gathered(parts, cap_bytes)
    except httpx2.HTTPError as error:
        return interrupted(error, response.request.url.host)
    except TimeoutError:
        return Unreachable(TOO_LATE, status=status)
    except TooBig:
        return UnreadableAnswer(TOO_LONG, status=status)
    except NotWhole:
        return UnreadableAnswer(CUT_SHORT, status=status)


def _until(deadline: float, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, until the deadline: raises TimeoutError for a body that drips."""
    for part in parts:
        yield part
        if time.monotonic() > deadline:
            raise TimeoutError
