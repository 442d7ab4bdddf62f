"""What accounts look after in the diagnostic: the vault, and the way to the portal.

The app loads this module at each start: what it checks is imported when it is asked for.
"""

from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok, warning
from scarabee.maintenance.journal import Actor


def sealed() -> Found:
    """Can what is sealed be opened?"""
    from scarabee.accounts import vault

    try:
        status = vault.status(actor=Actor.owner("service"))
    except Refusal as refused:
        return error(refused.message, refused.remedy)
    lost = len({*status.unreadable_of, *status.factors_of})
    if lost:
        return error(
            f"La clé du coffre n’ouvre pas les identifiants ou le second facteur de {lost} compte(s).",
            "« scarabee coffre » dit lesquels ; remettre l’ancienne clé à sa place les rend lisibles aussitôt.",
        )
    if not status.keys:
        return ok("Rien n’est scellé : la clé sera faite au premier mot de passe enregistré.")
    return ok(f"La clé n° {status.key_id} ouvre tout ce qui est scellé.")


def bound() -> Found:
    """Does this data folder work with the portal that was asked for?"""
    from scarabee.accounts.portal.binding import current_portal

    try:
        portal = current_portal()
    except Refusal as refused:
        return error(refused.message, refused.remedy)
    if portal.is_official:
        return ok(f"Ce dossier de données travaille avec Net-Entreprises ({portal.name}).")
    return ok(f"Ce dossier de données travaille avec un faux portail, {portal.name} : rien n’est transmis.")


def reached() -> Found:
    """Does the portal answer, with the right certificate? Nothing is sent but the question."""
    from scarabee.accounts.portal.binding import current_portal
    from scarabee.netentreprises.client import Client
    from scarabee.netentreprises.errors import Maintenance, PortalError

    try:
        with Client(current_portal()) as client:
            client.reach()
    except Refusal as refused:
        return error(refused.message, refused.remedy)
    except Maintenance:
        return warning("Net-Entreprises est en maintenance.", "Les dépôts prévus partiront à son retour.")
    except PortalError as unreachable:
        return error(unreachable.message, unreachable.remedy)
    return ok("Le portail répond.")


CHECKS = (
    Check("coffre", "Coffre", sealed, needs=SCHEMA),
    Check("portail", "Portail choisi", bound, needs=SCHEMA),
    Check("portail.reponse", "Portail joignable", reached, needs=SCHEMA, thorough=True),
)
