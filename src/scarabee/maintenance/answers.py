"""What every answer says to the browser, whoever made it: pages, refusals, downloads, files of the product."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class AnswersMiddleware:
    """Nothing is kept by a browser or a proxy unless the answer says otherwise, nor embedded by another site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
