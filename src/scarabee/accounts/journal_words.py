"""The acts on accounts, rights and sessions, and their facts, as the journal page names them."""

WORDS = {
    "compte.cree": "Compte créé",
    "compte.desactive": "Compte désactivé",
    "compte.reactive": "Compte réactivé",
    "compte.bloque": "Compte bloqué après cinq échecs",
    "compte.debloque": "Compte débloqué",
    "compte.reinitialise": "Compte réinitialisé",
    "compte.role_habituel": "Rôle habituel changé",
    "mot_de_passe.change": "Mot de passe changé",
    "mot_de_passe.choisi": "Mot de passe choisi après une réinitialisation",
    "droit.donne": "Droit donné sur un dossier",
    "droit.retire": "Droit retiré sur un dossier",
    "droit.administrateur_donne": "Rôle Administrateur donné",
    "droit.administrateur_retire": "Rôle Administrateur retiré",
    "second_facteur.active": "Second facteur mis en place",
    "second_facteur.retire": "Second facteur retiré",
    "session.fermee": "Sessions fermées",
    "premier_demarrage.lien": "Adresse de premier démarrage donnée",
    "premier_demarrage.mot_de_passe": "Premier démarrage : mot de passe choisi",
    "connexion.lien": "Connexion par une adresse à usage unique",
    "user_id": "compte n°",
    "username": "nom",
    "administrator": "administrateur",
    "role": "rôle",
    "former_role": "ancien rôle",
}

_ROLES = {"gestionnaire": "Gestionnaire", "lecture": "Lecture", "aucun": "aucun", "": "aucun"}
VALUES = {"role": _ROLES, "former_role": _ROLES}
