"""The returns that the deposits of a month bring, as their page shows them: what is amiss first."""

from collections import Counter
from typing import Any

from django.core.paginator import Page, Paginator

from scarabee.maintenance.journal import Actor
from scarabee.returns.services.missing import Expected, Wait, expected

PAGE_LENGTH = 100
_ORDER = (Wait.LATE, Wait.FAILED_TO_ASK, Wait.AWAITED, Wait.TOO_EARLY, Wait.ARRIVED)
AMISS = frozenset({Wait.LATE, Wait.FAILED_TO_ASK})


class Awaiting:
    """What is expected for a month (AAAA-MM), for what the actor may see, what is amiss first."""

    def __init__(self, actor: Actor, month: str) -> None:
        self.expected: list[Expected] = sorted(expected(actor, month), key=lambda one: _ORDER.index(one.state))

    @property
    def counts(self) -> list[tuple[Wait, int]]:
        """How many stand so, the worst first."""
        figures = Counter(one.state for one in self.expected)
        return [(state, figures[state]) for state in _ORDER if figures[state]]

    @property
    def amiss(self) -> int:
        """How many are late, or could not be asked for."""
        return sum(one.state in AMISS for one in self.expected)

    def page(self, only: str, page: str | None) -> Page[Any]:
        """A page of `Expected`. `only`: one state; anything else asks for all."""
        chosen = [one for one in self.expected if only not in set(Wait) or one.state == only]
        return Paginator(chosen, PAGE_LENGTH).get_page(page)
