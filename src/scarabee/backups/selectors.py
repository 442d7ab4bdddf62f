"""What the list of backups shows; a handful of queries, whatever there is."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery

from scarabee.backups import drill, part_jobs
from scarabee.backups.models import Backup, Job, Script, Watch
from scarabee.filings.models import Run

PAGE_LENGTH = 25
SHOWN_JOBS = 5


@dataclass(frozen=True, slots=True)
class Board:
    """`jobs`: those under way, and the last that did not succeed. `drilled`: the last drill that ended."""

    scripts: list[Script]
    jobs: list[Job]
    page: Page[Backup]
    drilled: Run | None
    watch: Watch


def board(page: str | None, *, with_deleted: bool = False) -> Board:
    """Everything the list shows."""
    return Board(
        scripts=list(scripts()),
        jobs=[
            one for one in Job.objects.exclude(kind__in=part_jobs.KINDS)[: SHOWN_JOBS * 4] if one.is_open or one.problem
        ][:SHOWN_JOBS],
        page=Paginator(archives(with_deleted=with_deleted), PAGE_LENGTH).get_page(page),
        drilled=Run.objects.filter(kind=drill.KIND).exclude(finished_at=None).first(),
        watch=Watch.objects.filter(pk=1).first() or Watch(),
    )


def scripts() -> QuerySet[Script]:
    """Each with `last_at`, when its last proved archive was made, and `last_problem`, of its last backup."""
    mine = Backup.objects.filter(script=OuterRef("name")).order_by("-started_at", "-pk")
    proved = mine.exclude(proved_at=None)
    return Script.objects.annotate(
        last_at=Subquery(proved.values("made_at")[:1]), last_problem=Subquery(mine.values("problem")[:1])
    )


def archives(*, with_deleted: bool = False) -> QuerySet[Backup]:
    """The newest first."""
    found = Backup.objects.all()
    return found if with_deleted else found.filter(deleted_at=None)


def under_way(job: Job) -> Backup | None:
    """The backup that a running job is writing, once it has begun."""
    if job.kind != Job.Kind.SAVE or job.started_at is None:
        return None
    return Backup.objects.filter(started_at__gte=job.started_at, script=job.script).first()
