"""How the tree is looked at: search, page, opened employers, employees shown or hidden. Never what is ticked.

Kept in the session, so that reloading, going back and working without JavaScript show the same tree, and no
search (it may hold a NIR) ever stands in an address.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

MOST_OPEN = 5
_LONGEST_SEARCH = 100


@dataclass(slots=True)
class Opened:
    """An employer whose employees are listed: their search and page."""

    search: str = ""
    page: int = 1


@dataclass(slots=True)
class TreeState:
    """`opened`: {employer id: Opened}, the latest last. `shown`: not hidden by the green square."""

    search: str = ""
    page: int = 1
    shown: bool = True
    opened: dict[int, Opened] = field(default_factory=dict)

    @classmethod
    def of(cls, session: SessionBase, number: int) -> Self:
        """The state kept for this draft, or the first one."""
        kept: dict[str, Any] = session.get(_key(number), {})
        opened = {int(pk): Opened(**said) for pk, said in kept.get("opened", {}).items()}
        return cls(kept.get("search", ""), kept.get("page", 1), kept.get("shown", True), opened)

    def keep(self, session: SessionBase, number: int) -> None:
        """Remember it for the next page."""
        kept = asdict(self) | {"opened": {str(pk): asdict(one) for pk, one in self.opened.items()}}
        if session.get(_key(number), {}) != kept:
            session[_key(number)] = kept

    def follow(self, post: QueryDict) -> None:
        """Take over the searches of a posted form, then what its button does to the view."""
        self._search(post)
        action, *said = post.get("do", "").split(":")
        numbers = [int(part) for part in said if part.isascii() and part.isdigit() and len(part) <= 18]
        match action, numbers:
            case "page", [page]:
                self.page = page
            case "ouvrir", [employer]:
                self.open(employer)
            case "fermer", [employer]:
                self.opened.pop(employer, None)
            case "page-salaries", [employer, page] if employer in self.opened:
                self.opened[employer].page = page
            case "carre-vert", []:
                self.shown = not self.shown
            case "tout-voir", []:
                self.search, self.page = "", 1

    def open(self, employer_id: int) -> None:
        """List the employees of this employer; the one opened longest ago closes when there are too many."""
        self.shown = True
        self.opened.setdefault(employer_id, Opened())
        while len(self.opened) > MOST_OPEN:
            del self.opened[next(iter(self.opened))]

    def _search(self, post: QueryDict) -> None:
        search = post.get("chercher", self.search).strip()[:_LONGEST_SEARCH]
        if search != self.search:
            self.search, self.page = search, 1
        for employer_id, one in self.opened.items():
            search = post.get(f"chercher-{employer_id}", one.search).strip()[:_LONGEST_SEARCH]
            if search != one.search:
                one.search, one.page = search, 1


def forget(session: SessionBase, number: int) -> None:
    """Drop the state of a draft that is over."""
    session.pop(_key(number), None)


def _key(number: int) -> str:
    return f"transfert-{number}"
