"""Which rate is in force for whom on a day of payment (retours §5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.dossiers.services.declaring import HIDDEN
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services.validity import identifier_of

PERSONALISED = "01"
"""S21.G00.50.007 of a rate that the DGFiP transmitted; 13, 23 or 33, by the tax domicile, for the default grid."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What the newest applied CRM says for a day. `rate` None: the DGFiP gives none, the default grid applies.

    `crm`: the identifier to declare in S21.G00.50.008 with a rate, "" without one.
    """

    pas_rate_id: int
    rate: Decimal | None
    crm: str
    available_on: date
    valid_until: date
    future_rate: Decimal | None
    future_from: date | None

    @property
    def type(self) -> str:
        """S21.G00.50.007 when it is a personalised rate, "" for the default grid."""
        return "" if self.rate is None else PERSONALISED


def in_force_of(row: PasRate, on: date) -> Rate:
    """What an applied rate says for a day: a future rate counts from its first day on."""
    has_changed = row.future_from is not None and on >= row.future_from
    rate = row.future_rate if has_changed else row.rate
    crm = "" if rate is None else identifier_of(row.crm)
    future = (None, None) if has_changed else (row.future_rate, row.future_from)
    return Rate(row.pk, rate, crm, row.available_on, row.valid_until, *future)


def rate_in_force(employee_id: int, on: date) -> Rate | None:
    """What counts for a person on a day of payment; None when no applied CRM is valid on that day."""
    return _newest(PasRate.objects.filter(employee_id=employee_id), on).get(employee_id)


def rates_in_force(employer_ids: Collection[int], on: date) -> dict[int, Rate]:
    """{employee: what counts for him on a day of payment} for those with an applied CRM valid on that day."""
    found: dict[int, Rate] = {}
    for some in chunks(sorted(employer_ids)):
        found.update(_newest(PasRate.objects.filter(employer_id__in=some), on))
    return found


def history(*, actor: Actor, employee: Employee) -> QuerySet[PasRate]:
    """Every rate a person ever received, the newest first."""
    return PasRate.objects.visible_to(actor).filter(employee=employee).select_related("item", "act")


def _newest(rows: QuerySet[PasRate], on: date) -> dict[int, Rate]:
    valid = rows.filter(state=RateState.APPLIED, available_on__lte=on, valid_until__gte=on)
    oldest_first = valid.order_by("available_on", "pk")
    newest = {row.employee_id: row for row in oldest_first.iterator(chunk_size=4000)}
    return {employee: in_force_of(row, on) for employee, row in newest.items()}


def held_elsewhere(*, actor: Actor, employer: Employer) -> str:
    """That the rates of a copy are kept by the dossier that declares its SIRET; "" for the one that does."""
    if employer.declaring:
        return ""
    keeper = Dossier.objects.filter(employers__siret=employer.siret, employers__declaring=True)
    seen = keeper.filter(pk__in=Dossier.objects.visible_to(actor).values("pk")).first()
    return f"taux tenus par le dossier « {seen.name} »" if seen else f"taux tenus par {HIDDEN}"


def unplaced_sirets(item: Return) -> list[str]:
    """The establishments a CRM is about that no dossier declares: their rates came to nobody."""
    sirets = sorted(set(item.abouts.values_list("siret", flat=True)) or ({item.siret} - {""}))
    declared = set(Employer.objects.filter(siret__in=sirets, declaring=True).values_list("siret", flat=True))
    return [siret for siret in sirets if siret not in declared]
