"""Rates that go out: rows of CSV for the payroll software (docs/user/taux-csv.md), and the objects of `taux --json`.

They hold NIR: files are written where the user asks, and nothing of them is logged.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from scarabee.dossiers import spreadsheets
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Before, Dossier, Employee, Employer
from scarabee.dossiers.services.dossiers import lock_writable
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, RateExport
from scarabee.returns.services.rate_lists import Rate, rates_in_force
from scarabee.returns.services.superseding import BEFORE, REPLACED

HEADER = (
    "siret", "employeur", "nir", "ntt", "matricule", "nom", "prenoms", "taux", "type", "identifiant", "disponible_le",
    "valable_jusqu_au", "taux_a_venir", "taux_a_venir_le", "motif",
)  # fmt: skip
NONE_GIVEN = "aucun taux transmis : barème"
NO_LONGER = "plus de taux valable : barème"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A person and what counts for him. `rate` None: there was a rate and none is valid any more."""

    rate: Rate | None
    siret: str
    employer_name: str
    nir: str
    ntt: str
    matricule: str
    family_name: str
    given_names: str

    @property
    def reason(self) -> str:
        """Why the rate is empty, "" when it is not."""
        if self.rate is None:
            return NO_LONGER
        return NONE_GIVEN if self.rate.rate is None else ""


def outgoing(
    *, actor: Actor, on: date, dossier: Dossier | None = None, employer: Employer | None = None,
    employee: Employee | None = None,
) -> list[Outgoing]:  # fmt: skip
    """What counts on a day of payment for everybody to whom an applied CRM valid on that day speaks, by name.

    Of one dossier, employer or employee that the actor may see, where the dossier declares the SIRET.
    """
    employers = _declaring(actor, dossier, employer, employee)
    rates = _in_force(employers, on)
    if employee is not None:
        rates = {pk: rate for pk, rate in rates.items() if pk == employee.pk}
    return _rows(rates.keys(), rates)


@transaction.atomic
def export_changes(*, actor: Actor, dossier: Dossier) -> list[Outgoing]:
    """Who has another rate than at the actor's last export of this dossier, and remember this one; all at the first.

    A rate decided since, or whose decision was undone, one that came to its future day, one that expired. The dossier
    is locked, so that no decision falls between two exports. Raises as `require_writable`.
    """
    lock_writable(actor, dossier)
    moment = now()
    last = RateExport.objects.filter(dossier=dossier, actor_name=actor.name).aggregate(at=Max("until"))["at"]
    on = _day(moment)
    employers = _declaring(actor, dossier, None, None)
    rates = _in_force(employers, on)
    rows = _rows(rates.keys(), rates)
    if last is not None:
        rows = _rows(_changed(employers, last, moment, rates), rates)
    RateExport.objects.create(dossier=dossier, actor_name=actor.name, at=moment, until=moment, rates=len(rows))
    journal.record(actor, "rates.exported", dossier_uuid=dossier.uuid, rates=len(rows), since=last)
    return rows


def csv_lines(rows: Iterable[Outgoing]) -> Iterator[str]:
    """The lines of a CSV: semicolons, a decimal comma, days JJ/MM/AAAA, the mark of UTF-8 before the first."""
    return spreadsheets.csv_lines(chain([HEADER], map(_values, rows)))


def as_json(rows: Iterable[Outgoing]) -> list[dict[str, Any]]:
    """The objects that `taux --json` prints (design §8); rates are texts with two decimals, days ISO."""
    return [
        {
            "siret": row.siret,
            "nir": row.nir or None,
            "ntt": row.ntt or None,
            "matricule": row.matricule or None,
            "rate": _text(row.rate.rate) if row.rate else None,
            "type": (row.rate.type or None) if row.rate else None,
            "crm": (row.rate.crm or None) if row.rate else None,
            "available_on": row.rate.available_on.isoformat() if row.rate else None,
            "valid_until": row.rate.valid_until.isoformat() if row.rate else None,
            "future_rate": _text(row.rate.future_rate) if row.rate else None,
            "future_from": row.rate.future_from.isoformat() if row.rate and row.rate.future_from else None,
        }
        for row in rows
    ]


def _declaring(
    actor: Actor, dossier: Dossier | None, employer: Employer | None, employee: Employee | None
) -> list[int]:
    employers = Employer.objects.visible_to(actor).filter(declaring=True)
    if employee is not None:
        return list(employers.filter(pk=employee.employer_id).values_list("pk", flat=True))
    chosen = employers.filter(pk=employer.pk) if employer else employers.filter(dossier=dossier)
    return list(chosen.order_by("pk").values_list("pk", flat=True))


def _in_force(employer_ids: Sequence[int], on: date) -> dict[int, Rate]:
    return {pk: rate for some in chunks(employer_ids) for pk, rate in rates_in_force(some, on).items()}


def _changed(employer_ids: Collection[int], since: datetime, until: datetime, rates: Mapping[int, Rate]) -> set[int]:
    """The people for whom something else counts at `until`, as `rates` tells, than at `since`."""
    first, last = _day(since), _day(until)
    rows = PasRate.objects.filter(employer_id__in=employer_ids).order_by()
    decided = rows.filter(decided_at__gt=since).exclude(why=REPLACED)
    taken_back = Before.objects.filter(kind=BEFORE, act__undone_at__gt=since, object_id=OuterRef("pk"))
    applied = rows.filter(state=RateState.APPLIED)
    expired = applied.filter(valid_until__gte=first, valid_until__lt=last).values_list("employee_id", flat=True)
    came = applied.filter(future_from__gt=first, future_from__lte=last).values_list("employee_id", "pk")
    return (
        set(decided.values_list("employee_id", flat=True))
        | set(rows.filter(Exists(taken_back)).values_list("employee_id", flat=True))
        | {employee for employee in expired if employee not in rates}
        | {employee for employee, pk in came if employee in rates and rates[employee].pas_rate_id == pk}
    )


def _rows(people: Collection[int], rates: dict[int, Rate]) -> list[Outgoing]:
    found: list[tuple[tuple[str, str, int], Outgoing]] = []
    columns = ("employer__siret", "employer__name", "nir", "ntt", "matricule", "family_name", "given_names")
    for some in chunks(sorted(people)):
        told = Employee.objects.filter(pk__in=some).values_list("pk", "search_key", *columns)
        for pk, key, siret, *who in told:
            found.append(((siret, key, pk), Outgoing(rates.get(pk), siret, *who)))
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _values(row: Outgoing) -> list[str]:
    who = [row.siret, row.employer_name, row.nir, row.ntt, row.matricule, row.family_name, row.given_names]
    rate = row.rate
    if rate is None:
        return [*who, "", "", "", "", "", "", "", row.reason]
    return [
        *who, _comma(rate.rate), rate.type, rate.crm, f"{rate.available_on:%d/%m/%Y}", f"{rate.valid_until:%d/%m/%Y}",
        _comma(rate.future_rate), f"{rate.future_from:%d/%m/%Y}" if rate.future_from else "", row.reason,
    ]  # fmt: skip


def _text(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate:.2f}"


def _comma(rate: Decimal | None) -> str:
    return (_text(rate) or "").replace(".", ",")


def _day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()
