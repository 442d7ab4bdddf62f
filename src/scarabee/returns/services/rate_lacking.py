"""Who has no valid rate on a day of payment, and why (retours §5): one query, whatever the size of the dossier.

Only where the dossier declares the employer, and of its people at work: in its newest month in force, or in no
declaration yet, and their contract not ended.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Substr

from scarabee.dossiers.models import Contract, Declaration, Dossier, Employee, EmployeeMonth, Employer
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import OPEN_ANOMALIES, RateState
from scarabee.returns.models import Anomaly, PasRate


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
) -> QuerySet[Any]:
    """The people at work, of an employer or of a dossier, without a personalised rate on a day; by employer and name.

    Employees with `reason` (a name of `Lack`) and `expired_on`, to be counted, filtered and paged, then given to
    `told`.
    """
    employers = Employer.objects.visible_to(actor).filter(declaring=True)
    employers = employers.filter(pk=employer.pk) if employer else employers.filter(dossier=dossier)
    people = Employee.objects.filter(employer__in=employers.order_by().values("pk"))
    valid = _rates(state=RateState.APPLIED, available_on__lte=on, valid_until__gte=on)
    of_the_day = Case(When(future_from__lte=on, then=F("future_rate")), default=F("rate"))
    newest = valid.order_by("-available_on", "-pk").annotate(of_the_day=of_the_day).values("of_the_day")
    lacking = _at_work(people, on).annotate(of_the_day=Subquery(newest[:1])).filter(of_the_day=None)
    last_days = _rates(state=RateState.APPLIED, available_on__lte=on).order_by("-valid_until").values("valid_until")
    found: QuerySet[Any] = lacking.annotate(reason=_reason(valid, on), expired_on=Subquery(last_days[:1]))
    return found.select_related("employer").order_by("employer_id", "search_key", "pk")


def told(employees: Iterable[Any]) -> Iterator[Lacking]:
    """The people of `without_valid_rate`, each with why."""
    for one in employees:
        reason = Lack[one.reason]
        yield Lacking(one, reason, one.expired_on if reason is Lack.EXPIRED else None)


def _rates(**said: Any) -> QuerySet[PasRate]:
    return PasRate.objects.filter(employee=OuterRef("pk"), **said).order_by()


def _at_work(people: QuerySet[Any], on: date) -> QuerySet[Any]:
    monthly = Declaration.objects.filter(employer=OuterRef("employer"), in_force=True, month__lte=f"{on:%Y-%m}")
    newest = monthly.exclude(month="").order_by("-month").values("month")
    months = EmployeeMonth.objects.filter(employee=OuterRef("pk"))
    declared = months.filter(
        declaration__employer=OuterRef("employer"), declaration__in_force=True, declaration__month=OuterRef("newest")
    )
    contracts = Contract.objects.filter(employee=OuterRef("pk")).order_by()
    end = Concat(Substr("end", 5, 4), Substr("end", 3, 2), Substr("end", 1, 2))
    lasting = contracts.annotate(until=end).filter(Q(end="") | Q(until__gte=f"{on:%Y%m}01"))
    dated: QuerySet[Any] = people.annotate(newest=Subquery(newest[:1]))
    return dated.filter(Exists(declared) | ~Exists(months), ~Exists(contracts) | Exists(lasting))


def _reason(valid: QuerySet[PasRate], on: date) -> Case:
    """The first of these that is true, as the name of a `Lack`."""
    unknown = Anomaly.objects.filter(employee=OuterRef("pk"), nature="94", state__in=OPEN_ANOMALIES).order_by()
    with_crm = PasRate.objects.filter(employer=OuterRef("employer")).order_by()
    earlier = EmployeeMonth.objects.filter(employee=OuterRef("pk"), declaration__month__lt=_month_before(on))
    is_new = ~Exists(_rates(available_on__lte=on)) & ~Exists(earlier.exclude(declaration__month=""))
    reasons = (
        (Exists(_rates(state=RateState.WAITING, available_on__lte=on, valid_until__gte=on)), Lack.WAITING),
        (Exists(unknown), Lack.NOT_RECOGNISED),
        (Exists(valid), Lack.NONE_GIVEN),
        (Exists(_rates(state=RateState.APPLIED, available_on__lte=on)), Lack.EXPIRED),
        (~Exists(with_crm), Lack.NO_CRM),
        (is_new, Lack.NEW_HIRE),
    )
    cases = [When(condition, then=Value(reason.name)) for condition, reason in reasons]
    return Case(*cases, default=Value(Lack.NOT_LISTED.name), output_field=CharField())


def _month_before(on: date) -> str:
    months = on.year * 12 + on.month - 2
    return f"{months // 12}-{months % 12 + 1:02}"
