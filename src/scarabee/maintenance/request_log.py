"""Each request has an id, told in the answer and in every line of the log that speaks of it; its end is one line."""

import logging
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from scarabee.maintenance.logs import request_id, route_of

HEADER = "X-Request-ID"

logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """Outermost: what any other middleware logs carries the id. Files of the product itself are not logged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        mark = request_id.set(uuid4().hex[:16])
        try:
            response = self.get_response(request)
            response[HEADER] = request_id.get()
            if logger.isEnabledFor(logging.INFO) and not request.path_info.startswith(settings.STATIC_URL):
                logger.info("Answered", extra=_facts(request, response, time.perf_counter() - begun))
            return response
        finally:
            request_id.reset(mark)


def _facts(request: HttpRequest, response: HttpResponse, seconds: float) -> dict[str, object]:
    return {
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
        "user_id": _user_id(request),
    }


def _user_id(request: HttpRequest) -> str | None:
    """The number of the signed-in user, without a query: only if the page itself had to know."""
    session = getattr(request, "session", None)
    if session is None or not session.accessed:
        return None
    found: str | None = session.get(SESSION_KEY)
    return found
