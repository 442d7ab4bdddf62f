"""What dossiers look after in the diagnostic: that what was imported is still what came in.

The app loads this module at each start: what it checks is imported when it is asked for.
"""

from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok


def whole() -> Found:
    """Does every content have the bytes of its hash?"""
    from scarabee.dossiers.content_proof import damaged_here

    if count := damaged_here():
        return error(
            f"{count} contenu(s) de déclarations ne sont plus ce qui avait été importé : des octets ont changé.",
            "Arrêtez Scarabée, ne supprimez rien, et restaurez la dernière sauvegarde vérifiée.",
        )
    return ok("Chaque déclaration est, octet pour octet, ce qui avait été importé.")


CHECKS = (Check("contenus", "Contenus", whole, needs=SCHEMA, thorough=True),)
