"""The client of the API DSN: sign in, deposit, list, download. Every refusal is a PortalError (api-dsn §3.1)."""

import ssl
from collections.abc import Callable
from datetime import date, datetime
from types import TracebackType
from typing import Self

from scarabee.netentreprises.addresses import Portal
from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.authentication import PATH, end_of_token, read_token, sign_in
from scarabee.netentreprises.calls import Call
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.downloads import Document, address_of, path_part
from scarabee.netentreprises.errors import Maintenance, UnreadableAnswer
from scarabee.netentreprises.listings import (
    DepositListing,
    LeaveListing,
    ReturnListing,
    deposits_in,
    leaves_in,
    returns_in,
)
from scarabee.netentreprises.moments import range_path
from scarabee.netentreprises.receipts import Receipt, receipt_in
from scarabee.netentreprises.refusals import Service, refusal
from scarabee.netentreprises.tokens import Token
from scarabee.netentreprises.transport import Transport, now_utc
from scarabee.netentreprises.trees import Unreadable

LISTING_VERSION = "2.0"
DEPOSIT_VERSION = "1.0"
"""The one whose answer is specified (api-dsn §5.1)."""
LEAVES_PATH = "lister-bpij-declarant/1.0"
"""The only version there is (api-dsn §2)."""
USUAL_SECONDS = 30.0
DEPOSIT_SECONDS = 90.0
DOWNLOAD_SECONDS = 120.0
_MIB = 1 << 20
LISTING_BYTES, RECEIPT_BYTES, DOCUMENT_BYTES = 16 * _MIB, 4 * _MIB, 64 * _MIB


