from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from scarabee.dossiers.services.identities import Key


class PrivacyConfig(AppConfig):
    name = "scarabee.privacy"
    verbose_name = "Données personnelles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.accounts.vault import rotation
        from scarabee.dossiers.services import newcomers
        from scarabee.maintenance import journal
        from scarabee.privacy.journal_words import WORDS
        from scarabee.privacy.models import MarkKey

        journal.describe(WORDS)
        rotation.seal_again(MarkKey, "sealed")
        newcomers.WARNERS.append(_warn)


def _warn(keys: "Collection[Key]") -> "Mapping[Key, str]":
    from scarabee.privacy import coming_back  # only when somebody new comes: every command starts with this

    return coming_back.warnings_for(keys)
