"""The worker: does the long jobs that screens and commands put in the queue."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "exécuter les travaux de la file d’attente (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--une-fois", action="store_true", help="faire ce qui attend, puis sortir")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Run until told to stop, or until the queue is empty with --une-fois."""
    from django.core.management import call_command

    from scarabee.cli import sweeping

    if args.une_fois:
        sweeping.sweep_once()
    else:
        sweeping.sweep_in_the_background()
    call_command("db_worker", queue_name="*", batch=args.une_fois, reload=False, startup_delay=False, verbosity=0)
    return 0
