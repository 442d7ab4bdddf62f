"""Schedules and states of archives in French, for screens and commands alike."""

from dataclasses import dataclass

from scarabee.backups.models import Backup, Script

PART_KINDS = {
    "employers": "employeur", "employees": "salarié", "declarations": "déclaration",
    "employee_months": "mois de salarié,mois de salariés", "pas_rates": "taux PAS,taux PAS", "anomalies": "anomalie",
}  # fmt: skip
"""What is counted of a part, by the names of the registry: a noun for `counted`."""
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True)
class Sign:
    """A state in words, with its icon and its tone."""

    words: str
    icon: str
    tone: str


def schedule(script: Script) -> str:
    """« chaque jour à 12 h 30 », « toutes les 2 semaines, le lundi, à 18 h 00 », « à la main »."""
    if script.is_by_hand:
        return "à la main"
    every, at = script.every, f"à {script.at:%H h %M}"
    match script.unit:
        case Script.Unit.DAY:
            return f"chaque jour {at}" if every == 1 else f"tous les {every} jours {at}"
        case Script.Unit.WEEK:
            day = _DAYS[script.starts_on.weekday()]
            return f"chaque {day} {at}" if every == 1 else f"toutes les {every} semaines, le {day}, {at}"
    day = "1er" if script.starts_on.day == 1 else str(script.starts_on.day)
    return f"le {day} de chaque mois {at}" if every == 1 else f"tous les {every} mois, le {day}, {at}"


def state(backup: Backup) -> Sign:
    """Whether an archive can be counted on."""
    if backup.deleted_at:
        return Sign("effacée", "trash", "quiet")
    if backup.is_running:
        return Sign("en cours", "arrow-path", "quiet")
    if backup.proved_at:
        return Sign("prouvée", "check-circle", "care" if backup.problem else "done")
    return Sign("non faite" if backup.made_at is None else "non prouvée", "x-circle", "alarm")
