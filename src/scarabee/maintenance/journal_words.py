"""The acts of maintenance and their facts, as the journal page names them."""

WORDS = {
    "maintenance.ouverte": "Mise en maintenance",
    "maintenance.terminee": "Fin de la maintenance",
    "by_hand": "à la main",
    "grace_seconds": "secondes de préavis",
}
