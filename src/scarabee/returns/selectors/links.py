"""What the pages of an employer and of an employee lead to: their anomalies that are open, their rates."""

from urllib.parse import urlencode

from django.urls import reverse

from scarabee.dossiers.models import Employee, Employer
from scarabee.dossiers.selectors.links import Link
from scarabee.maintenance.journal import Actor
from scarabee.returns.selectors.worklist import Asked, anomalies


def of_employer(actor: Actor, employer: Employer) -> list[Link]:
    """The anomalies of an employer, if some are open, and its rates where it is declared."""
    found = _anomalies(actor, Asked(employer=str(employer.pk)), {"employeur": employer.pk})
    if not employer.declaring:
        return found
    rates = reverse("returns:rates-in-force", args=[employer.dossier.uuid])
    return [*found, Link("Taux PAS", "receipt-percent", f"{rates}?{urlencode({'employeur': employer.pk})}")]


def of_employee(actor: Actor, employee: Employee) -> list[Link]:
    """The anomalies of a person, if some are open, and the history of the rates."""
    rates = Link("Taux PAS", "receipt-percent", reverse("returns:rate-history", args=[employee.pk]))
    return [*_anomalies(actor, Asked(employee=str(employee.pk)), {"salarie": employee.pk}), rates]


def _anomalies(actor: Actor, asked: Asked, query: dict[str, int]) -> list[Link]:
    count = anomalies(actor, asked).count()
    url = f"{reverse('returns:anomalies')}?{urlencode(query)}"
    return [Link("Anomalies", "exclamation-triangle", url, count)] if count else []
