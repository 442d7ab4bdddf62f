"""The worker: does the long jobs that screens and commands put in the queue, and deposits what is planned."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "exécuter les travaux de la file d’attente et les dépôts prévus (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--une-fois", action="store_true", help="faire ce qui attend, puis sortir")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Run until told to stop, or until the queue is empty and nothing is due with --une-fois."""
    from django.core.management import call_command

    from scarabee.cli import portal_work, sweeping

    def work(*, batch: bool) -> None:
        call_command("db_worker", queue_name="*", batch=batch, reload=False, startup_delay=False, verbosity=0)

    if args.une_fois:
        sweeping.sweep_once()
        work(batch=True)
        portal_work.do_once()
    else:
        sweeping.sweep_in_the_background()
        with portal_work.beside():
            work(batch=False)
    return 0
