"""Nature 95, « taux sur taux »: the rates that were declared beside those that the CRM gave (retours §5).

The DGFiP says only which declared rate is none of its own: the one it expected is found in the CRM received.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from scarabee.dossiers import contents
from scarabee.dossiers.models import Employee, Employer, Identifier
from scarabee.dsn.identifiers import matching_nir
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import Anomaly, texts
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services.rate_lists import Rate, in_force_of

RATE, AMOUNT, PAID_ON, PAYMENT = "S21.G00.50.006", "S21.G00.50.009", "S21.G00.50.001", "S21.G00.50.003"


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A declared rate that the DGFiP did not give. `valid`: what the CRM gave for that day, the newest first.

    `employee` None: nobody here is recognised; `paid_on` None: the return tells no day that can be read.
    """

    siret: str
    employee: Employee | None
    declared: Decimal | None
    amount: Decimal | None
    paid_on: date | None
    payment: str
    valid: tuple[Rate, ...]

    @property
    def expected(self) -> Rate | None:
        """What the newest CRM valid on that day says; None when there was none: the default grid."""
        return self.valid[0] if self.valid else None

    @property
    def words(self) -> str:
        """What the comparison shows, and what to do."""
        if self.employee is None or self.paid_on is None:
            return "Personne non reconnue dans ce dossier, ou date illisible : comparez à la main."
        if any(one.rate is not None and one.rate == self.declared for one in self.valid):
            return "Le taux déclaré est celui d’un CRM valable ce jour-là : vérifiez l’identifiant déclaré (50.008)."
        if self.expected is None or self.expected.rate is None:
            return "Aucun CRM ne donnait de taux ce jour-là : le barème non personnalisé s’appliquait."
        crm = self.expected.crm or "sans identifiant"
        return f"Taux attendu : {self.expected.rate} % (CRM {crm}). Si l’erreur est la vôtre, régularisez (bloc 56)."


def not_applied(item: Return) -> list[NotApplied]:
    """The declared rates of a nature 95, each beside what the CRM gave; only for the dossier that declares.

    Raises Unreadable when its newest version cannot be read.
    """
    newest = item.versions.order_by("-pk").first()
    if newest is None:
        return []
    document = documents.read(contents.load([newest.content_id])[newest.content_id], nature=item.nature)
    return [_compared(one) for one in document.anomalies if _told(one, RATE)]


def _compared(anomaly: Anomaly) -> NotApplied:
    employee = _employee(anomaly)
    paid_on = texts.calendar_day(_told(anomaly, PAID_ON))
    return NotApplied(
        siret=anomaly.siret,
        employee=employee,
        declared=texts.number(_told(anomaly, RATE)),
        amount=texts.number(_told(anomaly, AMOUNT)),
        paid_on=paid_on,
        payment=_told(anomaly, PAYMENT),
        valid=_valid(employee, paid_on) if employee and paid_on else (),
    )


def _told(anomaly: Anomaly, rubrique: str) -> str:
    return next((one.declared for one in anomaly.data if one.rubrique == rubrique), "")


def _employee(anomaly: Anomaly) -> Employee | None:
    person = anomaly.person
    employer = Employer.objects.filter(siret=anomaly.siret, declaring=True).first()
    if person is None or employer is None:
        return None
    for kind, value in ((Identifier.Kind.NIR, matching_nir(person.nir)), (Identifier.Kind.NTT, person.ntt)):
        held = Identifier.objects.filter(employer=employer, kind=kind, value=value) if value else None
        if held and (found := Employee.objects.filter(pk__in=held.values("employee_id")).first()):
            return cast(Employee, found)
    return None


def _valid(employee: Employee, day: date) -> tuple[Rate, ...]:
    rows = PasRate.objects.filter(employee=employee, available_on__lte=day, valid_until__gte=day)
    return tuple(in_force_of(row, day) for row in rows.order_by("-available_on", "-pk"))
