"""How dates of a DSN are written on screen."""

from django import template

from scarabee.dsn.readable import readable_date

register = template.Library()


@register.filter
def declared_date(value: object) -> str:
    """JJMMAAAA → JJ/MM/AAAA, an unknown day or month as ??; anything else is left as it is."""
    return readable_date(str(value or ""))


@register.filter
def iso_day(value: object) -> str:
    """AAAA-MM-JJ → JJ/MM/AAAA; anything else is left as it is."""
    text = str(value or "")
    parts = text[:10].split("-")
    return "/".join(reversed(parts)) if len(parts) == 3 else text
