"""What filings look after in the diagnostic: the e-mail, and the work that waits.

The app loads this module at each start: what it checks is imported when it is asked for.
"""

from datetime import timedelta

from scarabee.maintenance.clock import now
from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok, warning

LONG = timedelta(minutes=15)


def mail() -> Found:
    """Are the settings of the e-mail written right? Nothing is sent."""
    from scarabee.filings import notices

    if not notices.is_configured():
        return ok("Aucun courriel n’est demandé.")
    problem = notices.why_unusable()
    return error(problem.message, problem.remedy) if problem else ok("Les réglages du courriel sont bien écrits.")


def queue() -> Found:
    """Does the work that was asked for begin?"""
    from django_tasks_db.models import DBTaskResult

    waiting = DBTaskResult.objects.ready().filter(enqueued_at__lt=now() - LONG).count()
    if waiting:
        minutes = LONG // timedelta(minutes=1)
        return warning(f"{waiting} travaux attendent depuis plus de {minutes} min.", "Lancez un travailleur de plus.")
    return ok("Aucun travail n’attend depuis longtemps.")


CHECKS = (
    Check("courriel", "Courriel", mail),
    Check("file", "File d’attente", queue, needs=SCHEMA),
)
