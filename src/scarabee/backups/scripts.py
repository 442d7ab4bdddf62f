"""Scripts as an Administrateur sets them."""

from datetime import date, time
from pathlib import Path

from django.conf import settings
from django.db import transaction

from scarabee.accounts.services import authority
from scarabee.backups import folders, schedule
from scarabee.backups.models import Backup, Script, Watch
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

SET, REMOVED, WATCHED = "script.regle", "script.supprime", "sauvegarde.alerte_reglee"
MOST_EVERY, MOST_DAYS = 99, 90
_PATIENCE_SECONDS = 5
"""Somebody waits, and nobody else writes meanwhile."""


@transaction.atomic
def set_script(
    *,
    actor: Actor,
    script: Script | None = None,
    name: str,
    unit: str,
    every: int = 1,
    at: time = schedule.FIRST_HOUR,
    starts_on: date | None = None,
    folder: str = "",
    second_folder: str = "",
    is_on: bool = True,
) -> Script:
    """Make a script, or change this one; its next date follows. Archives made so far follow a new name.

    The folder must be there and be writable; the second one may be away. Raises `NotAllowed`, `Refusal`.
    """
    authority.require_administrator(actor)
    row = script or Script()
    name, former = " ".join(name.split()), row.name
    _require_name(name, row)
    if unit not in Script.Unit.values or not 1 <= every <= MOST_EVERY:
        raise Refusal(f"Un script passe tous les 1 à {MOST_EVERY} jours, semaines ou mois.")
    folder, second_folder = folder.strip(), second_folder.strip()
    if folder and folder != row.folder:
        folders.ready(Path(folder), patience=_PATIENCE_SECONDS)
    _require_second(second_folder, folder)
    row.name, row.unit, row.every, row.at, row.folder, row.is_on = name, unit, every, at, folder, is_on
    if starts_on or script is None:
        row.starts_on = starts_on or schedule.today()
    if second_folder != row.second_folder:
        row.second_folder, row.on_other_disk = second_folder, False
        row.copy_problem, row.copy_late_since, row.copy_at = "", None, now() if second_folder and row.pk else None
    row.next_at, row.failures = schedule.following(row, now()), 0
    row.save()
    if former and former != name:
        Backup.objects.filter(script=former).update(script=name)
    journal.record(
        actor, SET, script=name, unit=unit, every=every, at=f"{at:%H:%M}", is_on=is_on,
        folder=folder or None, second_folder=second_folder or None,
    )  # fmt: skip
    return row


@transaction.atomic
def remove_script(*, actor: Actor, script: Script) -> None:
    """Remove a script; its archives stay where they are. Raises `NotAllowed`."""
    authority.require_administrator(actor)
    if Script.objects.filter(pk=script.pk).delete()[0]:
        journal.record(actor, REMOVED, script=script.name)


@transaction.atomic
def set_watch(*, actor: Actor, days: int) -> Watch:
    """After how many days without a proved backup to say so on every page. Raises `NotAllowed`, `Refusal`."""
    authority.require_administrator(actor)
    if not 1 <= days <= MOST_DAYS:
        raise Refusal(f"L’alerte vient après 1 à {MOST_DAYS} jours.")
    watch = schedule.begin(now())
    if watch.days != days:
        watch.days = days
        watch.save(update_fields=["days"])
        journal.record(actor, WATCHED, days=days)
    return watch


def script_by_name(name: str) -> Script:
    """Raises `NotVisible` when there is none of this name."""
    found = Script.objects.filter(name__iexact=name.strip()).first()
    if found is None:
        raise NotVisible(
            f"Aucun script ne s’appelle « {name} ».", remedy="« scarabee sauvegardes scripts » les montre tous."
        )
    return found


def _require_name(name: str, row: Script) -> None:
    if not name or len(name) > 100:
        raise Refusal("Un script a un nom, de cent caractères au plus.", remedy="Donnez-lui-en un.")
    if Script.objects.filter(name__iexact=name).exclude(pk=row.pk).exists():
        raise Refusal(f"Un autre script s’appelle déjà « {name} ».", remedy="Choisissez un autre nom.")


def _require_second(second: str, folder: str) -> None:
    if not second:
        return
    path = Path(second)
    if not path.is_absolute():
        raise Refusal(f"« {second} » n’est pas un chemin complet.", remedy="Donnez-le en entier.")
    first = Path(folder) if folder else Path(settings.DATA_FOLDER) / "sauvegardes"
    if path == first or Path(settings.DATA_FOLDER).resolve() in (path, *path.parents):
        raise Refusal(
            "Le second dossier est au même endroit que le premier, ou parmi les données : il ne protège de rien.",
            remedy="Choisissez une clé USB, un autre disque ou un partage.",
        )
