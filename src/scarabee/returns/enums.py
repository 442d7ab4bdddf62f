"""The states of what comes back, of anomalies and of rates (design §6)."""

from django.db.models import TextChoices


class FetchState(TextChoices):
    """Whether the document of a listed return is here."""

    TO_FETCH = "to_fetch", "à télécharger"
    FETCHED = "fetched", "reçu"
    NO_DOCUMENT = "no_document", "sans document"
    GONE = "gone", "plus disponible sur le portail"


class Origin(TextChoices):
    """Where a return came from."""

    PORTAL = "portal", "récupéré sur le portail"
    FILE = "file", "fichier ajouté à la main"


class AnomalyState(TextChoices):
    """Where an anomaly of the work list stands."""

    TO_DO = "to_do", "à traiter"
    WITH_ASSOCIATION = "with_association", "chez l’association"
    CORRECTED = "corrected", "corrigée dans une DSN"
    ACCEPTED = "accepted", "acceptée, rien à faire"
    CLOSED = "closed", "close par un retour plus récent"


OPEN_ANOMALIES = frozenset({AnomalyState.TO_DO, AnomalyState.WITH_ASSOCIATION, AnomalyState.CORRECTED})
"""A later return that still shows it opens none of the others again by itself, save `CLOSED`."""


class RateState(TextChoices):
    """Where a rate of a CRM nominatif stands."""

    WAITING = "waiting", "à valider"
    APPLIED = "applied", "appliqué"
    SET_ASIDE = "set_aside", "écarté"


class LineKind(TextChoices):
    """Why a line of a CRM nominatif needs a person."""

    UNKNOWN = "unknown", "inconnu dans ce dossier"
    BY_MATRICULE = "by_matricule", "reconnu par le seul matricule"
    CONFLICT = "conflict", "deux taux différents pour la même personne"
    UNREADABLE = "unreadable", "taux illisible"
