"""The pages shown when an address or a request cannot be answered. They say what is safe and what to do."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/errors/400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/errors/403.html", status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/errors/404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """No context processor: whatever broke may break them too."""
    return HttpResponse(render_to_string("web/errors/500.html"), status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A stale form; or one of a page that another version made, which the name of its cookie tells."""
    mine = settings.CSRF_COOKIE_NAME
    older = [name for name in request.COOKIES if name.startswith(settings.CSRF_COOKIE_START) and name != mine]
    response = render(request, "web/errors/older_page.html" if older else "web/errors/csrf.html", status=403)
    for name in older:
        response.delete_cookie(name)
    if older and request.headers.get("HX-Request"):  # a part of a page: the whole page is loaded again
        response["HX-Refresh"] = "true"
    return response
