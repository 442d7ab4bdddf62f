"""The worker: does the long jobs that screens and commands put in the queue, and deposits what is planned."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "exécuter les travaux de la file d’attente et les dépôts prévus (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--une-fois", action="store_true", help="faire ce qui attend, puis sortir")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Run until told to stop, or until the queue is empty and nothing is due with --une-fois."""
    from scarabee.cli import portal_work, queue_work, sweeping
    from scarabee.maintenance import logs, window, work
    from scarabee.maintenance.health import beating
    from scarabee.maintenance.health.beating import Kind

    if not args.une_fois:
        logs.catch_crashes()
        sweeping.sweep_in_the_background()
        try:
            with portal_work.beside():
                queue_work.until_told_to_stop()
        finally:
            beating.stop(Kind.WORKER)
        return 0
    with work.unit() as may:
        if not may:
            raise window.refusal(window.current())
        sweeping.sweep_once()
        queue_work.until_empty()
        portal_work.do_once()
    return 0
