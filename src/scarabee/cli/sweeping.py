"""What a worker looks after every minute, beside its queue: work that stopped, files and contents left behind.

Any number of workers may do it at the same moment (engineering §2, law 5).
"""

import itertools
import logging
import threading
from contextlib import suppress

from django.db import DatabaseError, connection

from scarabee.maintenance import presence, work
from scarabee.maintenance.health import beating
from scarabee.maintenance.health.beating import Kind
from scarabee.maintenance.versions import OlderVersion

SWEEP_SECONDS = 60
SWEEPS_BETWEEN_CONTENTS = 360
"""Contents that nothing points at are looked for every six hours: it reads every pointer."""

logger = logging.getLogger(__name__)


def sweep_once() -> None:
    """Ring again for what stopped half-way, and tidy up. A database that is busy is asked again next time."""
    from scarabee.accounts.portal import connection_tests
    from scarabee.accounts.services import sessions
    from scarabee.backups import writing
    from scarabee.dossiers.services import import_runs, sweep, uploads
    from scarabee.privacy import settling
    from scarabee.transfers.services import execution

    try:
        import_runs.resume_stale_imports()
        execution.close_interrupted()
        uploads.sweep()
        sweep.sweep_packages()
        sessions.sweep_sessions()
        connection_tests.forget_old()
        presence.forget_old()
        writing.sweep_interrupted()
        settling.settle(at_leisure=True)
    except (DatabaseError, OSError) as error:
        logger.warning("Sweep put off: %s", type(error).__name__)


def sweep_contents_once() -> None:
    """Remove the contents that no row points at any more."""
    from scarabee.dossiers.services import sweep

    try:
        sweep.sweep_contents()
    except DatabaseError as error:
        logger.warning("Sweep of contents put off: %s", type(error).__name__)


def sweep_in_the_background() -> None:
    """Sweep now, then every minute for as long as this process lives."""
    threading.Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()


def _sweep_for_ever() -> None:
    pause = threading.Event()
    for number in itertools.count():
        beating.beat(Kind.WORKER)
        with suppress(OlderVersion), work.unit() as may:
            if may:
                sweep_once()
                if number % SWEEPS_BETWEEN_CONTENTS == 1:
                    sweep_contents_once()
        connection.close()
        pause.wait(SWEEP_SECONDS)
