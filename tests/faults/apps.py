"""Installs the hooks of the laboratory in a process that starts with `tests.faults.settings`."""

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    """No model: only what `hooks.install` does."""

    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        from tests.faults import hooks

        hooks.install()
