"""Work for the background: each task takes a number and calls the service that knows what to do with it."""

from django.tasks import task

from scarabee.filings.services import intake


@task
def treat_batch(batch_id: int) -> None:
    intake.treat(batch_id)
