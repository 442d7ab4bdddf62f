"""The clock: once a minute, does what is due. Any number of clocks may run."""

import argparse
import logging
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "faire ce qui est dû, chaque minute : la vérification du matin (« demarrer » s’en charge d’ordinaire)"
FOR_ADMINISTRATOR = True
GATED = False
TICK_SECONDS = 60

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--une-fois", action="store_true", help="faire ce qui est dû maintenant, puis sortir")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Tick until told to stop, or once with --une-fois."""
    from django.db import DatabaseError, connection

    from scarabee.maintenance import logs, window, work
    from scarabee.maintenance.health import beating
    from scarabee.maintenance.health.beating import Kind
    from scarabee.web.templatetags.scarabee import counted

    if args.une_fois:
        with work.unit() as may:
            if not may:
                raise window.refusal(window.current())
            count = _tick()
        nouns = "compte Net-Entreprises vérifié,comptes Net-Entreprises vérifiés"
        out.info(f"{counted(count, nouns)}." if count else "Rien n’était dû.")
        return 0
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    logs.catch_crashes()
    while not stop.is_set():
        try:
            with work.unit() as may:
                if may:
                    _tick()
        except (DatabaseError, OSError) as error:  # busy or away: asked again at the next tick
            logger.warning("Tick put off: %s", type(error).__name__)
        beating.beat(Kind.CLOCK)
        connection.close()
        stop.wait(TICK_SECONDS)
    beating.stop(Kind.CLOCK)
    return 0


def _tick() -> int:
    """Do what is due; how many accounts of the portal were verified."""
    from scarabee.accounts.portal import morning
    from scarabee.backups import anchors, schedule
    from scarabee.filings.services import rounds
    from scarabee.returns.services import treating

    rounds.local_round()
    rounds.noted("treat", treating.treat_waiting)
    verified = morning.run_due()
    anchors.note_head()
    rounds.noted("backup", schedule.run_due)
    return verified
