"""What accounts do around every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from scarabee.accounts.sessions import note_use


class SessionUseMiddleware:
    """Notes that the session is used, once the page is made: pages that need no session cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.session.modified:  # else the row is about to be written anyway
            note_use(request.session)
        return response
