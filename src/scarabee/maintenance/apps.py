from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "scarabee.maintenance"
    label = "maintenance"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Maintenance"

    def ready(self) -> None:
        from scarabee.maintenance.health import beating, checks, databases, places, programs, times
        from scarabee.maintenance.journal import describe
        from scarabee.maintenance.journal_words import WORDS

        describe(WORDS)
        for module in (programs, places, databases, times, beating):
            checks.register(*module.CHECKS)
