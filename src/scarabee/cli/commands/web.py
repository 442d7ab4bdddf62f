"""Serve the pages, and nothing else: what an installation as a service runs, beside workers and clocks."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "servir les pages, sur le réseau s’il le faut (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.launcher import DEFAULT_PORT, LOOPBACK

    told = os.environ.get
    parser.add_argument(
        "--adresse",
        metavar="ADRESSE",
        default=told("SCARABEE_ADRESSE") or LOOPBACK,
        help=f"adresse IP où écouter (SCARABEE_ADRESSE, sinon {LOOPBACK} : cette machine seulement)",
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="PORT",
        default=told("SCARABEE_PORT") or DEFAULT_PORT,
        help=f"port où écouter (SCARABEE_PORT, sinon {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--processus",
        type=int,
        metavar="N",
        default=told("SCARABEE_PROCESSUS") or 1,
        help="processus qui répondent côte à côte (SCARABEE_PROCESSUS, sinon 1)",
    )
    parser.add_argument(
        "--certificat",
        type=Path,
        metavar="FICHIER",
        default=told("SCARABEE_CERTIFICAT") or None,
        help="certificat TLS et sa chaîne, au format PEM (SCARABEE_CERTIFICAT)",
    )
    parser.add_argument(
        "--cle",
        type=Path,
        metavar="FICHIER",
        default=told("SCARABEE_CLE_CERTIFICAT") or None,
        help="clé du certificat, au format PKCS#8 (SCARABEE_CLE_CERTIFICAT)",
    )


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Serve until told to stop; refused when it could not be done safely."""
    from scarabee.cli import serving
    from scarabee.maintenance import logs

    listening = serving.Listening(args.adresse, args.port, max(1, args.processus), args.certificat, args.cle)
    serving.require_servable(listening)
    logs.catch_crashes()
    out.info(f"Scarabée sert ses pages à l’adresse {listening.base}/ ; Ctrl-C arrête.")
    serving.serve(listening)
    out.info("Scarabée ne sert plus ses pages. Tout est enregistré.")
    return 0