class Client:
    """One portal, for one run. Not for several threads at once.

    `timeout_seconds`: how long to wait for an answer, in place of what suits each service. `trust`: the TLS context,
    the authorities of the system when None. `clock` gives aware moments. The two versions are "1.0" (XML) or "2.0"
    (JSON). Everything may raise Unreachable, CertificateNotTrusted, Maintenance, PortalFault, UnreadableAnswer,
    JudgedDangerous, and what its service says.
    """

    def __init__(
        self,
        portal: Portal,
        *,
        timeout_seconds: float | None = None,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = now_utc,
        listing_version: str = LISTING_VERSION,
        deposit_version: str = DEPOSIT_VERSION,
    ) -> None:
        self.portal = portal
        if trust is None and portal.name.startswith("http:"):
            # One that trusts nobody: reading the authorities of the system takes a tenth of a second.
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.transport = Transport(trust=trust, use_proxy=not portal.is_loopback, clock=clock)
        self._timeout_seconds = timeout_seconds
        self._listing_version, self._deposit_version = listing_version, deposit_version

    def close(self) -> None:
        """Close every connection."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reach(self) -> None:
        """Prove network and TLS of the authentication host, with a request that holds nothing.

        Only what is sure is judged: no answer, a certificate, 503. The service takes another method, and what it says
        to this one proves nothing more.
        """
        answer = self.transport.exchange(Call("GET", self.portal.authentication + PATH, seconds=self._seconds()))
        if answer.status == 503:
            raise Maintenance(status=answer.status)

    def authenticate(self, credentials: Credentials, regime: Regime) -> Token:
        """A token for this account and this régime: one POST, never repeated.

        Raises RefusedCredentials, ExpiredPassword, NotEnrolled, LockedAccount, MalformedCredentials.
        """
        service = self.portal.service_code(regime)
        call = sign_in(self.portal.authentication, credentials, service, self._seconds())
        answer = self._asked(call, Service.AUTHENTICATION)
        token = Token(read_token(answer), regime, end_of_token(answer))
        if not token.value:
            raise UnreadableAnswer(status=answer.status)
        return token

    def list_deposits(self, token: Token, since: datetime, until: datetime | None = None) -> DepositListing:
        """The deposits made between two aware moments, until the portal's now when `until` is None.

        Raises InvalidToken, ExpiredToken, NotEnrolled, TooMuchAsked, BadParameters.
        """
        return self._read(self._search("lister-depots", token, range_path(since, until)), deposits_in)

    def list_returns(self, token: Token, since: datetime, until: datetime | None = None) -> ReturnListing:
        """The returns published between two aware moments; raises what `list_deposits` raises."""
        return self._read(self._search("lister-retours-declarant", token, range_path(since, until)), returns_in)

    def list_returns_of(self, token: Token, idflux: str) -> ReturnListing:
        """What came back for one deposit so far. Raises NotFound, NotTheDepositor, and what `list_deposits` raises."""
        answer = self._search("lister-retours-flux", token, path_part(idflux), Service.RETURNS)
        return self._read(answer, returns_in)

    def list_leaves(self, token: Token, since: date, until: date, *, page: int = 1) -> LeaveListing:
        """A page of the bordereaux de paiement des IJ published between two days of Paris; pages count from 1.

        Raises NotFound where the portal has no such service, and what `list_deposits` raises.
        """
        url = f"{self.portal.consultation(token.regime)}/{LEAVES_PATH}/{since:%Y%m%d}/{until:%Y%m%d}?page={page}"
        call = Call("GET", url, token=token, seconds=self._seconds(), cap_bytes=LISTING_BYTES)
        return self._read(self._asked(call, Service.LEAVES), leaves_in)

    def deposit(self, token: Token, data: bytes) -> Receipt:
        """Deposit one DSN file, its bytes unchanged; an AEE, or the ARE of a rejected one. Never repeated.

        After any other PortalError, `is_outcome_unknown` says whether the file may have been recorded (§8.1).
        """
        url = f"{self.portal.deposit(token.regime)}/deposer-dsn/{self._deposit_version}/"
        seconds = self._seconds(DEPOSIT_SECONDS)
        call = Call("POST", url, "text/plain", data, token=token, seconds=seconds, cap_bytes=RECEIPT_BYTES)
        del data  # no traceback shows the file
        answer = self.transport.exchange(call)
        if answer.status == 422 and answer.content:
            try:
                return receipt_in(answer)
            except Unreadable:
                pass  # a refusal all the same: raised below
        self._judge(answer, Service.DEPOSIT)
        return self._read(answer, receipt_in)

    def download(self, token: Token, idflux: str = "", return_id: str = "", *, url: str = "") -> Document:
        """One return: by the `url` of the listing when it gave one, else by the two ids.

        Raises NotFound (unknown, purged, overwritten), NotTheDepositor, BadParameters; UnreadableAnswer, nothing sent,
        for a url that is not on the portal's download hosts.
        """
        address = address_of(self.portal, self.portal.download(token.regime), idflux, return_id, url)
        seconds = self._seconds(DOWNLOAD_SECONDS)
        call = Call("GET", address, token=token, seconds=seconds, cap_bytes=DOCUMENT_BYTES)
        answer = self._asked(call, Service.DOWNLOAD)
        return Document(answer.content, answer.media_type)

    def _seconds(self, usual: float = USUAL_SECONDS) -> float:
        return usual if self._timeout_seconds is None else self._timeout_seconds

    def _search(self, name: str, token: Token, path: str, service: Service = Service.LISTING) -> Answer:
        url = f"{self.portal.consultation(token.regime)}/{name}/{self._listing_version}/{path}"
        return self._asked(Call("GET", url, token=token, seconds=self._seconds(), cap_bytes=LISTING_BYTES), service)

    def _asked(self, call: Call, service: Service) -> Answer:
        answer = self.transport.exchange(call)
        self._judge(answer, service)
        return answer

    @staticmethod
    def _judge(answer: Answer, service: Service) -> None:
        if error := refusal(answer, service):
            raise error

    @staticmethod
    def _read[T](answer: Answer, reader: Callable[[Answer], T]) -> T:
        """What the reader makes of the answer; UnreadableAnswer, which leads back to nothing, when it cannot."""
        try:
            return reader(answer)
        except Unreadable:
            pass
        raise UnreadableAnswer(status=answer.status)
