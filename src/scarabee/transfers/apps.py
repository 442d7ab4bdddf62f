from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "scarabee.transfers"
    verbose_name = "Transfert de données"
    default_auto_field = "django.db.models.BigAutoField"
