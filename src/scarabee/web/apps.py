from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "scarabee.web"
    label = "web"
    verbose_name = "Écrans"
