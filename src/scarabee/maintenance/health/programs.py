"""What runs, with which settings, and under which certificate."""

import os
import platform
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

from scarabee import __version__
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.health.checks import Check, Found, error, ok, warning

RENEW_BEFORE = timedelta(days=21)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def versions() -> Found:
    """Which programs these are."""
    from importlib.metadata import version

    python = ".".join(map(str, sys.version_info[:3]))
    machine = f"{platform.system()} {platform.release()}"
    told = f"Scarabée {__version__}, Python {python}, Django {django.__version__}, Granian {version('granian')}"
    return ok(f"{told}, {machine}.")


def way_of_serving() -> Found:
    """Who can come, under which names, and whether what goes between is encrypted."""
    if not settings.SERVICE:
        return ok("Monoposte : les pages ne sont servies qu’à cette machine.")
    hosts = ", ".join(host for host in settings.ALLOWED_HOSTS if host not in _LOOPBACK)
    certificate, key = os.environ.get("SCARABEE_CERTIFICAT", ""), os.environ.get("SCARABEE_CLE_CERTIFICAT", "")
    if certificate and key:
        return _certificate(Path(certificate), Path(key), hosts)
    if settings.TRUSTED_PROXIES:
        return ok(f"Réseau ({hosts}), derrière un serveur mandataire de confiance qui chiffre.")
    return error(
        f"Réseau ({hosts}), sans certificat ni serveur mandataire de confiance : « scarabee web » ne servira rien.",
        "Donnez SCARABEE_CERTIFICAT et SCARABEE_CLE_CERTIFICAT, ou SCARABEE_PROXY.",
    )


def _certificate(path: Path, key: Path, hosts: str) -> Found:
    from scarabee.maintenance import certificates  # reads them with a library that is long to load

    try:
        shown = certificates.read(path, key)
    except Refusal as refused:
        return error(refused.message, refused.remedy)
    left = shown.ends_at - now()
    if left <= timedelta(0):
        return error("Le certificat est périmé : les navigateurs le refusent.", "Renouvelez-le.")
    if left < RENEW_BEFORE:
        return warning(f"Le certificat se périme dans {left.days} j.", "Renouvelez-le, puis rechargez scarabee-web.")
    uncovered = [host for host in hosts.split(", ") if not shown.covers(host)]
    if uncovered:
        return warning(
            f"Le certificat ne vaut pas pour {', '.join(uncovered)} : les navigateurs avertiront.",
            "Demandez un certificat pour ce nom, ou retirez-le de SCARABEE_HOTES.",
        )
    return ok(f"Réseau ({hosts}), certificat valable encore {left.days} j.")


CHECKS = (
    Check("versions", "Versions", versions),
    Check("service", "Réseau et chiffrement", way_of_serving),
)
