"""Backups are an Administrateur's affair, on the screens as at the command line."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from scarabee.maintenance.journal import Actor


def administrator(request: HttpRequest) -> Actor:
    """Who asks. Raises PermissionDenied to anybody but an Administrateur."""
    actor = Actor.of(request.user)
    if not actor.is_administrator:
        raise PermissionDenied
    return actor
