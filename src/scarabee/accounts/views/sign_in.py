from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.accounts import links
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.first_start import from_this_machine
from scarabee.accounts.forms import NewPasswordForm, SignInForm
from scarabee.accounts.models import User
from scarabee.accounts.services.first_start import finish_first_start
from scarabee.accounts.services.sign_in import use_sign_in_link

_BACKEND = "scarabee.accounts.backends.AccountBackend"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    if request.headers.get("HX-Request"):  # the session ended under an open page: show the whole sign-in page
        return _whole_page(request)
    target = _safe_target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        login(request, form.user, backend=_BACKEND)
        return redirect(target)
    return render(request, "accounts/login.html", {"form": form, "next": _wanted(request)})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "confirmation")
@require_http_methods(["GET", "POST"])
def first_start(request: HttpRequest, token: str = "") -> HttpResponse:
    """The owner sets Administrateur's password, on the machine itself, with the link of the console."""
    link = links.find(LinkPurpose.FIRST_START, token) if from_this_machine(request) else None
    if link is None:
        return render(request, "accounts/first_start_refused.html", status=403)
    form = NewPasswordForm(request.POST or None, user=link.user)
    if request.method == "POST" and form.is_valid():
        user = finish_first_start(link=link, password=form.cleaned_data["password"])
        if user is None:
            return render(request, "accounts/first_start_refused.html", status=403)
        login(request, user, backend=_BACKEND)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/first_start.html", {"form": form, "user_name": link.user.username})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_with_link(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressing it uses the link up, so that a mere preview of the address does not."""
    link = links.find(LinkPurpose.SIGN_IN, token)
    user: User | None = None
    if link is not None and request.method == "POST":
        user = use_sign_in_link(link=link)
        if user is not None:
            login(request, user, backend=_BACKEND)
            return redirect(settings.LOGIN_REDIRECT_URL)
        link = None
    if link is None:
        return render(request, "accounts/link_refused.html", status=403)
    return render(request, "accounts/link.html", {"user_name": link.user.username})


def _whole_page(request: HttpRequest) -> HttpResponse:
    """Have htmx load the sign-in page in place of the page it runs in, then come back to that page."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = urlencode({"next": here.path or "/"})
    return HttpResponse(headers={"HX-Redirect": f"{reverse('accounts:login')}?{back}"})


def _wanted(request: HttpRequest) -> str:
    """The page asked for before the sign-in, kept through refused attempts."""
    return request.POST.get("next") or request.GET.get("next") or ""


def _safe_target(request: HttpRequest) -> str:
    target = _wanted(request)
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return resolve_url(settings.LOGIN_REDIRECT_URL)
