"""What the journal says of returns and rates, in French."""

from scarabee.returns.enums import AnomalyState

WORDS: dict[str, str] = {
    "anomalie.etat": "État d’une anomalie",
    "anomalie.etats": "État de plusieurs anomalies",
    "identite.adoptee": "Identité du répertoire reprise pour un salarié",
    "anomaly": "anomalie n°",
    "anomaly_count": "anomalies",
    "stands": "où elle en est",
    "item": "retour n°",
}
VALUES = {"stands": {state.value: state.label for state in AnomalyState}}
