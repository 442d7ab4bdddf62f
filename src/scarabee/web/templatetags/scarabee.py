"""How numbers, months and identifiers are written on screen, and the small pieces pages are made of.

Loaded in every template without {% load %}.
"""

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django import template
from django.core.paginator import Page
from heroicons.templatetags.heroicons import heroicon_mini

from scarabee.maintenance import journal

register = template.Library()

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


@register.filter
def siret(value: object) -> str:
    """12345678900012 → 123 456 789 00012; anything else is left as it is."""
    text = str(value or "")
    if len(text) != 14 or not text.isdigit():
        return text
    return NO_BREAK_SPACE.join((text[:3], text[3:6], text[6:9], text[9:]))


@register.filter
def nir(value: object) -> str:
    """185057512345678 → 1 85 05 75 123 456 78; a NIR may come without its key (13 characters)."""
    text = str(value or "")
    if len(text) not in {13, 15}:
        return text
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    parts = (text[start:end] for start, end in pairwise(cuts))
    return NO_BREAK_SPACE.join(part for part in parts if part)


@register.filter
def month(value: object) -> str:
    """2026-10, or a date → octobre 2026; anything else is left as it is."""
    text = str(value or "")
    year, separator, rest = text.partition("-")
    number = rest[:2]
    if not separator or not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
        return text
    return f"{MONTHS[int(number) - 1]}{NO_BREAK_SPACE}{year}"


@register.filter
def amount(value: object) -> str:
    """1234.56 → 1 234,56 €; empty when there is no amount, left as it is when it is no number."""
    if value in (None, ""):
        return ""
    try:
        number = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    return f"{_french(f'{number:,.2f}')}{NO_BREAK_SPACE}€"


@register.filter
def number(value: object) -> str:
    """1234567 → 1 234 567; decimals take a comma."""
    if value in (None, ""):
        return ""
    try:
        return _french(f"{Decimal(str(value)):,f}")
    except InvalidOperation:
        return str(value)


@register.filter
def counted(value: int, nouns: str) -> str:
    """2|counted:"salarié,salariés" → 2 salariés; French counts zero and one as singular."""
    singular, _, plural = nouns.partition(",")
    return f"{number(value)}{NO_BREAK_SPACE}{plural or singular + 's' if abs(value) >= 2 else singular}"


def _french(text: str) -> str:
    return text.replace(",", NARROW_SPACE).replace(".", ",")


@register.filter
def fact(value: object, name: str = "") -> str:
    """A fact of the journal in plain French: oui, non, a list with commas, an object as clé valeur, a code in words."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None:
        return "aucun"
    if isinstance(value, list):
        return ", ".join(fact(one, name) for one in value) or "aucun"
    if isinstance(value, dict):
        return " · ".join(f"{wording(key)} {fact(one, key)}" for key, one in value.items())
    return journal.value_wording(name, value) if isinstance(value, str) else str(value)


@register.filter
def wording(name: str) -> str:
    """The French words for a code or the name of a fact of the journal."""
    return journal.wording(name)


@register.filter
def page_numbers(page: Page[Any]) -> list[int]:
    """The page numbers worth a link: first, last, and those around; 0 stands for a gap."""
    last = page.paginator.num_pages
    wanted = sorted({1, last, *range(max(1, page.number - 2), min(last, page.number + 2) + 1)})
    shown: list[int] = []
    for candidate in wanted:
        if shown and candidate - shown[-1] > 1:
            shown.append(0)
        shown.append(candidate)
    return shown


@register.simple_tag
def icon(name: str, size: int = 20, css: str = "") -> str:
    """{% icon "folder" %}: a heroicon of the mini set, drawn in the colour of the text, silent to readers."""
    attributes: dict[str, Any] = {"aria_hidden": "true", "focusable": "false", "class": f"icon {css}".strip()}
    return heroicon_mini(str(name), size=size, **attributes)


@register.inclusion_tag("web/maintenance_notice.html", takes_context=True)
def maintenance_notice(context: template.Context) -> dict[str, Any]:
    """{% maintenance_notice %}: that Scarabée is about to close, or closed to all but the reader; no query."""
    return {"window": getattr(context.get("request"), "maintenance", None)}


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """{% query page=3 %}: the address's own query string with these values in place of its own."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}"
