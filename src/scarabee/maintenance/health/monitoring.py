"""`/sante`: the least that a monitor needs, for anybody; nothing of anybody.

It stands before sessions, rights, first start and maintenance, and so answers when they could not: it is no page.
"""

import hmac
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from scarabee import __version__
from scarabee.maintenance import folder, watch
from scarabee.maintenance.clock import now
from scarabee.maintenance.health.beating import SILENT_AFTER, Kind, last_beats

PATH = "/sante"
TOKEN = "SCARABEE_JETON_SANTE"
_READING = frozenset({"GET", "HEAD"})


class HealthMiddleware:
    """Answers `/sante`: 200 when everything is up, 503 when something is down, in three queries or four.

    Whoever brings the token of SCARABEE_JETON_SANTE (`Authorization: Bearer …`) is also told versions, ages and room.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.stamp = folder.migration_stamp()  # of the code that runs, whatever is installed over it later

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost, as everywhere
        if request.method not in _READING:
            return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        return _answer(self.stamp, detailed=_knows_the_token(request))


def _answer(own_stamp: str, *, detailed: bool) -> HttpResponse:
    moment = now()
    beats: dict[str, datetime] = {}
    told: dict[str, object] = {"database": False, "schema": False}
    try:
        stamp = folder.database_stamp()
        if stamp is None:  # not there, or no database either
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        told = {"database": True, "schema": stamp is not None and stamp[0] == own_stamp}
        if told["schema"]:
            beats = last_beats()
            told["maintenance"] = watch.current() is not None
    except DatabaseError:
        told["database"] = False
    told |= {kind.value: kind in beats and moment - beats[kind] < SILENT_AFTER for kind in Kind}
    up = all(told[name] for name in ("database", "schema", *Kind)) and not told.get("maintenance")
    body = {"status": "ok" if up else "down", **told, **(_details(moment, beats) if detailed else {})}
    status = HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def _details(moment: datetime, beats: dict[str, datetime]) -> dict[str, object]:
    return {
        "version": __version__,
        "engine": connection.vendor,
        "free_bytes": shutil.disk_usage(settings.DATA_FOLDER).free,
        "seconds_since": {kind: round((moment - at).total_seconds()) for kind, at in beats.items()},
    }


def _knows_the_token(request: HttpRequest) -> bool:
    token = os.environ.get(TOKEN, "")
    said = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(said.encode(), f"Bearer {token}".encode())
