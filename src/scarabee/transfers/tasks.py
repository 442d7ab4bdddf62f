"""Work for the background: a task takes a number and calls the service that knows what to do with it."""

from django.tasks import task

from scarabee.transfers.services import execution


@task
def run_transfer(number: int) -> None:
    execution.run(number)
