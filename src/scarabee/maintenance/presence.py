"""Who else is in this dossier: a row for each person and dossier, written once a minute at most, gone after five.

A page notes the visit once it is made, and never waits for it; who else is there is asked by a part of the page of its
own, and by the pages that are about to destroy something.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from scarabee.maintenance.clock import now
from scarabee.maintenance.models import Presence
from scarabee.maintenance.patience import without_waiting

FRESH = timedelta(minutes=5)
NOTE_SECONDS = 60
_KEPT = timedelta(days=1)
_MOST_REMEMBERED = 10_000


def others_in(dossiers: list[UUID], *, besides: int | None) -> list[Presence]:
    """Who was seen in one of these dossiers in the last five minutes, the latest first; one query.

    For who may see these dossiers only. `besides`: the number of the account that asks.
    """
    seen = Presence.objects.filter(dossier_uuid__in=dossiers, seen_at__gte=now() - FRESH)
    return list((seen.exclude(user_id=besides) if besides is not None else seen).order_by("-seen_at"))


def anybody() -> list[str]:
    """The names of those who were seen in any dossier in the last five minutes."""
    seen = Presence.objects.filter(seen_at__gte=now() - FRESH).order_by("user_name")
    return list(seen.values_list("user_name", flat=True).distinct())


def visit(request: HttpRequest, dossier: UUID) -> None:
    """Say that the page being made is one of this dossier."""
    request.visited_dossier = dossier  # type: ignore[attr-defined]


def note(dossier: UUID, user: Any) -> None:
    """Write that this user is in this dossier, unless this process did so a minute ago. One query, never waited for."""
    key, moment = (dossier, int(user.pk)), time.monotonic()
    last = _noted.get(key)
    if last is not None and moment - last < NOTE_SECONDS:
        return
    row = Presence(dossier_uuid=dossier, user_id=user.pk, user_name=user.username)
    changed = ["user_name", "seen_at"]
    if last is None or moment - last > FRESH.total_seconds():
        changed.append("opened_at")
    try:
        with without_waiting():
            Presence.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["dossier_uuid", "user_id"], update_fields=changed
            )
    except OperationalError:  # busy: the next page will tell
        return
    with _one_at_a_time:
        if len(_noted) >= _MOST_REMEMBERED:
            _noted.clear()
        _noted[key] = moment


def forget_old() -> None:
    """Remove the rows of those who left a day ago."""
    Presence.objects.filter(seen_at__lt=now() - _KEPT).delete()


class PresenceMiddleware:
    """Notes the visit of a dossier, once its page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        dossier = getattr(request, "visited_dossier", None)
        if dossier is not None and request.user.is_authenticated:
            note(dossier, request.user)
        return response


_noted: dict[tuple[UUID, int], float] = {}
"""{(dossier, user): when this process wrote it last, in monotonic seconds}."""
_one_at_a_time = threading.Lock()
