"""Causes of refusal in a few words, for lists and banners; the whole explanation comes with the error itself."""

from scarabee.accounts.portal.held import Held
from scarabee.netentreprises import errors

UNREADABLE = "coffre_illisible"
"""The outcome of a morning test that found no password the vault opens: none of the portal's."""

WORDS = {
    errors.RefusedCredentials.code: "compte inconnu ou mot de passe refusé",
    errors.ExpiredPassword.code: "mot de passe expiré",
    errors.NotEnrolled.code: "compte pas encore inscrit au service DSN",
    errors.LockedAccount.code: "compte bloqué",
    errors.MalformedCredentials.code: "saisie mal formée",
    errors.Unreachable.code: "portail injoignable",
    errors.CertificateNotTrusted.code: "certificat du portail non reconnu",
    errors.Maintenance.code: "portail en maintenance",
    errors.PortalFault.code: "erreur du portail",
    Held.TOO_MANY.value: "essais de suite refusés ou sans réponse",
    Held.BROUGHT_BACK.value: "retour à une sauvegarde",
}


def cause_words(code: str) -> str:
    """« mot de passe expiré » for its code; the code itself, spaced, for a rarer one; empty for none."""
    return WORDS.get(code, code.replace("_", " "))
