"""What the journal says of personal data, in French."""

WORDS = {
    "personne.effacee": "Personne effacée",
    "personne.effacee_de_nouveau": "Personne effacée de nouveau, après le retour d’une archive",
    "personne.effacements_perdus": "Effacements non rejoués : la clé qui les reconnaît n’est plus là",
    "personne.exportee": "Données d’une personne exportées",
    "conservation.reglee": "Durée de conservation réglée",
    "conservation.appliquee": "Données au-delà de leur durée supprimées",
    "erasure": "effacement n°",
    "erasures": "effacements",
    "people": "salariés n°",
    "proofs": "preuves gardées",
    "kind": "nature des données",
    "former_months": "ancienne durée (mois)",
    "kept_months": "durée (mois)",
    "before": "antérieures à",
    "removed": "supprimés",
}
