"""The states of a filing, and the moves between them (design §5)."""

from django.db.models import TextChoices


class FilingState(TextChoices):
    """Where one declaration stands on its way to the portal."""

    RECEIVED = "received", "reçue"
    REJECTED_LOCALLY = "rejected_locally", "à corriger"
    CHECKED = "checked", "contrôlée"
    HELD = "held", "retenue"
    PLANNED = "planned", "dépôt prévu"
    SENDING = "sending", "envoi en cours"
    ACCEPTED = "accepted", "déposée (AEE)"
    REFUSED = "refused", "rejetée (ARE)"
    UNKNOWN = "unknown", "issue inconnue"
    NOT_DEPOSITED = "not_deposited", "non déposée"
    CONFORM = "conform", "conforme (CCO)"
    ANOMALIES = "anomalies", "anomalies (BAN)"
    CANCELLED = "cancelled", "abandonnée"
    RECORDED_BY_HAND = "recorded_by_hand", "déposée à la main"


_S = FilingState
MOVES: dict[str, frozenset[str]] = {
    _S.RECEIVED: frozenset({_S.CHECKED, _S.REJECTED_LOCALLY, _S.CANCELLED}),
    _S.REJECTED_LOCALLY: frozenset({_S.CHECKED, _S.CANCELLED, _S.RECORDED_BY_HAND}),
    _S.CHECKED: frozenset({_S.HELD, _S.PLANNED, _S.CANCELLED, _S.REJECTED_LOCALLY, _S.RECORDED_BY_HAND}),
    _S.HELD: frozenset({_S.HELD, _S.PLANNED, _S.CANCELLED, _S.CHECKED, _S.RECORDED_BY_HAND}),
    _S.PLANNED: frozenset({_S.PLANNED, _S.HELD, _S.SENDING, _S.CANCELLED, _S.RECORDED_BY_HAND}),
    # back to PLANNED: the portal's answer proves that nothing was recorded, and the same file may go again
    _S.SENDING: frozenset({_S.ACCEPTED, _S.REFUSED, _S.UNKNOWN, _S.NOT_DEPOSITED, _S.PLANNED}),
    # a late answer of the portal to the very sending settles what was taken for unknown
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.REFUSED, _S.NOT_DEPOSITED, _S.RECORDED_BY_HAND}),
    _S.NOT_DEPOSITED: frozenset({_S.ACCEPTED, _S.REFUSED, _S.PLANNED, _S.CANCELLED, _S.RECORDED_BY_HAND}),
    # back to UNKNOWN: the idflux that a person gave for it proves to be another declaration's
    _S.ACCEPTED: frozenset({_S.CONFORM, _S.ANOMALIES, _S.UNKNOWN}),
    _S.RECORDED_BY_HAND: frozenset({_S.CONFORM, _S.ANOMALIES, _S.REFUSED, _S.RECORDED_BY_HAND, _S.CANCELLED}),
    _S.CONFORM: frozenset({_S.ANOMALIES}),
    _S.ANOMALIES: frozenset({_S.CONFORM}),
    _S.REFUSED: frozenset(),
    _S.CANCELLED: frozenset({_S.CHECKED, _S.REJECTED_LOCALLY}),
}
"""state → the states it may become; a state that names itself may only have its plan changed."""

WAITING = frozenset({_S.RECEIVED, _S.CHECKED, _S.HELD, _S.PLANNED})
"""Not sent yet, and nobody gave it up."""
OPEN = frozenset({_S.SENDING, _S.UNKNOWN})
"""Under way, or nobody knows: nothing may be moved or deleted under it."""
DEPOSITED = frozenset({_S.ACCEPTED, _S.CONFORM, _S.RECORDED_BY_HAND})
"""The portal has it, as far as is known."""
STANDS = frozenset({_S.SENDING, _S.UNKNOWN, _S.ACCEPTED, _S.CONFORM, _S.RECORDED_BY_HAND})
"""States in which no second réel deposit of the same key may start by itself (design §5)."""
REFUSED_STATES = frozenset({_S.REFUSED, _S.ANOMALIES})
"""The portal said no: this version is not in force (design §2)."""
SENT = frozenset({_S.SENDING, _S.UNKNOWN, _S.ACCEPTED, _S.REFUSED, _S.CONFORM, _S.ANOMALIES, _S.RECORDED_BY_HAND})
"""Something left, or may have left, for the portal."""


class Source(TextChoices):
    """How files came in."""

    UPLOAD = "upload", "déposés dans Scarabée"
    COMMAND = "command", "ligne de commande"
    FOLDER = "folder", "dossier d’échange"
    BY_HAND = "by_hand", "dépôt fait à la main sur le portail"


class FileState(TextChoices):
    """Where one received file stands."""

    WAITING = "waiting", "à lire"
    READ = "read", "lu"
    KNOWN = "known", "déjà reçu"
    REFUSED = "refused", "refusé"


class ProofKind(TextChoices):
    """What the portal answered about a deposit."""

    AEE = "AEE", "accusé d’enregistrement électronique"
    ARE = "ARE", "avis de rejet"
    CCO = "CCO", "certificat de conformité"
    BAN = "BAN", "bilan d’anomalies"
