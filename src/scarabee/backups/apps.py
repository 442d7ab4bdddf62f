from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from datetime import datetime

    from scarabee.dossiers.models import Dossier, Employer
    from scarabee.maintenance.journal import Actor
    from scarabee.privacy.neighbours import Archive


class BackupsConfig(AppConfig):
    name = "scarabee.backups"
    verbose_name = "Sauvegardes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.accounts.portal import signs
        from scarabee.backups import alarms, health_checks
        from scarabee.backups.journal_words import WORDS
        from scarabee.dossiers.services import safety
        from scarabee.maintenance import journal
        from scarabee.maintenance.health import checks
        from scarabee.privacy import neighbours

        journal.describe(WORDS)
        safety.KEEPERS.append(_put_aside)
        checks.register(*health_checks.CHECKS)
        signs.MORE.append(alarms.signs)
        neighbours.TEXTS.append(("backups.Backup", "what"))
        neighbours.ARCHIVES.append(_standing)


def _put_aside(actor: "Actor", dossier: "Dossier", employers: "list[Employer]", reason: str) -> None:
    from scarabee.backups import safety  # only when something is to be kept: every command starts with this

    safety.put_aside(actor, dossier, employers, reason)


def _standing(before: "datetime") -> "list[Archive]":
    from scarabee.backups import expiring

    return expiring.standing(before)
