"""How a state is shown: in words, by an icon, by a tone; never by the tone alone."""

from dataclasses import dataclass

from scarabee.dossiers.selectors.wording import fraction_text, words
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing

NOTHING, IMPORTED = "nothing", "imported"
"""What the board says where no filing is: nothing came, or a réel declaration that was imported only."""


@dataclass(frozen=True, slots=True)
class Sign:
    """`tone`: done, care, alarm, quiet or accent; a style of that name gives its colour."""

    label: str
    icon: str
    tone: str


_ICONS = {
    S.RECEIVED: ("document", "quiet"),
    S.REJECTED_LOCALLY: ("x-circle", "alarm"),
    S.CHECKED: ("document-check", "accent"),
    S.HELD: ("pause-circle", "care"),
    S.PLANNED: ("clock", "accent"),
    S.SENDING: ("paper-airplane", "accent"),
    S.ACCEPTED: ("inbox-arrow-down", "accent"),
    S.REFUSED: ("x-circle", "alarm"),
    S.UNKNOWN: ("question-mark-circle", "alarm"),
    S.NOT_DEPOSITED: ("exclamation-triangle", "care"),
    S.CONFORM: ("check-circle", "done"),
    S.ANOMALIES: ("exclamation-circle", "alarm"),
    S.CANCELLED: ("minus-circle", "quiet"),
    S.RECORDED_BY_HAND: ("hand-raised", "accent"),
}
SIGNS: dict[str, Sign] = {
    NOTHING: Sign("rien reçu", "minus-circle", "quiet"),
    IMPORTED: Sign("importée, dépôt non suivi ici", "arrow-down-tray", "quiet"),
    **{state.value: Sign(state.label, *_ICONS[state]) for state in S},
}

PROGRESS = (
    NOTHING, S.RECEIVED, S.REJECTED_LOCALLY, S.CHECKED, S.NOT_DEPOSITED, S.HELD, S.PLANNED, S.CANCELLED, S.REFUSED,
    S.ANOMALIES, S.UNKNOWN, S.SENDING, S.RECORDED_BY_HAND, S.ACCEPTED, IMPORTED, S.CONFORM,
)  # fmt: skip
"""From the least to the most advanced: a month of several fractions stands where the last of them does."""


def kind_words(filing: Filing) -> str:
    """« DSN Mensuelle », « Signalement Fin du contrat de travail Unique »; the code where no norm knows it."""
    return words("S20.G00.05.001", filing.nature) or "nature inconnue"


def type_words(filing: Filing) -> str:
    """« annule et remplace intégral »; empty for an ordinary declaration."""
    if filing.type in ("", "01"):
        return ""
    return words("S20.G00.05.002", filing.type).removeprefix("déclaration ")


def part_words(filing: Filing) -> str:
    """« fraction 1 sur 2 »; empty for a month in one piece."""
    told = fraction_text(filing.fraction)
    return f"fraction {told}" if told else ""
