"""What stands before every page: nobody comes in while Scarabée is closed, nor to a post of another version."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from scarabee import __version__
from scarabee.maintenance import gate, versions, watch, window
from scarabee.maintenance.folder import migration_stamp
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
        self.stamp = migration_stamp()  # of the code that runs, whatever is installed over it later

    def __call__(self, request: HttpRequest) -> HttpResponse:
        writes = request.method not in _SAFE
        seen = watch.look(fresh=writes)
        if age := versions.age(seen, self.stamp):
            return _answer(request, "maintenance/other_version.html", {"age": age.value, "there": seen.version})
        request.maintenance = seen.window  # type: ignore[attr-defined]
        if not writes:
            return self.get_response(request)
        with gate.together() as comes_in:
            return self.get_response(request) if comes_in else closed_page(request, window.current())

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        row: Window | None = getattr(request, "maintenance", None)
        if row is None or not row.is_closed or (row.is_by_hand and getattr(view, _REACHABLE, False)):
            return None
        return None if _is_opener(request, row) else closed_page(request, row)


def closed_page(request: HttpRequest, row: Window | None) -> HttpResponse:
    """The page of a closed Scarabée, which asks again by itself; it reads nothing of the database."""
    return _answer(request, "maintenance/closed.html", {"window": row, "sent": request.method not in _SAFE})


def _is_opener(request: HttpRequest, row: Window) -> bool:
    if row.actor_user_id is None:  # opened at the command line: no session need be read to know
        return False
    user: Any = request.user
    return bool(user.is_authenticated and user.pk == row.actor_user_id)


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(render_to_string(template, {**context, "version": __version__}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    if request.headers.get("HX-Request"):  # a part of a page: the whole page says it
        response["HX-Refresh"] = "true"
    elif request.method in _SAFE:
        response["Refresh"] = str(RETRY_SECONDS)
    return response
