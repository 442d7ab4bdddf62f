from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "scarabee.backups"
    verbose_name = "Sauvegardes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.accounts.portal import signs
        from scarabee.backups import alarms, health_checks
        from scarabee.backups.journal_words import WORDS
        from scarabee.maintenance import journal
        from scarabee.maintenance.health import checks

        journal.describe(WORDS)
        checks.register(*health_checks.CHECKS)
        signs.MORE.append(alarms.signs)
