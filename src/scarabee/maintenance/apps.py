from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "scarabee.maintenance"
    label = "maintenance"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Maintenance"

    def ready(self) -> None:
        from scarabee.maintenance.journal import describe
        from scarabee.maintenance.journal_words import WORDS

        describe(WORDS)
