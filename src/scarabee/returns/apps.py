from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "scarabee.returns"
    verbose_name = "Retours et taux PAS"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers.registry import RowKind, register
        from scarabee.filings.services import answers
        from scarabee.maintenance import journal
        from scarabee.returns.journal_words import VALUES, WORDS
        from scarabee.returns.models import Anomaly, PasRate
        from scarabee.returns.services import arrivals

        parents = {"employer_id": "employers", "employee_id": "employees"}
        register(RowKind("anomalies", Anomaly, "employer", parents, ("employer_id", "fingerprint"), True))
        register(RowKind("pas_rates", PasRate, "employee", parents, ("employee_id", "crm"), True))
        journal.describe(WORDS)
        for fact, words in VALUES.items():
            journal.describe_values(fact, words)
        answers.LISTED.append(arrivals.note_listed)
