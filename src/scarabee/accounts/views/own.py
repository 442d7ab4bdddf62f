"""Passwords and the second factor: one's own, and what an Administrateur may do for somebody else."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from scarabee.accounts.account_forms import ConfirmForm, FirstCodeForm, OwnPasswordForm
from scarabee.accounts.confirmation import CONFIRMED_MINUTES, confirm, is_confirmed
from scarabee.accounts.forms import NewPasswordForm
from scarabee.accounts.services import passwords, second_factor
from scarabee.accounts.views.chosen import Chosen, ask_password, chosen_account, safe_path
from scarabee.dossiers.refusals import refused_in
from scarabee.maintenance.errors import Refusal

WRONG_PASSWORD = "Ce n’est pas votre mot de passe. Vérifiez la touche Verr. Maj, puis recommencez."
PASSWORD_CHANGED = "Le mot de passe de « {} » est changé. Ses autres sessions sont fermées."


@never_cache
@sensitive_post_parameters("confirmation")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_password(request: HttpRequest) -> HttpResponse:
    """Type one's own password again, then go on to the page that asked for it."""
    then = safe_path(request, request.POST.get("suite") or request.GET.get("suite") or "")
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if confirm(request, form.cleaned_data["confirmation"]):
            return redirect(then)
        form.add_error("confirmation", WRONG_PASSWORD)
    context = {"form": form, "then": then, "minutes": CONFIRMED_MINUTES}
    return render(request, "accounts/confirm.html", context, status=400 if form.errors else 200)


@never_cache
@sensitive_post_parameters("current", "password", "confirmation")
@require_http_methods(["GET", "HEAD", "POST"])
def account_password(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new password in two equal fields: one's own, the current one first, or an Administrateur's act on another."""
    chosen = chosen_account(request, pk)
    if not (chosen.is_self or is_confirmed(request)):
        return ask_password(request.path)
    form_class = OwnPasswordForm if chosen.is_self else NewPasswordForm
    form = form_class(request.POST or None, user=chosen.user)
    if request.method == "POST" and form.is_valid() and _change(request, chosen, form):
        messages.success(request, PASSWORD_CHANGED.format(chosen.user.username))
        return redirect(chosen.addresses["show"])
    context = {"chosen": chosen, "account": chosen.user, "form": form}
    return render(request, "accounts/password.html", context, status=400 if form.errors else 200)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def account_second_factor(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Put one's second factor in place, or remove it; an Administrateur may remove another's."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(request.path)
    if request.method != "POST":
        return _factor_page(request, chosen)
    match request.POST.get("do"):
        case "commencer" if chosen.is_self:
            return _enrolment_page(request, chosen, FirstCodeForm())
        case "confirmer" if chosen.is_self:
            return _first_code(request, chosen)
        case "retirer":
            second_factor.remove(actor=chosen.actor, user=chosen.user, but_key=_kept_session(request, chosen))
            messages.success(request, "Le deuxième facteur est retiré : seul le mot de passe est demandé.")
    return redirect(chosen.addresses["second_factor"])


def _change(request: HttpRequest, chosen: Chosen, form: NewPasswordForm) -> bool:
    """Whether the password was changed; else the form says why not."""
    if chosen.is_self and not confirm(request, form.cleaned_data["current"]):
        form.add_error("current", WRONG_PASSWORD)
        return False
    kept = _kept_session(request, chosen)
    try:
        user = passwords.change_password(
            actor=chosen.actor, user=chosen.user, password=form.cleaned_data["password"], but_key=kept
        )
    except ValidationError as error:
        form.add_error("password", error)
        return False
    if chosen.is_self:
        update_session_auth_hash(request, user)
    return True


def _kept_session(request: HttpRequest, chosen: Chosen) -> str:
    """The key of the session that a change of one's own leaves open: this one."""
    return (request.session.session_key or "") if chosen.is_self else ""


def _first_code(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    form = FirstCodeForm(request.POST)
    if form.is_valid():
        try:
            kept = _kept_session(request, chosen)
            second_factor.confirm(actor=chosen.actor, user=chosen.user, code=form.cleaned_data["code"], but_key=kept)
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "Le deuxième facteur est en place : un code sera demandé à chaque connexion.")
            return redirect(chosen.addresses["second_factor"])
    return _enrolment_page(request, chosen, form)


def _factor_page(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    context = {"chosen": chosen, "account": chosen.user, "is_enrolled": second_factor.is_enrolled(chosen.user)}
    return render(request, "accounts/own_second_factor.html", context)


@sensitive_variables("enrolment", "context")
def _enrolment_page(request: HttpRequest, chosen: Chosen, form: FirstCodeForm) -> HttpResponse:
    enrolment = second_factor.begin(actor=chosen.actor, user=chosen.user)
    context = {"chosen": chosen, "account": chosen.user, "form": form, "enrolment": enrolment}
    return render(request, "accounts/own_second_factor.html", context, status=400 if form.errors else 200)
