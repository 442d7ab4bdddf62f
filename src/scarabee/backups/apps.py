from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "scarabee.backups"
    verbose_name = "Sauvegardes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.backups.journal_words import WORDS
        from scarabee.maintenance import journal

        journal.describe(WORDS)
