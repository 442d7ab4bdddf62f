"""What small French associations do: their names, codes and jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One job: label (40.006), PCS-ESE (40.004), statut (40.002), positioning, hourly pay in cents."""

    label: str
    pcs: str
    status: str
    positioning: str
    hourly_pay: int

    @property
    def is_executive(self) -> bool:
        return self.status in ("03", "04")


@dataclass(frozen=True, slots=True)
class Activity:
    """One kind of association; ``{}`` in a name is the town."""

    names: tuple[str, ...]
    ape: str
    idcc: str
    risk: str
    jobs: tuple[Job, ...]


OFFICE = Job("Secrétaire", "542a", "06", "Groupe C", 1310)
CLEANING = Job("Agent d'entretien", "684a", "07", "Groupe A", 1202)
DIRECTOR = Job("Directeur d'association", "373c", "04", "Groupe I", 2240)
ACCOUNTANT = Job("Comptable", "543b", "05", "Groupe E", 1620)
ANIMATOR = Job("Animateur périscolaire", "435b", "06", "Groupe B", 1255)

ACTIVITIES = (
    Activity(
        ("Crèche Les Petits Mulots de {}", "Crèche parentale La Ribambelle de {}", "Halte-garderie de {}"),
        "8891A", "1261", "853AD",
        (Job("Auxiliaire de puériculture", "526d", "06", "Coefficient 372", 1298),
         Job("Éducatrice de jeunes enfants", "434g", "05", "Coefficient 479", 1588), CLEANING, DIRECTOR),
    ),
    Activity(
        ("Club de sport de {}", "Étoile sportive de {}", "Tennis club de {}", "Judo club de {}"),
        "9312Z", "2511", "926CD",
        (Job("Éducateur sportif", "424a", "06", "Groupe 3", 1344),
         Job("Entraîneur", "424a", "05", "Groupe 4", 1475), OFFICE, CLEANING),
    ),
    Activity(
        ("MJC de {}", "Maison des jeunes de {}", "Foyer rural de {}"),
        "9499Z", "1518", "913EF",
        (ANIMATOR, Job("Animateur technicien d'activités", "435b", "06", "Niveau A", 1401), OFFICE, DIRECTOR),
    ),
    Activity(
        ("École de musique de {}", "Harmonie municipale de {}", "Chorale L'Accord parfait de {}"),
        "8552Z", "1518", "804CB",
        (Job("Professeur de musique", "354g", "06", "Niveau B", 1633),
         Job("Chef d'orchestre d'harmonie", "354b", "05", "Niveau B", 1790), OFFICE),
    ),
    Activity(
        ("Centre social de {}", "Espace de vie sociale de {}"),
        "8899B", "1261", "853AB",
        (ANIMATOR, Job("Référent famille", "434c", "05", "Coefficient 509", 1602),
         ACCOUNTANT, CLEANING, DIRECTOR),
    ),
    Activity(
        ("Amicale laïque de {}", "Comité des fêtes de {}", "Ludothèque Au Dé pipé de {}"),
        "9329Z", "1518", "913EE",
        (ANIMATOR, OFFICE, CLEANING, Job("Ludothécaire", "425a", "06", "Groupe C", 1322)),
    ),
)  # fmt: skip
