"""What stands before every page: nobody comes in while Scarabée is closed, nor to a post of another version."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from scarabee import __version__
from scarabee.maintenance import gate, versions, watch, window
from scarabee.maintenance.models import Window

RETRY_SECONDS = 20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_REACHABLE = "reachable_in_maintenance"


def reachable_in_maintenance[View: Callable[..., HttpResponse]](view: View) -> View:
    """Marks a view that answers while Scarabée is closed by hand: signing in, and opening it again."""
    setattr(view, _REACHABLE, True)
    return view


class MaintenanceMiddleware:
    """503 with a page that says why, since when and what is safe; `request.maintenance` is the window that stands.

    Whatever writes is inside the gate, so that a maintenance waits for its end and no other begins meanwhile.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        versions.own_stamp()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        writes = request.method not in _SAFE
        seen = watch.look(fresh=writes)
        if age := versions.age(seen):
            return _answer(request, "maintenance/other_version.html", {"age": age.value, "there": seen.version})
        row = seen.window
        if row is not None and row.is_closed and not _gets_in(request, row):
            return closed_page(request, row)
        request.maintenance = row  # type: ignore[attr-defined]
        if not writes:
            return self.get_response(request)
        with gate.together() as comes_in:
            return self.get_response(request) if comes_in else closed_page(request, window.current())


def closed_page(request: HttpRequest, row: Window | None) -> HttpResponse:
    """The page of a closed Scarabée, which asks again by itself; it reads nothing of the database."""
    return _answer(request, "maintenance/closed.html", {"window": row, "sent": request.method not in _SAFE})


def _gets_in(request: HttpRequest, row: Window) -> bool:
    """The opener does; when it was by hand, whoever signs in or opens it again does too."""
    if row.is_by_hand and _is_reachable(request.path_info):
        return True
    if row.actor_user_id is None:  # opened at the command line: no session need be read to know
        return False
    user: Any = request.user
    return bool(user.is_authenticated and user.pk == row.actor_user_id)


def _is_reachable(path: str) -> bool:
    try:
        return getattr(resolve(path).func, _REACHABLE, False)
    except Resolver404:
        return False


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(render_to_string(template, {**context, "version": __version__}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    if request.headers.get("HX-Request"):  # a part of a page: the whole page says it
        response["HX-Refresh"] = "true"
    elif request.method in _SAFE:
        response["Refresh"] = str(RETRY_SECONDS)
    return response
