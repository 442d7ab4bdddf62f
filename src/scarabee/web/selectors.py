"""What the home page and the journal show. Domain apps register their figures here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.web.navigation import address


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: why, and where. `url` is empty while the screen does not exist."""

    title: str
    text: str
    icon: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number worth seeing first, with its noun, and where it leads."""

    value: int
    label: str
    url: str = ""


@dataclass(slots=True)
class Home:
    """The home page: figures when there is something, then what to do."""

    figures: list[Figure] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(figure.value for figure in self.figures)


FigureSource = Callable[[Actor], list[Figure]]
FIGURE_SOURCES: list[FigureSource] = []
"""Domain apps add theirs in `AppConfig.ready()`; each may cost two queries."""


def home(actor: Actor) -> Home:
    """The home page of this actor."""
    steps = [
        Step(
            "Remplir un dossier",
            "Déposez les fichiers DSN que votre logiciel de paie a déjà écrits : employeurs, salariés et "
            "historique s’y trouvent.",
            "arrow-down-tray",
            address("dossiers:import"),
            "Importer des DSN",
        ),
        Step(
            "Ouvrir un dossier",
            "Un dossier est un ensemble d’employeurs qui se suffit à lui-même.",
            "folder",
            address("dossiers:list"),
            "Voir les dossiers",
        ),
        Step(
            "Transférer des employeurs ou des salariés",
            "D’un dossier à un autre, avec tout leur historique et la preuve que rien n’est perdu.",
            "arrows-right-left",
            address("transfers:start"),
            "Transfert de données",
        ),
    ]
    return Home(
        figures=[figure for source in FIGURE_SOURCES for figure in source(actor)],
        steps=[step for step in steps if step.url],
    )


def journal(*, code: str = "", who: str = "") -> QuerySet[JournalEntry]:
    """The entries, newest first, of one act and by whoever's name holds `who`; all when both are empty."""
    entries = JournalEntry.objects.all()
    if code:
        entries = entries.filter(code=code)
    if who:
        entries = entries.filter(actor_name__icontains=who)
    return entries


def journal_codes() -> list[str]:
    """The codes that the journal holds, in order."""
    return list(JournalEntry.objects.order_by("code").values_list("code", flat=True).distinct())
