"""The acts on identifiers and on the vault that seals them, and their facts, as the journal page names them."""

from scarabee.accounts.enums import Statement
from scarabee.accounts.portal.causes import WORDS as CAUSES
from scarabee.accounts.portal.held import Held

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

VALUES = {
    "cause": {
        **CAUSES,
        "format": "saisie qui ne peut pas être celle du portail",
        Held.BUSY.value: "déjà en cours",
        Held.REFUSED_BEFORE.value: "déjà refusés, rien n’a été envoyé",
        Held.FROZEN.value: "compte arrêté, rien n’a été envoyé",
    },
    "statement": {
        Statement.UNLOCKED.value: "compte débloqué",
        Statement.RENEWED.value: "mot de passe renouvelé",
        Statement.ENROLLED.value: "service DSN ajouté",
        Statement.RISK.value: "comparé avec le portail",
    },
}
