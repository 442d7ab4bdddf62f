from django.db.models import TextChoices


class Role(TextChoices):
    """What a user may do in one dossier."""

    GESTIONNAIRE = "gestionnaire", "Gestionnaire"
    LECTURE = "lecture", "Lecture"


class LinkPurpose(TextChoices):
    """What a one-time link is good for."""

    FIRST_START = "premier_demarrage", "Premier démarrage"
    SIGN_IN = "connexion", "Connexion"
    RESET = "reinitialisation", "Réinitialisation"


class IdentityState(TextChoices):
    """What is known of an account of the portal."""

    UNTRIED = "inconnue", "jamais vérifiée"
    PROVED = "prouvee", "vérifiée"
    FROZEN = "gelee", "refusée : plus rien ne part tout seul"


class Statement(TextChoices):
    """What a person declares before identifiers that were refused may go once more."""

    UNLOCKED = "debloque", "Le compte a été débloqué sur net-entreprises.fr"
    RENEWED = "renouvele", "Le mot de passe a été renouvelé sur net-entreprises.fr, à l’identique de celui-ci"
    ENROLLED = "inscrit", "Le service DSN a été ajouté au compte, hier ou avant"
    RISK = "risque", "J’ai comparé chaque champ avec le portail : essayez encore une fois"
