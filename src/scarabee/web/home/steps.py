"""What the home page offers to do next."""

from dataclasses import dataclass

from scarabee.web.navigation import address


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: why, and where. `url` is empty while the screen does not exist."""

    title: str
    text: str
    icon: str
    url: str
    action: str


def steps(*, may_fill: bool) -> list[Step]:
    """Filling and transferring are not offered to who may only read."""
    reading = Step(
        "Ouvrir un dossier",
        "Un dossier est un ensemble d’employeurs qui se suffit à lui-même.",
        "folder",
        address("dossiers:list"),
        "Voir les dossiers",
    )
    if not may_fill:
        return [reading]
    return [
        Step(
            "Remplir un dossier",
            "Déposez les fichiers DSN que votre logiciel de paie a déjà écrits : employeurs, salariés et "
            "historique s’y trouvent.",
            "arrow-down-tray",
            address("dossiers:import"),
            "Importer des DSN",
        ),
        reading,
        Step(
            "Déposer les DSN du mois",
            "Chaque fichier est contrôlé avant de partir ; le lendemain, un certificat ou la liste de ce qu’il faut "
            "corriger.",
            "arrow-up-tray",
            address("filings:deposit"),
            "Déposer des DSN",
        ),
        Step(
            "Transférer des employeurs ou des salariés",
            "D’un dossier à un autre, avec tout leur historique et la preuve que rien n’est perdu.",
            "arrows-right-left",
            address("transfers:start"),
            "Transfert de données",
        ),
    ]
