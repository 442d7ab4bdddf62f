"""A `Refusal` raised by any view becomes a page that says what happened, what is safe and what to do.

Views need no code of their own for it: `RefusalMiddleware` stands in settings.MIDDLEWARE. A view that shows a
form again catches the refusal itself, so that nothing typed is lost (`refused_in`); what is about rights goes through
(`to_show`).
"""

from collections.abc import Callable

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal


class RefusalMiddleware:
    """409 with the refusal's own words; 404 for what the actor may not see, 403 for what it may not do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        return render(request, "dossiers/refusal.html", {"refusal": exception}, status=_status(exception))


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, NotVisible):
        return 404
    return 403 if isinstance(refusal, NotAllowed) else 409


def to_show(refusal: Refusal) -> Refusal:
    """The refusal, for the page it was asked from; one that is about rights is raised: it answers 404 or 403."""
    if isinstance(refusal, NotVisible | NotAllowed):
        raise refusal
    return refusal


def refused_in(form: BaseForm, refusal: Refusal) -> None:
    """Show a refusal above the form that was sent, with what was typed still in it; raises as `to_show`."""
    form.add_error(None, str(to_show(refusal)))
