"""What the journal says of returns and rates, in French."""

from scarabee.returns.enums import AnomalyState

WORDS: dict[str, str] = {
    "anomalie.etat": "État d’une anomalie",
    "anomalie.etats": "État de plusieurs anomalies",
    "retours.ajoutes": "Retours ajoutés à la main",
    "retours.prolongation": "Récupération des retours d’un compte désactivé",
    "identite.adoptee": "Identité du répertoire reprise pour un salarié",
    "rates.landed": "CRM nominatif reçu",
    "rates.applied": "Taux PAS appliqués",
    "rates.set_aside": "Taux PAS écartés",
    "rates.undone": "Décision sur des taux PAS annulée",
    "rates.line_settled": "Ligne d’un CRM nominatif attribuée",
    "rates.dated": "Date de mise à disposition d’un CRM corrigée",
    "rates.option_set": "Application des taux PAS réglée",
    "rates.exported": "Taux PAS exportés",
    "anomaly": "anomalie n°",
    "anomaly_count": "anomalies",
    "stands": "où elle en est",
    "item": "retour n°",
    "returns": "retours n°",
    "until": "jusqu’au",
}
VALUES = {"stands": {state.value: state.label for state in AnomalyState}}
