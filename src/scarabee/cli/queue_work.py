"""The queue of long jobs, one at a time: none is taken while Scarabée is closed, so that it waits for its end only."""

import logging
import time

from django.utils.crypto import get_random_string
from django_tasks_db.compat import TASKS_LOGGER
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from scarabee.maintenance import work

POLL_SECONDS = 1.0


class _Queue(Worker):
    """The worker of the library, which takes one job at each `run()`."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            max_tasks=1,
            backend_name="default",
            startup_delay=False,
            worker_id=get_random_string(32),
        )
        self.has_run = False

    def run_task(self, db_task_result: DBTaskResult[..., object]) -> None:
        self.has_run = True
        super().run_task(db_task_result)

    def take_one(self) -> bool:
        """Do the next job; False when none waits."""
        self.has_run = False
        self.run()
        return self.has_run


def until_empty() -> None:
    """Do the jobs that wait, in the unit of work of the caller."""
    queue = _quiet_queue()
    while queue.running and queue.take_one():
        pass


def until_told_to_stop() -> None:
    """Do the jobs as they come. Raises OlderVersion when a newer version has worked on the data."""
    queue = _quiet_queue()
    while queue.running:
        with work.unit() as may:
            found = may and queue.take_one()
        if not found:
            time.sleep(POLL_SECONDS)


def _quiet_queue() -> _Queue:
    for name in ("django_tasks_db", TASKS_LOGGER):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    queue = _Queue()
    queue.configure_signals()
    return queue
