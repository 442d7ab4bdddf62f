"""Which rate is in force for whom on a day of payment, and who has none and why (retours §5)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import Max, Min, QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Contract, Declaration, Dossier, Employee, EmployeeMonth, Employer
from scarabee.dossiers.services.declaring import HIDDEN
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import OPEN_ANOMALIES, RateState
from scarabee.returns.models import Anomaly, PasRate, Return
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


class Lack(StrEnum):
    """Why somebody has no valid personalised rate."""

    WAITING = "taux reçu, à valider"
    NOT_RECOGNISED = "non reconnu par la DGFiP"
    NONE_GIVEN = "la DGFiP n’en donne pas"
    EXPIRED = "expiré"
    NO_CRM = "aucun CRM reçu pour cet employeur"
    NEW_HIRE = "nouvel embauché"
    NOT_LISTED = "absent des CRM reçus"


ADVICE = {
    Lack.WAITING: "Validez ou écartez le taux reçu.",
    Lack.NOT_RECOGNISED: "Corrigez son identité ou son adresse dans la prochaine DSN ; d’ici là, barème.",
    Lack.NONE_GIVEN: "Appliquez le barème : c’est normal.",
    Lack.EXPIRED: "Appliquez le barème jusqu’au prochain CRM.",
    Lack.NO_CRM: "Vérifiez que la DSN est acceptée et que le CRM est attendu.",
    Lack.NEW_HIRE: "Demandez son taux par le signalement d’amorçage des données variables (nature 08) ; sinon, barème.",
    Lack.NOT_LISTED: "Vérifiez qu’il figure dans la DSN ; d’ici là, barème.",
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """Somebody without a valid personalised rate. `expired_on`: the last day of the one he had."""

    employee: Employee
    reason: Lack
    expired_on: date | None = None

    @property
    def words(self) -> str:
        """The reason, as it is shown."""
        if self.expired_on:
            return f"expiré le {self.expired_on:%d/%m/%Y}"
        return self.reason.value

    @property
    def advice(self) -> str:
        """What to do."""
        return ADVICE[self.reason]


def without_valid_rate(
    *, actor: Actor, on: date, employer: Employer | None = None, dossier: Dossier | None = None
) -> list[Lacking]:
    """The people at work for an employer, or in a dossier, who have no personalised rate on a day, and why.

    Only where the dossier declares the employer. At work: in its newest month in force, their contract not ended.
    """
    employers = Employer.objects.visible_to(actor).filter(declaring=True)
    employers = employers.filter(pk=employer.pk) if employer else employers.filter(dossier=dossier)
    ids = list(employers.values_list("pk", flat=True))
    found: list[Lacking] = []
    for some in chunks(ids, 200):
        rated = rates_in_force(some, on)
        people = [pk for pk in _at_work(some, on) if pk not in rated or rated[pk].rate is None]
        found += _explained(people, rated, on)
    return sorted(found, key=lambda one: (one.employee.employer_id, one.employee.search_key, one.employee.pk))


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


def _at_work(employer_ids: Collection[int], on: date) -> list[int]:
    """The people of the newest month in force of each employer, and those whom no declaration tells of yet."""
    monthly = Declaration.objects.filter(employer_id__in=employer_ids, in_force=True, month__lte=f"{on:%Y-%m}")
    newest = monthly.exclude(month="").order_by().values_list("employer_id").annotate(month=Max("month"))
    people: set[int] = set()
    for employer_id, month in newest:
        told = EmployeeMonth.objects.filter(
            declaration__employer_id=employer_id, declaration__month=month, declaration__in_force=True
        )
        people.update(told.order_by().values_list("employee_id", flat=True))
    untold = Employee.objects.filter(employer_id__in=employer_ids, months=None).order_by()
    people.update(untold.values_list("pk", flat=True))
    return sorted(people - _gone(people, on))


def _gone(people: Collection[int], on: date) -> set[int]:
    """Those of whom every contract ended before the month of that day."""
    first = f"{on:%Y%m}01"
    ended: set[int] = set()
    staying: set[int] = set()
    for some in chunks(sorted(people)):
        for employee, end in Contract.objects.filter(employee_id__in=some).values_list("employee_id", "end"):
            day = f"{end[4:8]}{end[2:4]}{end[:2]}"
            (ended if end and day < first else staying).add(employee)
    return ended - staying


def _explained(people: Collection[int], rated: dict[int, Rate], on: date) -> Iterable[Lacking]:
    for some in chunks(sorted(people)):
        rows = PasRate.objects.filter(employee_id__in=some, available_on__lte=on)
        last_valid = dict(
            rows.filter(state=RateState.APPLIED).order_by().values_list("employee_id").annotate(Max("valid_until"))
        )
        waiting = set(rows.filter(state=RateState.WAITING, valid_until__gte=on).values_list("employee_id", flat=True))
        told = set(rows.values_list("employee_id", flat=True))
        unknown = Anomaly.objects.filter(employee_id__in=some, nature="94", state__in=OPEN_ANOMALIES)
        unrecognised = set(unknown.values_list("employee_id", flat=True))
        hired = _first_months(some)
        with_crm = _with_crm(some)
        for employee in Employee.objects.filter(pk__in=some).select_related("employer"):
            pk = employee.pk
            if pk in waiting:
                yield Lacking(employee, Lack.WAITING)
            elif pk in unrecognised:
                yield Lacking(employee, Lack.NOT_RECOGNISED)
            elif pk in rated:
                yield Lacking(employee, Lack.NONE_GIVEN)
            elif pk in last_valid:
                yield Lacking(employee, Lack.EXPIRED, last_valid[pk])
            elif employee.employer_id not in with_crm:
                yield Lacking(employee, Lack.NO_CRM)
            elif pk not in told and hired.get(pk, "9") >= _month_before(on):
                yield Lacking(employee, Lack.NEW_HIRE)
            else:
                yield Lacking(employee, Lack.NOT_LISTED)


def _first_months(people: Collection[int]) -> dict[int, str]:
    """{employee: first month declared}."""
    months = EmployeeMonth.objects.filter(employee_id__in=people).exclude(declaration__month="")
    return dict(months.order_by().values_list("employee_id").annotate(Min("declaration__month")))


def _with_crm(people: Collection[int]) -> set[int]:
    """The employers of these people to whom a CRM ever brought anything."""
    employers = Employee.objects.filter(pk__in=people).values("employer_id")
    return set(
        PasRate.objects.filter(employer_id__in=employers).order_by().values_list("employer_id", flat=True).distinct()
    )


def _month_before(on: date) -> str:
    months = on.year * 12 + on.month - 2
    return f"{months // 12}-{months % 12 + 1:02}"
