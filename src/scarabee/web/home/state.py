"""All that the home page speaks of, asked for once: ten queries with those of every page, whatever there is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Subquery

from scarabee.accounts.portal import health
from scarabee.accounts.portal.health import Health
from scarabee.backups import alarms
from scarabee.backups.models import Backup, Watch
from scarabee.dossiers.models import Dossier
from scarabee.filings.selectors.figures import Month, month_figures
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.web.home.totals import Totals, totals

SHOWN_DOSSIERS = 8


@dataclass(frozen=True, slots=True)
class Unnamed:
    """The employers of a dossier whose name nobody typed yet."""

    dossier: Dossier
    count: int


@dataclass(frozen=True, slots=True)
class State:
    """`healths`: of the identifiers that the reader may see. `backed_up_at`: the last proved backup of everything.

    `watches_backups`: the reader is told of them, being Administrateur of something worth keeping; `backup_days`: after
    how many days one is too old.
    """

    totals: Totals
    month: Month
    healths: list[Health]
    unnamed: list[Unnamed]
    watches_backups: bool
    backed_up_at: datetime | None
    backup_days: int = alarms.DAYS

    @property
    def may_write(self) -> bool:
        return bool(self.totals.writable)

    @property
    def refused(self) -> int:
        """How many accounts of the portal were refused."""
        return len({one.identity_id for one in self.healths if one.level == "error"})

    @property
    def to_verify(self) -> int:
        """How many sets of identifiers are to be verified."""
        return sum(one.level == "warning" for one in self.healths)

    @property
    def newer_passwords(self) -> int:
        """How many could take over the password of a colleague."""
        return sum(bool(one.newer_password_from) for one in self.healths)

    @property
    def lacks_backup(self) -> bool:
        oldest = now() - timedelta(days=self.backup_days)
        return self.watches_backups and (self.backed_up_at is None or self.backed_up_at < oldest)


def state_of(actor: Actor) -> State:
    """Everything, for this reader."""
    told = totals(actor)
    watches = actor.is_administrator and bool(told.employers)
    backed_up_at, days = _last_backup() if watches else (None, alarms.DAYS)
    return State(
        totals=told,
        month=month_figures(actor),
        healths=list(health.rows(actor).values()),
        unnamed=_unnamed(actor) if told.writable else [],
        watches_backups=watches,
        backed_up_at=backed_up_at,
        backup_days=days,
    )


def _unnamed(actor: Actor) -> list[Unnamed]:
    dossiers = Dossier.objects.writable_by(actor).filter(employers__name="").order_by("name_key")
    return [Unnamed(one, one.count) for one in dossiers.annotate(count=Count("employers"))[:SHOWN_DOSSIERS]]


def _last_backup() -> tuple[datetime | None, int]:
    """When the last proved one of everything was made, and after how many days that is too old."""
    days = Subquery(Watch.objects.values("days")[:1])
    found = Backup.objects.proved().order_by().aggregate(at=Max("made_at"), days=Max(days))
    return found["at"], found["days"] or alarms.DAYS
