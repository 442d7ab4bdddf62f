"""What the apps above say of themselves, in `AppConfig.ready()`: where they may name somebody, which archives stand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Archive:
    """Archives made before an erasure still hold the person. `until`: when they go by themselves, None: never."""

    count: int
    oldest: datetime
    until: datetime | None
    what: str


ARCHIVES: list[Callable[[datetime], list[Archive]]] = []
"""The archives made before a moment that still stand, told by the app that makes them."""

TEXTS: list[tuple[str, str]] = []
"""(model, column) of sentences in which somebody may be named, besides those that `remains` knows."""


def archives_before(moment: datetime) -> list[Archive]:
    """The archives made before a moment that still stand."""
    return [one for told in ARCHIVES for one in told(moment)]
