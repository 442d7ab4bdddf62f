"""What the environment says, checked as Scarabée starts: a wrong value ends in one sentence that names the variable.

Every function raises ImproperlyConfigured, in French; the commands turn it into exit code 2.
"""

import os
import re
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.exceptions import ImproperlyConfigured

HOSTS, PROXIES, LOG_STYLE, LOG_LEVEL = "SCARABEE_HOTES", "SCARABEE_PROXY", "SCARABEE_JOURNAUX", "SCARABEE_NIVEAU"
LOG_STYLES = ("texte", "json")
LOG_LEVELS = {"erreur": "ERROR", "avertissement": "WARNING", "info": "INFO"}
"""Nothing below: details hold the values of forms and of SQL."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)


def hosts() -> list[str]:
    """The host names that people type, from SCARABEE_HOTES: one at least, each whole, without scheme or port."""
    found = _listed(HOSTS)
    if not found:
        raise ImproperlyConfigured(
            f"{HOSTS} manque : donnez-lui les noms que l’on tape pour venir ici, comme « paie.exemple.fr », "
            "séparés par des virgules."
        )
    for host in found:
        if not _is_host(host):
            raise ImproperlyConfigured(
                f"{HOSTS} : « {host[:80]} » n’est pas un nom d’hôte. Écrivez le nom seul, sans https://, sans port et "
                "sans étoile, comme « paie.exemple.fr »."
            )
    return found


def proxies() -> list[str]:
    """The addresses of the proxies that are believed, from SCARABEE_PROXY: IP addresses or networks; may be empty."""
    found = _listed(PROXIES)
    for address in found:
        try:
            ip_network(address)
        except ValueError:
            raise ImproperlyConfigured(
                f"{PROXIES} : « {address[:80]} » n’est ni une adresse IP ni un réseau. Écrivez par exemple "
                "« 127.0.0.1 » ou « 10.0.0.0/24 »."
            ) from None
    return found


def log_style() -> str:
    """How logs are written, from SCARABEE_JOURNAUX: one of LOG_STYLES."""
    return _one_of(LOG_STYLE, LOG_STYLES)


def log_level() -> str:
    """The level of logging from which logs are written, from SCARABEE_NIVEAU: one of the values of LOG_LEVELS."""
    return LOG_LEVELS[_one_of(LOG_LEVEL, tuple(LOG_LEVELS), usual="avertissement")]


def _one_of(name: str, allowed: tuple[str, ...], usual: str = "") -> str:
    value = os.environ.get(name, "").strip().lower() or usual or allowed[0]
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} : « {value[:80]} » est inconnu. Choisissez parmi {', '.join(allowed)}.")
    return value


def _listed(name: str) -> list[str]:
    return [each.strip() for each in os.environ.get(name, "").split(",") if each.strip()]


def _is_host(host: str) -> bool:
    try:
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        return isinstance(ip_address(bare), IPv6Address) == (bare != host)
    except ValueError:
        return _NAME.fullmatch(host) is not None
