"""Work for the background: a task takes a number and calls the service that knows what to do with it."""

from django.tasks import task

from scarabee.backups import jobs


@task
def run_job(number: int) -> None:
    jobs.run(number)
