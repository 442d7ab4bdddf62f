from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.accounts import links, lock_out, pending
from scarabee.accounts.confirmation import mark_confirmed
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.first_start import from_this_machine
from scarabee.accounts.forms import CodeForm, NewPasswordForm, SignInForm
from scarabee.accounts.models import User
from scarabee.accounts.services import second_factor as factors
from scarabee.accounts.services.first_start import finish_first_start
from scarabee.accounts.services.passwords import finish_reset
from scarabee.accounts.services.sign_in import use_sign_in_link
from scarabee.maintenance.middleware import reachable_in_maintenance

WRONG_CODE = (
    "Ce code n’est pas celui attendu, ou il a déjà servi. Attendez le suivant ; vérifiez aussi l’heure du téléphone."
)
_BACKEND = "scarabee.accounts.backends.AccountBackend"


@reachable_in_maintenance
@login_not_required
@never_cache
@sensitive_post_parameters("username", "password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page: name and password, then the code where a second factor is in place."""
    if request.headers.get("HX-Request"):  # the session ended under an open page: show the whole sign-in page
        return _whole_page(request)
    target = _safe_target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        return _enter(request, form.user, target)
    return render(request, "accounts/login.html", {"form": form, "next": _wanted(request)})


@reachable_in_maintenance
@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second page of the sign-in: the code of the moment."""
    target = _safe_target(request)
    if request.user.is_authenticated:
        return redirect(target)
    user = pending.waiting_user(request)
    if user is None:
        return redirect(_with_next("accounts:login", target))
    form = CodeForm(request.POST or None)
    context = {"form": form, "next": _wanted(request), "user_name": user.username}
    if request.method == "POST" and form.is_valid() and not lock_out.turn_away_if_locked(request, user.username):
        try:
            right = factors.accepts(user, form.cleaned_data["code"])
            if right and not lock_out.turn_away_if_locked(request, user.username):  # guesses may come all at once
                return _open_session(request, user, target)
        except factors.SecondFactorUnreadable as refusal:
            return render(request, "accounts/second_factor.html", {**context, "refusal": refusal}, status=409)
        lock_out.count_failure(request, user)
        form.add_error("code", WRONG_CODE)
    return render(request, "accounts/second_factor.html", context)


@reachable_in_maintenance
@login_not_required
@never_cache
@require_safe
def locked(request: HttpRequest) -> HttpResponse:
    """What a lock is and how to get out, for pages that could not show it themselves."""
    return render(request, "accounts/locked.html", {"minutes": lock_out.LOCK_MINUTES}, status=429)


@reachable_in_maintenance
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
        return _enter(request, user, settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/first_start.html", {"form": form, "user_name": link.user.username})


@login_not_required
@never_cache
@sensitive_post_parameters("password", "confirmation")
@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """Whose account was reset chooses a new password, from any machine, and is signed in."""
    link = links.find(LinkPurpose.RESET, token)
    if link is None:
        return render(request, "accounts/reset_refused.html", status=403)
    form = NewPasswordForm(request.POST or None, user=link.user)
    if request.method == "POST" and form.is_valid():
        user = finish_reset(link=link, password=form.cleaned_data["password"])
        if user is None:
            return render(request, "accounts/reset_refused.html", status=403)
        return _enter(request, user, settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/reset.html", {"form": form, "user_name": link.user.username})


@reachable_in_maintenance
@login_not_required
@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def sign_in_with_link(request: HttpRequest, token: str) -> HttpResponse:
    """A button; pressing it uses the link up, so that a mere preview of the address does not."""
    link = links.find(LinkPurpose.SIGN_IN, token)
    if link is not None and request.method == "POST":
        user = use_sign_in_link(link=link)
        if user is not None:
            return _enter(request, user, settings.LOGIN_REDIRECT_URL, confirmed=True)
        link = None
    if link is None:
        return render(request, "accounts/link_refused.html", status=403)
    return render(request, "accounts/link.html", {"user_name": link.user.username})


def _enter(request: HttpRequest, user: User, target: str, *, confirmed: bool = False) -> HttpResponse:
    """Open a session, or ask for the code first where a second factor is in place."""
    if factors.is_enrolled(user):
        pending.remember(request, user)
        return redirect(_with_next("accounts:second_factor", target))
    return _open_session(request, user, target, confirmed=confirmed)


def _open_session(request: HttpRequest, user: User, target: str, *, confirmed: bool = False) -> HttpResponse:
    pending.forget(request)
    login(request, user, backend=_BACKEND)
    if confirmed:
        mark_confirmed(request)
    return redirect(target)


def _whole_page(request: HttpRequest) -> HttpResponse:
    """Have htmx load the sign-in page in place of the page it runs in, then come back to that page."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = urlencode({"next": here.path or "/"})
    return HttpResponse(headers={"HX-Redirect": f"{reverse('accounts:login')}?{back}"})


def _with_next(url_name: str, target: str) -> str:
    """The address of a page of the sign-in that leads to `target` afterwards."""
    home = resolve_url(settings.LOGIN_REDIRECT_URL)
    wanted = resolve_url(target)
    return reverse(url_name) + ("" if wanted == home else f"?{urlencode({'next': wanted})}")


def _wanted(request: HttpRequest) -> str:
    """The page asked for before the sign-in, kept through refused attempts."""
    return request.POST.get("next") or request.GET.get("next") or ""


def _safe_target(request: HttpRequest) -> str:
    target = _wanted(request)
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    if is_ours and target.startswith("/"):  # a bare word would be taken for the name of an address
        return target
    return resolve_url(settings.LOGIN_REDIRECT_URL)
