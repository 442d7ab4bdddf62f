from django.apps import AppConfig

WORDS = {
    "transfer.start": "Transfert demandé",
    "transfer.done": "Transfert fait",
    "transfer.undone": "Transfert annulé",
    "source": "dossier d’origine",
    "expected": "attendus",
    "identical": "identiques",
    "created_employers": "employeurs créés",
    "created_employees": "salariés créés",
    "created_declarations": "déclarations créées",
    "created_employee_months": "mois créés",
    "created_identifiers": "numéros créés",
    "created_contracts": "contrats créés",
    "created_envois": "envois créés",
}


class TransfersConfig(AppConfig):
    name = "scarabee.transfers"
    verbose_name = "Transfert de données"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scarabee.dossiers.services.locking import AT_WORK
        from scarabee.dossiers.services.undo_reasons import GUARDS
        from scarabee.maintenance import journal
        from scarabee.transfers.services.guards import at_work, last_copies, travelled_on

        AT_WORK.append(at_work)
        GUARDS.extend([last_copies, travelled_on])
        journal.describe(WORDS)
