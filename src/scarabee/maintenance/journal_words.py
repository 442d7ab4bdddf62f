"""The acts of maintenance and their facts, as the journal page names them."""

WORDS = {
    "maintenance.ouverte": "Mise en maintenance",
    "maintenance.mise_a_jour": "Mise à jour de Scarabée",
    "maintenance.terminee": "Fin de la maintenance",
    "reason": "raison",
    "by_hand": "à la main",
    "former_version": "version précédente",
    "new_version": "nouvelle version",
    "grace_seconds": "secondes de préavis",
}
