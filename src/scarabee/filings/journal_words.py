"""What the journal says of filings, in French."""

from scarabee.filings.enums import FilingState

WORDS = {
    "lot.recu": "Fichiers reçus pour dépôt",
    "depot.etat": "État d’un dépôt",
    "depot.passe_outre": "Constats bloquants passés outre",
    "depot.second": "Second dépôt de la même déclaration décidé",
    "depot.preuves": "Preuves d’un dépôt écrites dans un dossier",
    "depot.reglages": "Réglages de dépôt d’un dossier",
    "depot.employeur": "Échéance et ordre permanent d’un employeur",
    "depot.repris": "Dépôts retenus après le retour à une sauvegarde, ou un déplacement",
    "depot.ordres_confirmes": "Ordres permanents confirmés",
    "depot.recherche_close": "Recherche des dépôts faits depuis la sauvegarde close",
    "batch": "lot n°",
    "filing": "dépôt n°",
    "first": "premier dépôt n°",
    "state": "état",
    "idflux": "identifiant du dépôt (idflux)",
    "sha256": "empreinte",
    "blocking": "constats bloquants",
    "has_folder": "dossier d’échange",
    "hold_minutes": "retenue (minutes)",
    "due_day": "échéance le",
    "standing": "ordre permanent",
    "held": "dépôts retenus",
    "in_doubt": "dépôts d’issue inconnue",
    "orders": "ordres permanents",
    "archive_made_at": "sauvegarde du",
}
VALUES = {"state": {state.value: state.label for state in FilingState}}
