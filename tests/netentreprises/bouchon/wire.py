"""Speaking to the bouchon with nothing but http.client, as any program could."""

import base64
import gzip
import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from lxml import etree

from scarabee.netentreprises.bouchon.accounts import Account

PARIS = ZoneInfo("Europe/Paris")
BUREAU = Account("46766553500010", "MARTIN", "Alice", "Été-&<>\"' 26", ("25", "97", "26"))
AGRICOLE = Account("84125796700015", "NOËL", "Zoé", "rural-2026", ("26", "94"), "MSA-0001")
OTHER = Account("79034512800017", "MARTIN", "Alice", "autre-2026", ("25",))
OPERATOR = Account("33112233300019", "OPERA", "Teur", "concentre-2026", ("98",))
ACCOUNTS = (BUREAU, AGRICOLE, OTHER, OPERATOR)

JMI = 'DSNLogin realm="Jeton manquant ou invalide"'
UNI = 'DSNLogin realm="Utilisateur non-inscrit au service"'
EXPIRED = 'DSNLogin realm="Expiration du jeton"'
BASIC = 'Basic realm="net-entreprises.fr"'


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **lapse: float) -> None:
        self.now += timedelta(**lapse)

    def digits(self, **ago: float) -> str:
        """14 digits of Paris time, so long ago."""
        return (self.now - timedelta(**ago)).astimezone(PARIS).strftime("%Y%m%d%H%M%S")


@dataclass(frozen=True)
class Reply:
    """What came back: the body is out of gzip, `raw` is not."""

    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.raw) if self.headers["Content-Encoding"] == "gzip" else self.raw

    @property
    def is_empty(self) -> bool:
        """No body, and no Content-Type: what most refusals are."""
        return not self.raw and self.headers["Content-Type"] is None and self.headers["Content-Length"] == "0"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> Any:
        return etree.fromstring(self.body)

    def text(self, path: str) -> str | None:
        """The text of the first element at this path of the XML body."""
        found: str | None = self.xml.findtext(path)
        return found


@dataclass
class Wire:
    """One connection kept alive. No header is added but Host, and Content-Length when there is a body."""

    port: int
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def send(self, method: str, path: str, body: bytes | None = None, /, **headers: str | None) -> Reply:
        """`Accept_Encoding="gzip"` is the header Accept-Encoding; it is `gzip` unless given, absent when None."""
        named = {"Accept-Encoding": "gzip"} | {name.replace("_", "-"): value for name, value in headers.items()}
        skip = "Host" in named
        self.connection.putrequest(method, path, skip_host=skip, skip_accept_encoding=True)
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        for name, value in named.items():
            if value is not None:
                self.connection.putheader(name, value)
        self.connection.endheaders(body)
        answer = self.connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def get(self, path: str, token: str | None = None, /, **headers: str | None) -> Reply:
        if token is not None:
            headers["Authorization"] = f"DSNLogin jeton={token}"
        return self.send("GET", path, **headers)

    def sign_in(self, account: Account, service: str = "25", **changes: str | None) -> Reply:
        headers = {"Content_Type": "application/xml"} | {
            name: changes.pop(name) for name in list(changes) if name[0].isupper()
        }
        return self.send("POST", "/authentifier/1.0/", identifiants(account, service, **changes), **headers)

    def token(self, account: Account, service: str = "25") -> str:
        reply = self.sign_in(account, service)
        assert reply.status == 200
        return reply.body.decode("ascii")

    def deposit(self, token: str, content: bytes, version: str = "1.0", **headers: str | None) -> Reply:
        named: dict[str, str | None] = {
            "Content_Type": "text/plain",
            "Content_Encoding": "gzip",
            "Authorization": f"DSNLogin jeton={token}",
        }
        return self.send("POST", f"/deposer-dsn/{version}/", gzip.compress(content), **{**named, **headers})


def identifiants(account: Account, service: str = "25", **changes: str | None) -> bytes:
    """The body of an authentication. A change to None leaves the field out."""
    values: dict[str, str | None] = {
        "siret": account.siret,
        "nom": account.nom,
        "prenom": account.prenom,
        "motdepasse": account.motdepasse,
        "service": service,
        **changes,
    }
    root = etree.Element("identifiants")
    for name, value in values.items():
        if value is not None:
            etree.SubElement(root, name).text = value
    return bytes(etree.tostring(root))


def idflux_of(reply: Reply) -> str:
    """The idflux of a receipt in XML."""
    found = reply.xml.findtext("envoi/envoi_identification/idflux")
    assert isinstance(found, str)
    return found


def on_behalf(token: str, account: Account | None, raw: str | None = None) -> str:
    """The Authorization of a concentrateur, for a déclarant; `raw` replaces the base64."""
    if account is None and raw is None:
        return f"DSNLogin concentrateur={token}"
    declarant = raw if raw is not None else base64.b64encode(";".join(account.identity).encode()).decode()  # type: ignore[union-attr]
    return f"DSNLogin concentrateur={token},declarant={declarant}"
