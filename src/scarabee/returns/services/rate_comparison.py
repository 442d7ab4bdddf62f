"""Nature 95, « taux sur taux »: the rates that were declared beside those that the CRM gave (retours §5).

The DGFiP says only which declared rate is none of its own: the one it expected is found in the CRM received.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee
from scarabee.netentreprises.documents import Anomaly, Person, texts
from scarabee.returns.models import PasRate
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


def not_applied(anomalies: Iterable[Anomaly], people: Mapping[Person, Employee]) -> list[NotApplied]:
    """The declared rates of a nature 95, each beside what the CRM gave. `people`: who is recognised. One query."""
    told = [one for one in anomalies if _told(one, RATE)]
    known = [people.get(one.person) if one.person else None for one in told]
    rates: dict[int, list[PasRate]] = {}
    for some in chunks(sorted({one.pk for one in known if one})):
        for rate in PasRate.objects.filter(employee__in=some).order_by("-available_on", "-pk"):
            rates.setdefault(rate.employee_id, []).append(rate)
    return [
        _compared(one, employee, rates.get(employee.pk, []) if employee else [])
        for one, employee in zip(told, known, strict=True)
    ]


def _compared(anomaly: Anomaly, employee: Employee | None, rates: Iterable[PasRate]) -> NotApplied:
    day = texts.calendar_day(_told(anomaly, PAID_ON))
    valid = [one for one in rates if day and one.available_on <= day <= one.valid_until]
    return NotApplied(
        siret=anomaly.siret,
        employee=employee,
        declared=texts.number(_told(anomaly, RATE)),
        amount=texts.number(_told(anomaly, AMOUNT)),
        paid_on=day,
        payment=_told(anomaly, PAYMENT),
        valid=tuple(in_force_of(one, day) for one in valid) if day else (),
    )


def _told(anomaly: Anomaly, rubrique: str) -> str:
    return next((one.declared for one in anomaly.data if one.rubrique == rubrique), "")
