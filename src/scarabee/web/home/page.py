"""The home page: whether one may go home, this month at a glance, what waits, where to begin."""

from dataclasses import dataclass

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.selectors.dossiers import DossierRow, rows_of
from scarabee.maintenance.journal import Actor
from scarabee.web.home.glance import Card, cards
from scarabee.web.home.state import SHOWN_DOSSIERS, State, state_of
from scarabee.web.home.steps import Step, steps
from scarabee.web.home.waiting import Waiting, waiting
from scarabee.web.templatetags.scarabee import counted, number


@dataclass(frozen=True, slots=True)
class Home:
    """`cards`: empty before the first dossier; `waiting`: the most pressing first; `dossiers`: the first ones."""

    state: State
    cards: list[Card]
    waiting: list[Waiting]
    dossiers: list[DossierRow]
    steps: list[Step]

    @property
    def is_empty(self) -> bool:
        return not self.dossiers

    @property
    def first(self) -> Waiting | None:
        """What waits first, None when nothing does."""
        return self.waiting[0] if self.waiting else None

    @property
    def first_words(self) -> str:
        """« D’abord : 2 dépôts en retard ou à risque »; empty when nothing waits."""
        return f"D’abord : {number(self.first.value)} {self.first.label}" if self.first else ""

    @property
    def others_words(self) -> str:
        """What is said of all the rest that waits."""
        others = len(self.waiting) - 1
        return f"Puis {counted(others, 'autre chose,autres choses')}, dans l’ordre ci-dessous." if others > 0 else ""


def home(actor: Actor) -> Home:
    """The home page of this actor."""
    state = state_of(actor)
    dossiers = rows_of(Dossier.objects.visible_to(actor).filter(archived_at=None)[:SHOWN_DOSSIERS])
    return Home(
        state=state,
        cards=cards(state, is_administrator=actor.is_administrator) if dossiers else [],
        waiting=waiting(state, is_administrator=actor.is_administrator),
        dossiers=dossiers,
        steps=[step for step in steps(may_fill=actor.is_administrator or state.may_write) if step.url],
    )
