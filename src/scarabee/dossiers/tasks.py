"""Work for the background: each task takes a number and calls the service that knows what to do with it."""

from django.tasks import task

from scarabee.dossiers.services import import_runs, import_surveys


@task
def run_import(act_id: int) -> None:
    import_runs.run(act_id)


@task
def survey_import(act_id: int) -> None:
    import_surveys.survey_files(act_id)
