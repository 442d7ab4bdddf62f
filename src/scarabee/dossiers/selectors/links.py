"""What the pages of an employer and of an employee lead to in other apps, each with how much of it there is.

Dossiers know nothing of rates and anomalies: an app adds its functions in `AppConfig.ready()`.
"""

from collections.abc import Callable
from typing import NamedTuple

from scarabee.dossiers.models import Employee, Employer
from scarabee.maintenance.journal import Actor


class Link(NamedTuple):
    """A button of the page. `figure`: what is told beside the label; 0 for nothing."""

    label: str
    icon: str
    url: str
    figure: int = 0


OF_EMPLOYER: list[Callable[[Actor, Employer], list[Link]]] = []
OF_EMPLOYEE: list[Callable[[Actor, Employee], list[Link]]] = []


def of_employer(actor: Actor, employer: Employer) -> list[Link]:
    """The links of an employer's pages."""
    return [link for tell in OF_EMPLOYER for link in tell(actor, employer)]


def of_employee(actor: Actor, employee: Employee) -> list[Link]:
    """The links of an employee's page."""
    return [link for tell in OF_EMPLOYEE for link in tell(actor, employee)]
