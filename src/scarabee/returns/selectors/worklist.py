"""The work list: anomalies of the employers that the reader's open dossiers declare, grouped by cause across them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.selectors.employers import matching
from scarabee.dossiers.selectors.wording import rubrique_of
from scarabee.filings.selectors.months import today
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.netentreprises.documents import Nature, nature_of
from scarabee.returns.enums import OPEN_ANOMALIES, AnomalyState
from scarabee.returns.models import Anomaly
from scarabee.returns.selectors.listing import natures_in_words

PAGE_LENGTH = 50
SOON = timedelta(days=14)
OPEN, EVERY, NOBODY, MINE = "ouvertes", "toutes", "personne", "moi"
_FIRST_PARTS = frozenset({"121"})
"""To be treated before everything else that speaks of the same people (retours §6)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown. `state`: one of AnomalyState, « ouvertes » or « toutes ». `dossier`: a number.

    `owner`: a number, « moi » or « personne ». `due`: « retard » or « bientot ». `text`: an employer or a person.
    `cause`: one cause alone. `employer`, `employee`: a number; then those of a copy that is declared elsewhere too.
    """

    state: str = OPEN
    nature: str = ""
    dossier: str = ""
    month: str = ""
    owner: str = ""
    due: str = ""
    text: str = ""
    cause: str = ""
    employer: str = ""
    employee: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Anomalies that have one cause. `employers`: how many; `people`: those recognised. `owners`: how many have one."""

    cause: str
    nature: str
    code: str
    title: str
    rubrique: str
    anomalies: int
    employers: int
    people: int
    to_do: int
    with_association: int
    corrected: int
    owned: int
    due_on: date | None
    newest_month: str
    oldest_month: str

    @property
    def kind(self) -> Nature:
        return nature_of(self.nature)

    @property
    def rubrique_label(self) -> str:
        found = rubrique_of(self.rubrique) if self.rubrique else None
        return found.label if found else ""

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < today()

    @property
    def comes_first(self) -> bool:
        return self.nature in _FIRST_PARTS


