"""Lists with boxes to tick, whatever their length: searched, paged, and nothing ticked is lost on the way."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.http import QueryDict

PAGE_LENGTH = 50
PAGE, SEARCH, TICKED = "page:", "chercher", "e"


@dataclass(frozen=True, slots=True)
class Chooser[T]:
    """A page of a list. `elsewhere`: what is ticked and not on this page, to be carried along."""

    page: Page[T]
    search: str
    ticked: frozenset[str]
    elsewhere: list[str] = field(default_factory=list)


def chooser[T](
    rows: Sequence[T], post: QueryDict, *, key: Callable[[T], str], text: Callable[[T], str], search: bool = True
) -> Chooser[T]:
    """What to show of these rows. `key`: names a row in the form; `text`: what is searched, whatever its case."""
    sought = " ".join(post.get(SEARCH, "").casefold().split())[:100] if search else ""
    found = [row for row in rows if sought in text(row).casefold()] if sought else list(rows)
    page = Paginator(found, PAGE_LENGTH).get_page(_page(post.get("do", "")))
    known = {key(row) for row in rows}
    ticked = frozenset(post.getlist(TICKED)) & known
    shown = {key(row) for row in page.object_list}
    return Chooser(page, sought, ticked, sorted(ticked - shown))


def ticked_of(post: QueryDict, known: Collection[str]) -> list[str]:
    """What is ticked, in the order of the rows."""
    said = set(post.getlist(TICKED))
    return [one for one in known if one in said]


def _page(gesture: str) -> int:
    number = gesture.removeprefix(PAGE)
    return int(number) if gesture.startswith(PAGE) and number.isdecimal() and len(number) < 7 else 1
