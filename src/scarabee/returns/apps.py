from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from scarabee.accounts.leaving import Left
    from scarabee.accounts.models import User
    from scarabee.dossiers.models import Employee, Employer
    from scarabee.dossiers.selectors.links import Link
    from scarabee.filings.models import Filing
    from scarabee.maintenance.journal import Actor
    from scarabee.netentreprises.listings import ListedFlux


class ReturnsConfig(AppConfig):
    name = "scarabee.returns"
    verbose_name = "Retours et taux PAS"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.accounts import leaving
        from scarabee.dossiers.registry import RowKind, register
        from scarabee.dossiers.selectors import links
        from scarabee.dossiers.services import holds
        from scarabee.filings.services import listed
        from scarabee.maintenance import journal
        from scarabee.returns.journal_words import VALUES, WORDS
        from scarabee.returns.models import Anomaly, PasRate

        parents = {"employer_id": "employers", "employee_id": "employees"}
        register(RowKind("anomalies", Anomaly, "employer", parents, ("employer_id", "fingerprint"), True))
        register(RowKind("pas_rates", PasRate, "employee", parents, ("employee_id", "crm"), True))
        journal.describe(WORDS)
        for fact, words in VALUES.items():
            journal.describe_values(fact, words)
        listed.LISTENERS.append(_note_listed)
        holds.DECLARED.append(_note_declared)
        holds.PEOPLED.append(_note_peopled)
        holds.JOINED.append(_note_joined)
        leaving.LEFT.append(_left_by)
        links.OF_EMPLOYER.append(_links_of_employer)
        links.OF_EMPLOYEE.append(_links_of_employee)


def _note_listed(filing: "Filing", flux: "ListedFlux") -> None:
    from scarabee.returns.services import arrivals  # only once something is listed: every command starts with this

    arrivals.note_listed(filing, flux)


def _note_declared(sirets: Collection[str]) -> None:
    from scarabee.returns.services import taking_up

    taking_up.declared(sirets)


def _note_peopled(sirets: Collection[str]) -> None:
    from scarabee.returns.services import taking_up

    taking_up.peopled(sirets)


def _note_joined(kept_id: int, dropped_id: int) -> None:
    from scarabee.returns.services import joining

    joining.joined(kept_id, dropped_id)


def _left_by(actor: "Actor", user: "User", sent: Mapping[str, Any] | None) -> "Left | None":
    from scarabee.returns.selectors import leaving

    return leaving.left_by(actor, user, sent)


def _links_of_employer(actor: "Actor", employer: "Employer") -> "list[Link]":
    from scarabee.returns.selectors import links

    return links.of_employer(actor, employer)


def _links_of_employee(actor: "Actor", employee: "Employee") -> "list[Link]":
    from scarabee.returns.selectors import links

    return links.of_employee(actor, employee)
