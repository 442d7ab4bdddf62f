"""The web server itself (granian), on the loopback or on the network."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from scarabee.maintenance.errors import Refusal

THREADS = 4
"""Requests that one process answers at the same moment; each holds a connection to the database."""
STOP_SECONDS = 12
_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, with how many processes, over TLS when both files are named."""

    address: str
    port: int
    processes: int = 1
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can come."""
        try:
            return ip_address(self.address).is_loopback
        except ValueError:
            return self.address in _LOOPBACK_NAMES

    @property
    def base(self) -> str:
        """The address of the pages, as a browser on this machine would type it."""
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.certificate else 'http'}://{shown}:{self.port}"


def require_servable(listening: Listening) -> None:
    """Raise `Refusal` for what would send passwords in clear over a network, or could not let anybody sign in."""
    from django.conf import settings

    from scarabee.maintenance import certificates

    if (listening.certificate is None) != (listening.key is None):
        raise _refusal("le certificat et sa clé vont ensemble, et l’un des deux manque", "Donnez les deux, ou aucun.")
    if listening.certificate and listening.key:
        certificates.read(listening.certificate, listening.key)
    if not listening.is_local and not settings.SERVICE:
        raise _refusal(
            "une adresse du réseau demande les réglages de serveur",
            "Donnez à DJANGO_SETTINGS_MODULE la valeur scarabee.settings.server (voir docs/admin/reseau.md), "
            "ou écoutez sur 127.0.0.1.",
        )
    if settings.SERVICE and not listening.certificate and not settings.TRUSTED_PROXIES:
        raise _refusal(
            "il n’y a ni certificat, ni serveur mandataire de confiance, et les mots de passe passeraient en clair",
            "Donnez SCARABEE_CERTIFICAT et SCARABEE_CLE_CERTIFICAT, ou SCARABEE_PROXY (voir docs/admin/reseau.md).",
        )


def serve(listening: Listening) -> None:
    """Serve until SIGTERM or Ctrl-C. On SIGHUP the processes are renewed one by one, and read the certificate again.

    A process that dies is renewed. Raises SystemExit(1) when they keep dying.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from scarabee.maintenance import logs
    from scarabee.settings import environment

    logging = logs.configuration(style=environment.log_style(), level=environment.log_level())
    Granian(
        "scarabee.web.wsgi:application",
        address=listening.address,
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=listening.processes,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        log_dictconfig={**logging, "loggers": {"_granian": {"handlers": ["console"], "propagate": False}}},
        ssl_cert=listening.certificate,
        ssl_key=listening.key,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
        process_name=None,
    ).serve()


def _refusal(why: str, remedy: str) -> Refusal:
    return Refusal(f"Scarabée ne sert pas ses pages : {why}.", safe="Rien n’est servi.", remedy=remedy)
