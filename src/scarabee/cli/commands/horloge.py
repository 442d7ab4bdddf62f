"""The clock: once a minute, does what is due. Any number of clocks may run."""

import argparse
import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "faire ce qui est dû, chaque minute : la vérification du matin (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True
TICK_SECONDS = 60

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--une-fois", action="store_true", help="faire ce qui est dû maintenant, puis sortir")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Tick until told to stop, or once with --une-fois."""
    from django.db import DatabaseError, connection

    from scarabee.accounts.portal import morning
    from scarabee.filings.services import rounds
    from scarabee.web.templatetags.scarabee import counted

    if args.une_fois:
        rounds.local_round()
        count = morning.run_due()
        nouns = "compte Net-Entreprises vérifié,comptes Net-Entreprises vérifiés"
        out.info(f"{counted(count, nouns)}." if count else "Rien n’était dû.")
        return 0
    pause = threading.Event()
    while True:
        try:
            rounds.local_round()
            morning.run_due()
        except (DatabaseError, OSError) as error:  # busy or away: asked again at the next tick
            logger.warning("Tick put off: %s", type(error).__name__)
        connection.close()
        pause.wait(TICK_SECONDS)
