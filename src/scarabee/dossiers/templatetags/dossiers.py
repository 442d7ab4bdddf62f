"""How dates of a DSN are written on screen."""

from datetime import datetime
from typing import Any

from django import template

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dsn.readable import readable_date
from scarabee.maintenance import presence
from scarabee.maintenance.clock import now

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


@register.inclusion_tag("dossiers/who_else.html", takes_context=True)
def who_else(context: template.Context, dossier: Dossier) -> dict[str, Any]:
    """{% who_else dossier %}: the page is one of this dossier; a part of it will ask who else is there."""
    presence.visit(context["request"], dossier.uuid)
    return {"dossier": dossier}


@register.inclusion_tag("dossiers/who_is_in.html", takes_context=True)
def who_is_in(context: template.Context, *dossiers: Dossier | None) -> dict[str, Any]:
    """{% who_is_in dossier %}: a warning before something is destroyed, while somebody else is there. One query."""
    shown = [one.uuid for one in dossiers if one]
    user = context["request"].user
    return {"others": presence.others_in(shown, besides=user.pk) if shown else []}


@register.filter
def minutes_ago(moment: datetime) -> str:
    """How long ago, in minutes: « à l’instant », « il y a 2 min »."""
    minutes = int((now() - moment).total_seconds() // 60)
    return f"il y a {minutes} min" if minutes > 0 else "à l’instant"


@register.filter
def employer_name(employer: Employer) -> str:
    """The name, or the SIRET with the town until somebody types one."""
    if employer.name:
        return employer.name
    digits = employer.siret
    spaced = "\u00a0".join((digits[:3], digits[3:6], digits[6:9], digits[9:]))
    return f"{spaced} ({employer.town})" if employer.town else spaced


_KIND_WORDS = {
    "employees": ("salarié", "salariés"),
    "contracts": ("contrat", "contrats"),
    "declarations": ("déclaration", "déclarations"),
    "employee_months": ("mois de salarié", "mois de salariés"),
}


@register.filter
def counts_in_words(counts: dict[str, int]) -> list[str]:
    """{"employees": 3, "contracts": 4} → ["3 salariés", "4 contrats"]; only what people know of."""
    told = []
    for kind, (one, several) in _KIND_WORDS.items():
        count = counts.get(kind, 0)
        if count:
            told.append(f"{count} {several if count > 1 else one}")
    return told
