from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "scarabee.returns"
    verbose_name = "Retours et taux PAS"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers.registry import RowKind, register
        from scarabee.maintenance import journal
        from scarabee.returns.journal_words import WORDS
        from scarabee.returns.models import Anomaly, PasRate

        parents = {"employer_id": "employers", "employee_id": "employees"}
        register(RowKind("anomalies", Anomaly, "employer", parents, ("employer_id", "fingerprint")))
        register(RowKind("pas_rates", PasRate, "employee", parents, ("employee_id", "crm")))
        journal.describe(WORDS)
