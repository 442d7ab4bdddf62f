from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "scarabee.transfers"
    verbose_name = "Transfert de données"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers.services.undo import GUARDS
        from scarabee.maintenance import journal
        from scarabee.transfers.services.guards import last_copies, travelled_on

        GUARDS.extend([last_copies, travelled_on])
        journal.describe({"transfer.done": "Transfert de données", "transfer.undone": "Transfert annulé"})
