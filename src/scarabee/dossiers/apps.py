from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "scarabee.dossiers"
    verbose_name = "Dossiers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers import health_checks
        from scarabee.dossiers.journal_words import WORDS
        from scarabee.dossiers.selectors.dossiers import names_of
        from scarabee.maintenance import journal
        from scarabee.maintenance.health import checks

        journal.describe(WORDS)
        journal.name_dossiers(names_of)
        checks.register(*health_checks.CHECKS)
