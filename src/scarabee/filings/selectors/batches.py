"""Batches: the list, and one with its files, its filings and what may be ordered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from scarabee.dossiers.models import Dossier
from scarabee.dsn.checking.rules import Rule
from scarabee.dsn.findings import Severity
from scarabee.filings.calendar import due_at
from scarabee.filings.enums import SENT, FileState
from scarabee.filings.enums import FilingState as S
from scarabee.filings.forms import BEFORE_NOON
from scarabee.filings.models import Batch, EmployerFiling, Filing, FilingFindings, ReceivedFile
from scarabee.filings.selectors import elsewhere
from scarabee.filings.selectors.months import DUE_DAY
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.filings.selectors.obstacles import is_waiting, obstacles
from scarabee.filings.selectors.superseding import superseded
from scarabee.filings.services.holders import Coverage, Holders
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

BATCHES_PER_PAGE = 50
FILES_PER_PAGE = 50
FILINGS_PER_PAGE = 200
TO_ORDER = frozenset({S.CHECKED, S.NOT_DEPOSITED})


def batches(actor: Actor) -> QuerySet[Any]:
    """The batches of the dossiers the actor may see, newest first, with how many files and filings they hold."""
    files = ReceivedFile.objects.filter(batch=OuterRef("pk"))
    filings = Filing.objects.filter(batch=OuterRef("pk"))
    rows: QuerySet[Any] = Batch.objects.visible_to(actor).select_related("dossier")
    counted: QuerySet[Any] = rows.annotate(
        file_count=_count(files),
        waiting_count=_count(files.filter(state=FileState.WAITING)),
        refused_count=_count(files.filter(state=FileState.REFUSED)),
        known_count=_count(files.filter(state=FileState.KNOWN)),
        filing_count=_count(filings),
        order_count=_count(filings.filter(~Q(superseded()), state__in=TO_ORDER)),
        mend_count=_count(filings.filter(state=S.REJECTED_LOCALLY)),
    )
    return counted


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("batch").annotate(figure=Count("pk")).values("figure")
    return Coalesce(Subquery(counted), 0)


def batch_page(actor: Actor, *, dossier: str, only: str, page: str | None) -> Page[Any]:
    """A page of batches. `dossier`: a number; `only`: « a-ordonner » for those that wait for an order."""
    rows = batches(actor)
    if is_number(dossier):
        rows = rows.filter(dossier_id=int(dossier))
    if only == "a-ordonner":
        rows = rows.filter(order_count__gt=0)
    return Paginator(rows, BATCHES_PER_PAGE).get_page(page)


def get_batch(actor: Actor, number: int) -> Any:
    """The batch with its dossier and figures, and `may_write`, when the actor may see it. Raises `NotVisible`."""
    writable = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef("dossier"))
    batch = batches(actor).annotate(may_write=Exists(writable)).filter(pk=number).first()
    if batch is None:
        raise NotVisible("Ce lot n’existe pas, ou vous n’y avez pas accès.")
    return batch


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filing of a batch. `why`: what keeps it from being ordered, empty when nothing does."""

    filing: Filing
    employer: Named
    coverage: Coverage
    why: str
    is_orderable: bool
    is_ticked: bool


def filings_of(batch: Batch) -> QuerySet[Any]:
    """The filings of a batch, those of the former files that came again too; what is amiss first."""
    again = ReceivedFile.objects.filter(batch=batch, state=FileState.KNOWN).exclude(sha256="").values("sha256")
    former = Q(file__sha256__in=again, dossier=batch.dossier_id)
    due_day = EmployerFiling.objects.filter(siret=OuterRef("siret")).values("due_day")
    rows: QuerySet[Any] = Filing.objects.filter(Q(batch=batch) | former)
    rows = rows.select_related("dossier", "file", "holder").annotate(due_day=Coalesce(Subquery(due_day), DUE_DAY))
    return rows.defer("seen", "candidates").order_by(
        "-certain", "-blocking", "-warnings", "siret", "month", "fraction", "pk"
    )


def filing_page(actor: Actor, batch: Any, page: str | None) -> Page[Any]:
    """A page of `FilingRow` of a batch that `get_batch` gave."""
    paginator = Paginator(filings_of(batch), FILINGS_PER_PAGE)
    if not batch.known_count:
        paginator.count = batch.filing_count
    found: Page[Any] = paginator.get_page(page)
    found.object_list = filing_rows(actor, list(found.object_list))
    return found


