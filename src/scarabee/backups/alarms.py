"""What an Administrateur is told above every page: what would be missing on the day a backup is needed.

Everything is read together with whoever is signed in (`accounts.portal.signs`), so that no page pays for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime

from scarabee.accounts.models import Membership, User
from scarabee.backups import drill, keys
from scarabee.backups.models import Backup, Script, Watch
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import KEEPER
from scarabee.filings.models import Run
from scarabee.filings.services import after_restore
from scarabee.maintenance.clock import now
from scarabee.maintenance.models import JournalEntry

DAYS = 7
COPY_LATE_AFTER = timedelta(hours=24)
"""A key that is away for an hour is nobody's worry."""
_KIT = "backups:kit"
_LIST = "backups:list"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is missing: what, what to do, and the name of the address where."""

    level: str
    text: str
    remedy: str
    url_name: str = _LIST


def signs() -> dict[str, Any]:
    """The annotations that `alarms` reads on a user; and `keeps_a_dossier`, which the menu does."""
    proved = Backup.objects.proved().order_by().annotate(one=F("kind")).values("one")
    late = Script.objects.filter(is_on=True).exclude(copy_late_since=None).order_by("copy_late_since")
    drills = Run.objects.filter(kind=drill.KIND).exclude(finished_at=None).order_by("-id")
    said = JournalEntry.objects.filter(code=keys.PUT_AWAY).order_by("-sequence")
    kept = Membership.objects.filter(user=OuterRef("pk"), role=KEEPER)
    return {
        "keeps_a_dossier": Exists(kept),
        "holds_anything": Exists(Employer.objects.all()),
        "began_at": Subquery(Dossier.objects.order_by("created_at").values("created_at")[:1]),
        "backed_up_at": Subquery(proved.annotate(at=Max("made_at")).values("at")[:1], output_field=DateTimeField()),
        "backup_days": Coalesce(Subquery(Watch.objects.values("days")[:1]), DAYS),
        "copy_late_since": Subquery(late.values("copy_late_since")[:1]),
        "copy_late_script": Subquery(late.values("name")[:1]),
        "drill_problem": Subquery(drills.values("problem")[:1]),
        "restore_unsettled": Exists(after_restore.unsettled().order_by()),
        "kit_put_away": Subquery(said.values("facts")[:1]),
    }


def alarms(user: object) -> list[Alarm]:
    """What to tell this user, the gravest first: nothing to whoever is no Administrateur, or while nothing is held."""
    if not isinstance(user, User) or not user.is_administrator or not getattr(user, "holds_anything", False):
        return []
    return [*_returned(user), *_age(user), *_drill(user), *_kit(user), *_copy(user)]


def _returned(user: Any) -> Iterator[Alarm]:
    if user.restore_unsettled:
        yield Alarm(
            "warning",
            "Scarabée est revenu à une sauvegarde : des dépôts, des ordres permanents ou des comptes attendent encore.",
            "Voir ce qui reste à régler",
            "filings:after-restore",
        )


def _age(user: Any) -> Iterator[Alarm]:
    days, last = user.backup_days, user.backed_up_at
    since: datetime | None = last or user.began_at
    if since is None or since > now() - timedelta(days=days if last else 1):
        return
    told = (
        f"La dernière sauvegarde prouvée date du {localtime(last):%d/%m/%Y} : plus de {days} jours."
        if last
        else "Aucune sauvegarde de Scarabée n’a encore été faite : si cet ordinateur tombe en panne, tout est perdu."
    )
    yield Alarm("error", told, "Sauvegarder maintenant")


def _drill(user: Any) -> Iterator[Alarm]:
    if user.drill_problem:
        yield Alarm(
            "error",
            f"Le dernier exercice de restauration a échoué : {user.drill_problem}",
            "Faire une nouvelle sauvegarde, puis l’exercice",
        )


def _kit(user: Any) -> Iterator[Alarm]:
    if user.backed_up_at is None:
        return
    found = keys.identities()
    said = (user.kit_put_away or {}).get("public_key")
    if found and said != keys.recipient(found[0]):
        yield Alarm(
            "warning",
            "Sans la trousse de clés, personne ne rouvrirait vos sauvegardes si cet ordinateur était perdu ou volé.",
            "Imprimer la trousse et la mettre à l’abri",
            _KIT,
        )


def _copy(user: Any) -> Iterator[Alarm]:
    since = user.copy_late_since
    if since is not None and since < now() - COPY_LATE_AFTER:
        yield Alarm(
            "warning",
            f"Depuis le {localtime(since):%d/%m/%Y}, les archives du script « {user.copy_late_script} » ne sont plus "
            "copiées dans leur second dossier.",
            "Voir pourquoi",
        )
