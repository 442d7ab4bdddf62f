"""Before Administrateur has a password, nothing is served but the page that sets it."""

from collections.abc import Callable
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from scarabee.accounts.services.first_start import first_start_pending

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class FirstStartMiddleware:
    """Answers an explanation to everything but the first-start link, until the password is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asks_for_it = request.path_info.startswith(reverse("accounts:first_start_root"))
        # whoever is signed in had a password to sign in with: only strangers cost the question
        if not asks_for_it and not request.user.is_authenticated and first_start_pending():
            return render(request, "accounts/first_start_waiting.html", status=403)
        return self.get_response(request)


def from_this_machine(request: HttpRequest) -> bool:
    """True when the browser runs on the machine of the server, and no proxy stands between."""
    if any(request.META.get(header) for header in _FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