def filing_rows(actor: Actor, filings: list[Filing]) -> list[FilingRow]:
    """Filings with their employers, coverage and obstacles; the number of queries does not depend on theirs."""
    names = employers_of(actor, filings)
    why, holders = obstacles(filings, names), Holders()
    return [
        FilingRow(
            one,
            names[one.pk],
            holders.cover(filer_id=one.user_id, dossier_id=one.dossier_id, depot=one.depot),
            why.get(one.pk, ""),
            one.pk in why and not why[one.pk],
            one.pk in why and not why[one.pk] and is_waiting(one),
        )
        for one in filings
    ]


def file_page(actor: Actor, batch: Any, page: str | None) -> Page[Any]:
    """A page of files of a batch that `get_batch` gave, the refused ones first; each with `blocking`, `warnings`.

    `first_blocking`: the first finding that blocks one of its declarations, as it is kept.
    """
    rank = Case(*(When(state=state, then=number) for number, state in enumerate(_STATES)), default=len(_STATES))
    own = Filing.objects.filter(file=OuterRef("pk")).order_by().values("file")
    rows = ReceivedFile.objects.filter(batch=batch).annotate(
        rank=rank,
        became=Coalesce(Subquery(own.annotate(figure=Count("pk")).values("figure")), 0),
        blocking=Coalesce(Subquery(own.annotate(figure=Sum("blocking")).values("figure")), 0),
        warnings=Coalesce(Subquery(own.annotate(figure=Sum("warnings")).values("figure")), 0),
    )
    paginator = Paginator(rows.order_by("rank", "-blocking", "-warnings", "pk"), FILES_PER_PAGE)
    paginator.count = batch.file_count
    found: Page[Any] = paginator.get_page(page)
    found.object_list = list(found.object_list)
    first = _first_blocking([one.pk for one in found.object_list if one.blocking])
    names = elsewhere.declarants(
        actor, [*(told for one in found.object_list for told in one.findings), *first.values()]
    )
    for one in found.object_list:
        one.findings = [elsewhere.named(told, names) for told in one.findings if told["rule"] not in _SHOWN_ELSEWHERE]
        one.findings.sort(key=lambda finding: _SEVERITIES.index(finding["severity"]))
        one.first_blocking = elsewhere.named(first[one.pk], names) if one.pk in first else None
    return found


def _first_blocking(files: list[int]) -> dict[int, dict[str, Any]]:
    """{file: the first of its declarations' findings that blocks}; one query."""
    found: dict[int, dict[str, Any]] = {}
    rows = FilingFindings.objects.filter(filing__file__in=files, filing__blocking__gt=0).order_by("filing")
    for file, findings in rows.values_list("filing__file", "findings"):
        blocking = (told for told in findings if told["severity"] == Severity.BLOCKING)
        if file not in found and (told := next(blocking, None)):
            found[file] = told
    return found


_STATES = (FileState.REFUSED, FileState.WAITING, FileState.READ, FileState.KNOWN)
_SEVERITIES = ("blocking", "warning", "info")
_SHOWN_ELSEWHERE = frozenset({Rule.TRIAL_OR_REAL})
"""Findings that the table of declarations tells of each."""


def shared_problem(rows: Iterable[FilingRow]) -> str:
    """Why none of these can leave, when it is the same for all that are still here; empty otherwise."""
    problems = [row.coverage.problem for row in rows if row.filing.state not in SENT]
    return problems[0] if len(problems) > 1 and len(set(problems)) == 1 else ""


def is_leaving(filing: Filing) -> bool:
    """Whether it is under way, or goes at once: its state changes by itself while one looks."""
    at = filing.next_at
    return filing.state == S.SENDING or (filing.state == S.PLANNED and at is not None and at <= now())


def proposal(filings: Iterable[Any]) -> datetime | None:
    """When sending is proposed: before the noon of the first due date of these filings; None when it is past."""
    dues = [due_at(one.month, one.due_day).planned_before for one in filings if one.is_monthly and one.is_real]
    first = min(dues, default=now()) - BEFORE_NOON
    return first if first > now() else None