@dataclass(frozen=True, slots=True)
class Work:
    """An anomaly as the list shows it, with its employer, employee and owner. `still_shown`: corrected in a DSN, and a
    return about that month or a later one shows it still."""

    anomaly: Anomaly
    may_write: bool

    @property
    def kind(self) -> Nature:
        return nature_of(self.anomaly.nature)

    @property
    def rubrique_label(self) -> str:
        found = rubrique_of(self.anomaly.rubrique) if self.anomaly.rubrique else None
        return found.label if found else ""

    @property
    def is_late(self) -> bool:
        due = self.anomaly.due_on
        return due is not None and due < today() and self.anomaly.state in OPEN_ANOMALIES

    @property
    def still_shown(self) -> bool:
        one = self.anomaly
        return one.state == AnomalyState.CORRECTED and bool(one.month) and one.month >= one.corrected_in


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures above the list, for everything that is open: `late` and `soon` by the day that the norm sets."""

    open: int
    to_do: int
    mine: int
    unowned: int
    late: int
    soon: int


def anomalies(actor: Actor, asked: Asked) -> QuerySet[Any]:
    """The anomalies that the actor sees and asked for, what presses first, with what their rows name."""
    rows = _filtered(actor, asked).select_related("employer", "employee", "owner", "dossier")
    return rows.defer("employer__lines", "employer__typed", "employee__typed").order_by(
        F("due_on").asc(nulls_last=True), "employer__search_key", "person", "-pk"
    )


def cause_page(actor: Actor, asked: Asked, page: str | None) -> Page[Any]:
    """A page of `Cause`, what is due first on top, then what concerns most employers; two queries."""
    found: Page[Any] = Paginator(_grouped(actor, asked), PAGE_LENGTH).get_page(page)
    found.object_list = [_cause(row) for row in found.object_list]
    return found


def causes(actor: Actor, asked: Asked) -> list[Cause]:
    """All of them, as `cause_page` pages them."""
    return [_cause(row) for row in _grouped(actor, asked)]


def _grouped(actor: Actor, asked: Asked) -> QuerySet[Any]:
    rows = _filtered(actor, asked).order_by()
    grouped: QuerySet[Any] = rows.values("cause").annotate(**_FIGURES)
    return grouped.order_by(F("due").asc(nulls_last=True), "-employers", "-figure", "cause")


def work_page(actor: Actor, asked: Asked, page: str | None) -> Page[Any]:
    """A page of `Work`."""
    writable = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef("dossier"))
    rows = anomalies(actor, asked).annotate(may_write=Exists(writable))
    found: Page[Any] = Paginator(rows, PAGE_LENGTH).get_page(page)
    found.object_list = [Work(one, one.may_write) for one in found.object_list]
    return found


def seen_of(actor: Actor, asked: Asked) -> dict[int, int]:
    """{number: revision} of all that is asked for and the actor may change: what `work.change_many` is given."""
    dossiers = Dossier.objects.writable_by(actor).order_by().values("pk")
    rows = _filtered(actor, asked).filter(dossier__in=dossiers)
    return dict(rows.values_list("pk", "revision"))


def get_anomaly(actor: Actor, number: int) -> Anomaly:
    """The anomaly of that number, with what its page names. Raises `NotVisible`."""
    rows = Anomaly.objects.visible_to(actor).select_related(
        "dossier", "employer", "employee", "owner", "shown_in", "closed_by"
    )
    found: Anomaly | None = rows.filter(pk=number).first()
    if found is None:
        raise NotVisible(
            "Cette anomalie n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste : elle est à jour."
        )
    return found


def natures_open(actor: Actor) -> list[tuple[str, str]]:
    """(number, words) of the natures that showed something that is open; one query."""
    found = _visible(actor).filter(_OPEN).order_by("nature").values_list("nature", flat=True).distinct()
    return natures_in_words(found)


def summary(actor: Actor) -> Summary:
    """What is open for this reader; one query."""
    day = today()
    told = _visible(actor).filter(state__in=OPEN_ANOMALIES).aggregate(
        open=Count("pk"),
        to_do=Count("pk", filter=Q(state=AnomalyState.TO_DO)),
        mine=Count("pk", filter=Q(owner=actor.user_id) if actor.user_id else Q(pk=None)),
        unowned=Count("pk", filter=Q(owner=None)),
        late=Count("pk", filter=Q(due_on__lt=day)),
        soon=Count("pk", filter=Q(due_on__gte=day, due_on__lte=day + SOON)),
    )  # fmt: skip
    return Summary(**told)


def _visible(actor: Actor) -> QuerySet[Any]:
    """Copies that a dossier does not declare are told on its own pages only; archived dossiers raise no alarm."""
    rows: QuerySet[Any] = Anomaly.objects.visible_to(actor)
    return rows.filter(employer__declaring=True, dossier__archived_at=None)


def _filtered(actor: Actor, asked: Asked) -> QuerySet[Any]:
    rows = _one(actor, asked) if asked.employer or asked.employee else _visible(actor)
    if asked.state != EVERY:
        rows = rows.filter(state=asked.state) if asked.state in AnomalyState.values else rows.filter(_OPEN)
    for column in ("nature", "month", "cause"):
        if value := getattr(asked, column):
            rows = rows.filter(**{column: value})
    if is_number(asked.dossier):
        rows = rows.filter(dossier_id=int(asked.dossier))
    if asked.owner:
        rows = rows.filter(_owned(actor, asked.owner))
    if asked.due:
        day = today()
        until = day + SOON if asked.due == "bientot" else day - timedelta(days=1)
        rows = rows.filter(due_on__lte=until)
    return rows.filter(_named(asked.text)) if asked.text.strip() else rows


def _one(actor: Actor, asked: Asked) -> QuerySet[Any]:
    """Those of one employer or employee, as its own page tells them."""
    rows: QuerySet[Any] = Anomaly.objects.visible_to(actor)
    for column in ("employer", "employee"):
        if value := getattr(asked, column):
            rows = rows.filter(**{f"{column}_id": int(value)}) if is_number(value) else rows.none()
    return rows


_OPEN = Q(state__in=OPEN_ANOMALIES)


def _owned(actor: Actor, owner: str) -> Q:
    if owner == NOBODY:
        return Q(owner=None)
    if owner == MINE:
        return Q(owner=actor.user_id) if actor.user_id else Q(pk=None)
    return Q(owner=int(owner)) if owner.isdigit() else Q()


def _named(text: str) -> Q:
    """An employer, or every word in the names of the employee or those that the return writes."""
    employee, written = Q(), Q()
    for word in text.split():
        employee &= Q(employee__search_key__contains=search_key(word))
        written &= Q(person__icontains=word)
    return Q(employer__in=Employer.objects.filter(matching(text)).values("pk")) | employee | written


_FIGURES = {
    "figure": Count("pk"),
    "employers": Count("employer", distinct=True),
    "people": Count("employee", distinct=True),
    "to_do": Count("pk", filter=Q(state=AnomalyState.TO_DO)),
    "with_association": Count("pk", filter=Q(state=AnomalyState.WITH_ASSOCIATION)),
    "corrected": Count("pk", filter=Q(state=AnomalyState.CORRECTED)),
    "owned": Count("owner"),
    "due": Min("due_on", filter=_OPEN),
    "newest": Max("month"),
    "oldest": Coalesce(Min("month", filter=~Q(month="")), Value("")),
    "one_nature": Max("nature"),
    "one_code": Max("code"),
    "one_title": Max("title"),
    "one_rubrique": Max("rubrique"),
}


def _cause(row: dict[str, Any]) -> Cause:
    return Cause(
        cause=row["cause"],
        nature=row["one_nature"],
        code=row["one_code"],
        title=row["one_title"],
        rubrique=row["one_rubrique"],
        anomalies=row["figure"],
        employers=row["employers"],
        people=row["people"],
        to_do=row["to_do"],
        with_association=row["with_association"],
        corrected=row["corrected"],
        owned=row["owned"],
        due_on=row["due"],
        newest_month=row["newest"],
        oldest_month=row["oldest"],
    )
