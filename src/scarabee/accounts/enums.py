from django.db.models import TextChoices


class Role(TextChoices):
    """What a user may do in one dossier."""

    GESTIONNAIRE = "gestionnaire", "Gestionnaire"
    LECTURE = "lecture", "Lecture"


class LinkPurpose(TextChoices):
    """What a one-time link is good for."""

    FIRST_START = "premier_demarrage", "Premier démarrage"
    SIGN_IN = "connexion", "Connexion"
