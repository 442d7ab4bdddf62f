from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "scarabee.cli"
    label = "cli"
    verbose_name = "Ligne de commande"
