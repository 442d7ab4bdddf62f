"""What stands above every page about backups, and the small pieces that their pages are made of."""

from typing import Any

from django import template
from django.urls import reverse

from scarabee.backups import alarms, wording
from scarabee.backups.models import Backup, Script
from scarabee.dossiers.services.uploads import in_words
from scarabee.maintenance.errors import Refusal

register = template.Library()


@register.inclusion_tag("backups/alarms.html")
def backup_alarms(user: object) -> dict[str, Any]:
    """What is missing, for an Administrateur, until it is cured; no query."""
    try:
        found = alarms.alarms(user)
    except Refusal:  # the key file cannot be read: its own pages say it
        return {}
    return {"alarms": [{"alarm": one, "url": reverse(one.url_name)} for one in found]}


@register.filter
def schedule(script: Script) -> str:
    """When a script passes: « chaque jour à 12 h 30 »."""
    return wording.schedule(script)


@register.filter
def backup_state(backup: Backup) -> wording.Sign:
    """Where an archive is, in words."""
    return wording.state(backup)


@register.filter
def size(value: int | None) -> str:
    """1048576 → 1 Mo; empty for None."""
    return "" if value is None else in_words(value)
