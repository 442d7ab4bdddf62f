"""The list of accounts, and a new one."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.accounts import links, selectors
from scarabee.accounts.account_forms import NewAccountForm
from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.models import User
from scarabee.accounts.services import passwords, rights, users
from scarabee.accounts.services.authority import require_administrator
from scarabee.accounts.views.chosen import ask_password
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

CSV_AT_ONCE = 500
_CSV_HEADER = (
    "Compte", "Rôle", "Actif", "Bloqué", "Deuxième facteur", "Dernière connexion",
    "Identifiants Net-Entreprises", "Dernier succès", "Dernier échec", "Cause",
)  # fmt: skip


@never_cache
@require_safe
def user_list(request: HttpRequest) -> HttpResponse:
    """All accounts: what each may do, and how its identifiers are doing."""
    actor = Actor.of(request.user)
    require_administrator(actor)
    asked = _asked(request)
    page = selectors.user_page(actor=actor, sort=request.GET.get("tri", "nom"), page=request.GET.get("page"), **asked)
    context = {"page": page, "states": selectors.STATES, **asked, "filtered": bool(asked["text"])}
    return render(request, "accounts/users.html", context)


@never_cache
@require_safe
def user_csv(request: HttpRequest) -> HttpResponseBase:
    """The list of accounts as a CSV file; no identifier of the portal is in it."""
    actor = Actor.of(request.user)
    require_administrator(actor)
    found = selectors.users_found(sort=request.GET.get("tri", "nom"), **_asked(request))
    rows = (
        _csv_row(row)
        for start in range(0, found.count(), CSV_AT_ONCE)
        for row in selectors.user_rows(actor, list(found[start : start + CSV_AT_ONCE]))
    )
    return csv_response("comptes", _CSV_HEADER, rows)


@never_cache
@sensitive_post_parameters("password", "confirmation")
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    """A new account, with its rights at once."""
    actor = Actor.of(request.user)
    require_administrator(actor)
    if not is_confirmed(request):
        return ask_password(request.path)
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, token = _create(actor, form)
        except ValidationError as error:
            form.add_error("username", error.messages)
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            if token:
                return one_time_address(request, user, token, is_new=True)
            messages.success(request, f"Le compte « {user.username} » est créé.")
            return redirect("accounts:user_show", user.pk)
    return render(request, "accounts/user_new.html", {"form": form}, status=400 if form.errors else 200)


@sensitive_variables("token", "context")
def one_time_address(request: HttpRequest, user: User, token: str, *, is_new: bool) -> HttpResponse:
    """The page that shows, once, the address on which the person chooses a password."""
    context = {
        "account": user,
        "address": request.build_absolute_uri(reverse("accounts:reset", args=[token])),
        "minutes": links.LINK_MINUTES,
        "is_new": is_new,
    }
    return render(request, "accounts/one_time_address.html", context)


@sensitive_variables("wanted", "token")
@transaction.atomic
def _create(actor: Actor, form: NewAccountForm) -> tuple[User, str]:
    """The account with its rights, and the token of its address when no password was chosen for it."""
    wanted = form.cleaned_data
    user = users.create_user(
        actor=actor,
        username=wanted["username"],
        password=wanted["password"] or None,
        is_administrator=wanted["is_administrator"],
        usual_role=wanted["usual_role"],
    )
    dossiers = _dossiers(actor, form)
    if dossiers:
        rights.set_roles(actor=actor, user=user, roles=dict.fromkeys(dossiers, wanted["usual_role"]))
    token = "" if wanted["password"] else passwords.reset_user(actor=actor, user=user)
    return user, token


def _dossiers(actor: Actor, form: NewAccountForm) -> list[int]:
    if form.cleaned_data["rights"] == NewAccountForm.ALL:
        return list(Dossier.objects.visible_to(actor).filter(archived_at=None).values_list("pk", flat=True))
    return [dossier.pk for dossier in form.cleaned_data["dossiers"]]


def _asked(request: HttpRequest) -> dict[str, str]:
    state = request.GET.get("etat", "actifs")
    return {
        "text": " ".join(request.GET.get("nom", "").split())[:150],
        "state": state if state in selectors.STATES else "actifs",
    }


def _csv_row(row: selectors.UserRow) -> tuple[object, ...]:
    health = row.health
    return (
        row.user.username,
        row.role,
        _yes(row.user.is_active),
        _yes(row.is_locked),
        _yes(row.has_second_factor),
        _moment(row.user.last_login),
        health.state if health else "aucun",
        _moment(health.last_success_at if health else None),
        _moment(health.last_failure_at if health else None),
        health.cause if health else "",
    )


def _yes(value: bool) -> str:
    return "oui" if value else "non"


def _moment(value: datetime | None) -> str:
    return f"{localtime(value):%d/%m/%Y %H:%M}" if value else ""
