"""Where the services of each portal stand, and the service codes they know (api-dsn §2 and §4.1)."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from scarabee.netentreprises.credentials import Regime

PRODUCTION, TEST = "production", "test"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The base addresses (scheme and host, no final slash) of the services of one régime."""

    deposit: str
    consultation: str
    download: str


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal. `name`: "production", "test", or the base address of a bouchon such as "http://127.0.0.1:8700"."""

    name: str
    authentication: str
    general: Hosts
    agricole: Hosts
    service_codes: tuple[str, str] = ("25", "26")

    def deposit(self, regime: Regime) -> str:
        """The base address to deposit at."""
        return self._hosts(regime).deposit

    def consultation(self, regime: Regime) -> str:
        """The base address of the listings."""
        return self._hosts(regime).consultation

    def download(self, regime: Regime) -> str:
        """The base address to download returns from."""
        return self._hosts(regime).download

    def service_code(self, regime: Regime) -> str:
        """What `service` must say at authentication: 25 or 26, on the test portal 97 or 94."""
        return self.service_codes[0 if regime is Regime.GENERAL else 1]

    @property
    def downloads(self) -> frozenset[str]:
        """Every base address that a download may come from."""
        return frozenset({self.general.download, self.agricole.download})

    @property
    def is_official(self) -> bool:
        """Whether this is the portal itself, production or test, and not a bouchon."""
        return self.name in _OFFICIAL

    @property
    def is_loopback(self) -> bool:
        """Whether every service is on this machine."""
        return not self.is_official and is_loopback(urlsplit(self.name).hostname or "")

    def _hosts(self, regime: Regime) -> Hosts:
        return self.general if regime is Regime.GENERAL else self.agricole


# The consultation host of the agricultural test portal follows the pattern of the others: no source shows it.
_OFFICIAL = {
    PRODUCTION: Portal(
        PRODUCTION,
        "https://services.net-entreprises.fr",
        Hosts(
            "https://depot.dsnrg.net-entreprises.fr",
            "https://consultation.dsnrg.net-entreprises.fr",
            "https://telechargement.dsnrg.net-entreprises.fr",
        ),
        Hosts(
            "https://depot.dsnra.net-entreprises.fr",
            "https://consultation.dsnra.net-entreprises.fr",
            "https://telechargement.dsnra.net-entreprises.fr",
        ),
    ),
    TEST: Portal(
        TEST,
        "https://test-services.net-entreprises.fr",
        Hosts(
            "https://depot-edit.dsnrg.net-entreprises.fr",
            "https://consultation-edit.dsnrg.net-entreprises.fr",
            "https://telechargement-edit.dsnrg.net-entreprises.fr",
        ),
        Hosts(
            "https://depot-formation.dsnra.net-entreprises.fr",
            "https://consultation-formation.dsnra.net-entreprises.fr",
            "https://telechargement-formation.dsnra.net-entreprises.fr",
        ),
        ("97", "94"),
    ),
}
_OFFICIAL_DOMAINS = ("net-entreprises.fr", "msa.fr")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def portal_named(name: str) -> Portal:
    """The portal of this name: "production", "test", or a base address, plain HTTP only on the loopback.

    Two spellings of one address give the same portal. Raises ValueError, in French, for anything else.
    """
    if official := _OFFICIAL.get(name):
        return official
    base = _base_address(name)
    hosts = Hosts(base, base, base)
    return Portal(base, base, hosts, hosts)


def is_loopback(host: str) -> bool:
    """Whether this host (no port, no brackets) can only be this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base_address(name: str) -> str:
    parts, port = _split(name)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _DEFAULT_PORTS or not _is_host(host):
        raise ValueError(f"« {name[:80]} » n’est ni « production », ni « test », ni une adresse http:// ou https://.")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment or "?" in name:
        raise ValueError(f"« {host} » : l’adresse d’un bouchon s’arrête après son port, comme http://127.0.0.1:8700.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"« {host} » : une adresse http:// n’est permise que sur cet ordinateur ; prenez https://.")
    if any(host == domain or host.endswith(f".{domain}") for domain in _OFFICIAL_DOMAINS):
        raise ValueError(f"« {host} » est le vrai portail : il se nomme « production » ou « test », pas par adresse.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}")


def _split(name: str) -> tuple[SplitResult, int | None]:
    """The parts of the address and its port."""
    try:
        if not name.isascii() or not name.isprintable() or " " in name or "\\" in name:
            raise ValueError
        parts = urlsplit(name)
        return parts, parts.port
    except ValueError:
        raise ValueError(f"« {name[:80]} » n’est pas une adresse lisible.") from None


def _is_host(host: str) -> bool:
    """Whether this is an IP address or a name made of letters, digits, hyphens and dots."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and all(label and label.replace("-", "").isalnum() for label in host.split("."))
    return True
