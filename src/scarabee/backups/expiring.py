"""Until when the archives made before a moment still stand: those of a script go once five newer ones are proved."""

from datetime import datetime, timedelta

from scarabee.backups.models import Backup, Script
from scarabee.backups.pruning import KEPT
from scarabee.backups.safety import KEPT as SAFETY_KEPT
from scarabee.backups.safety import PREFIX
from scarabee.maintenance.clock import now
from scarabee.privacy.neighbours import Archive

_DAYS = {Script.Unit.DAY: 1, Script.Unit.WEEK: 7, Script.Unit.MONTH: 31}


def standing(before: datetime) -> list[Archive]:
    """The archives made before a moment: those of each script, safety copies, and those that somebody keeps."""
    rows = Backup.objects.filter(deleted_at=None, made_at__lt=before).order_by("made_at")
    scripts = {one.name: one for one in Script.objects.all()}
    groups: dict[str, list[Backup]] = {}
    for row in rows:
        groups.setdefault(_group(row, scripts), []).append(row)
    return [
        Archive(len(found), _made(found[0]), _until(what, found, scripts), what or "Faites à la main")
        for what, found in sorted(groups.items())
    ]


def _group(row: Backup, scripts: dict[str, Script]) -> str:
    if row.reason.startswith(PREFIX):
        return "Copies de sécurité"
    script = scripts.get(row.script)
    return f"Script « {script.name} »" if script and script.is_on and not script.is_by_hand else ""


def _until(what: str, found: list[Backup], scripts: dict[str, Script]) -> datetime | None:
    """When the last of them is due to go; None: when somebody deletes it."""
    if what == "Copies de sécurité":
        return _made(found[-1]) + SAFETY_KEPT
    script = scripts.get(found[-1].script) if what else None
    if script is None:
        return None
    return now() + timedelta(days=_DAYS[Script.Unit(script.unit)] * script.every * KEPT)


def _made(row: Backup) -> datetime:
    return row.made_at or row.started_at
