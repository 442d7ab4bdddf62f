"""What a worker looks after every minute, beside its queue: imports that stopped, files left behind.

Any number of workers may do it at the same moment (engineering §2, law 5).
"""

import logging
import threading

from django.db import DatabaseError, connection

SWEEP_SECONDS = 60

logger = logging.getLogger(__name__)


def sweep_once() -> None:
    """Ring again for what stopped half-way, and tidy up. A database that is busy is asked again next time."""
    from scarabee.dossiers.services import import_runs, uploads

    try:
        import_runs.resume_stale_imports()
        uploads.sweep()
    except (DatabaseError, OSError) as error:
        logger.warning("Sweep put off: %s", type(error).__name__)


def sweep_in_the_background() -> None:
    """Sweep now, then every minute for as long as this process lives."""
    threading.Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()


def _sweep_for_ever() -> None:
    pause = threading.Event()
    while True:
        sweep_once()
        connection.close()
        pause.wait(SWEEP_SECONDS)
