"""Start Scarabée on this machine: the web server, the worker, and the first-start link when one is needed."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "démarrer Scarabée sur cette machine et ouvrir le navigateur (Ctrl-C pour arrêter)"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.launcher import add_address_arguments

    add_address_arguments(parser)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Serve until Ctrl-C; prints the address, and the first-start link while it is needed."""
    from django.conf import settings
    from django.urls import reverse

    from scarabee.accounts.services import first_start, users
    from scarabee.cli import launcher

    port = launcher.free_port(args.port)
    url = launcher.address(port)
    lines = [f"Scarabée est ouvert à l’adresse {url}", f"Données : {settings.DATA_FOLDER}"]
    users.ensure_administrator(actor=actor)
    if first_start.administrator_needs_password():
        token = first_start.create_first_start_link(actor=actor)
        url = launcher.address(port, reverse("accounts:first_start", args=[token]))
        lines += [
            "",
            "Premier démarrage : choisissez le mot de passe du compte Administrateur à cette adresse",
            "(valable quinze minutes, une seule fois, sur cette machine) :",
            f"  {url}",
        ]
    lines += ["", "Ctrl-C pour arrêter."]
    return launcher.supervise(port, lines, open_url="" if args.sans_navigateur else url)
