"""The acts on identifiers and on the vault that seals them, and their facts, as the journal page names them."""

WORDS = {
    "identifiants.enregistres": "Identifiants Net-Entreprises enregistrés",
    "identifiants.copies": "Identifiants Net-Entreprises copiés vers d’autres comptes",
    "identifiants.effaces": "Identifiants Net-Entreprises effacés",
    "identifiants.heure": "Heure de la vérification du matin changée",
    "identifiants.verifies": "Identifiants Net-Entreprises vérifiés",
    "portail.gele": "Compte Net-Entreprises refusé : envois automatiques arrêtés",
    "portail.degele": "Compte Net-Entreprises de nouveau utilisable",
    "changed": "ce qui change",
    "users": "comptes",
    "time": "heure",
    "ok": "tout est vert",
    "statement": "déclaration",
    "cause": "cause",
    "identity": "identité n°",
    "automatic": "par la machine",
    "coffre.renouvele": "Clé du coffre renouvelée",
    "resealed": "valeurs scellées à nouveau",
    "unreadable": "valeurs illisibles",
    "vault_key": "clé",
}
