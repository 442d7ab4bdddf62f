"""The two tabs of an account, *Scarabée* and *Net Entreprise*: one form, one Enregistrer, taken up at once."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.accounts import selectors
from scarabee.accounts.confirmation import CONFIRMED_MINUTES, confirm, is_confirmed
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.identifier_forms import AccountForm
from scarabee.accounts.leaving import left_by
from scarabee.accounts.portal import identifiers
from scarabee.accounts.services import authority, users
from scarabee.accounts.typed_remarks import by_field, has_kept_password, warning, why_unreadable
from scarabee.accounts.views.acts import offered
from scarabee.accounts.views.chosen import PORTAL_TAB, Chosen, ask_password, chosen_account
from scarabee.accounts.views.own import WRONG_PASSWORD
from scarabee.dossiers.refusals import refused_in
from scarabee.maintenance.errors import Refusal

CONFIRM_AGAIN = (
    "Les quinze minutes sont passées : confirmez de nouveau votre mot de passe. Rien n’a été enregistré ; ce que vous "
    "avez tapé est gardé, sauf le mot de passe Net-Entreprises."
)
KEPT = "Enregistré. Le prochain travail automatique s’en sert, sans vous reconnecter."
NOT_VERIFIED = (
    "Enregistré. Ces identifiants ne sont pas encore vérifiés : la boule bleue dit tout de suite s’ils sont bons."
)
REFUSED = (
    "Enregistrés, mais ce compte Net-Entreprises est arrêté après un refus : aucun dépôt ni aucune récupération "
    "automatique ne partira avant que la boule bleue soit toute verte."
)
TYPE_IT_AGAIN = "Retapez le mot de passe Net-Entreprises si vous le changiez : une page ne le garde jamais."


@dataclass(slots=True)
class Drawn:
    """What the page says beside the form: why the password typed does not do, which tab is in front, what happened."""

    wrong_password: str = ""
    tab: str = ""
    notes: list[str] = field(default_factory=list)


@never_cache
@sensitive_post_parameters("confirmation", "motdepasse")
@require_http_methods(["GET", "HEAD", "POST"])
def account_show(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The account: *Confirmer* opens its second tab, *Enregistrer* keeps both."""
    chosen = chosen_account(request, pk)
    if request.method != "POST":
        tab = request.GET.get("onglet", "")
        return _page(request, chosen, account_form(request, chosen, bound=False), Drawn(tab=tab))
    form = account_form(request, chosen, bound="siret" in request.POST)
    if not (is_confirmed(request) or _confirmed_now(request)):
        return _page(request, chosen, form, Drawn(wrong_password=_why_closed(request)), status=400)
    if request.POST.get("do") != "enregistrer":
        if "garde" not in request.POST:
            return redirect(chosen.portal_tab)
        return _page(request, chosen, form, Drawn(tab=PORTAL_TAB, notes=[TYPE_IT_AGAIN]))
    return _save(request, chosen)


@never_cache
@sensitive_post_parameters("motdepasse")
@require_POST
def account_remarks(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What is odd in the fields as they are now: a few lines that take their place under each of them."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return HttpResponse(status=204)
    form = account_form(request, chosen)
    context = {"remarks": by_field(form.entry), "swapped": True}
    return render(request, "accounts/all_remarks.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_forget(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Say what removing the identifiers stops, then remove them."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(request.path)
    held = identifiers.identifiers_of(chosen.user)
    if request.method == "POST":
        identifiers.forget_identifiers(actor=chosen.actor, user=chosen.user)
        messages.success(request, f"Les identifiants Net-Entreprises de « {chosen.user.username} » sont effacés.")
        return redirect(chosen.addresses["show"])
    return render(request, "accounts/forget.html", {"chosen": chosen, "account": chosen.user, "held": held})


def account_form(request: HttpRequest, chosen: Chosen, *, bound: bool = True) -> AccountForm:
    """The form of both tabs, on what was posted or on what is kept."""
    return AccountForm(
        request.POST if bound else None,
        user=chosen.user,
        held=identifiers.identifiers_of(chosen.user),
        with_role=chosen.by_administrator,
    )


@sensitive_variables("typed")
def _confirmed_now(request: HttpRequest) -> bool:
    """Whether the password typed in the first tab is right."""
    typed = request.POST.get("confirmation", "")
    return bool(typed) and confirm(request, typed)


def _why_closed(request: HttpRequest) -> str:
    if request.POST.get("confirmation"):
        return WRONG_PASSWORD
    return CONFIRM_AGAIN if request.POST.get("do") == "enregistrer" else "Tapez votre mot de passe, puis Confirmer."


def _save(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    """Keep both tabs, then say what was kept, and what in it will not work."""
    with transaction.atomic():
        authority.take_turn()
        chosen = chosen_account(request, None if chosen.own_page else chosen.user.pk)
        form = account_form(request, chosen)
        if form.is_valid():
            try:
                _keep(chosen, form)
            except Refusal as refusal:
                refused_in(form, refusal)
    if not form.is_valid():
        return _page(request, chosen, form, Drawn(tab=PORTAL_TAB), status=form.status)
    say_kept(request, chosen, form)
    return redirect(chosen.portal_tab if form.says_something else chosen.addresses["show"])


@transaction.atomic
def _keep(chosen: Chosen, form: AccountForm) -> None:
    if "usual_role" in form.cleaned_data and form.cleaned_data["usual_role"] != chosen.user.usual_role:
        users.set_usual_role(actor=chosen.actor, user=chosen.user, role=form.cleaned_data["usual_role"])
    if form.says_something:
        identifiers.save_identifiers(actor=chosen.actor, user=chosen.user, entry=form.entry)
        if "morning_time" in form.changed_data:  # what was not touched is left to whoever shares the account
            identifiers.set_morning_time(actor=chosen.actor, user=chosen.user, value=form.cleaned_data["morning_time"])


def say_kept(request: HttpRequest, chosen: Chosen, form: AccountForm | None) -> None:
    """One message: kept, and what in it cannot serve or is not known to. `form` None: kept as tested."""
    held = identifiers.identifiers_of(chosen.user)
    wrong = (
        [warning(form.entry, has_kept_password=has_kept_password(form.held))] if form and form.says_something else []
    )
    if held is not None and held.identity.state == IdentityState.FROZEN:
        wrong.append(REFUSED)
    if any(wrong):
        messages.warning(request, " ".join(filter(None, wrong)))
    elif held is not None and held.proved_at is None:
        messages.info(request, NOT_VERIFIED)
    else:
        messages.success(request, KEPT)


def _page(request: HttpRequest, chosen: Chosen, form: AccountForm, drawn: Drawn, *, status: int = 200) -> HttpResponse:
    """The two tabs. Before the password is confirmed the second one holds no field."""
    row = selectors.user_rows(chosen.actor, [chosen.user])[0]
    confirmed = is_confirmed(request)
    context: dict[str, Any] = {
        "chosen": chosen,
        "account": chosen.user,
        "row": row,
        "form": form,
        "held": form.held,
        "confirmed": confirmed,
        "minutes": CONFIRMED_MINUTES,
        "drawn": drawn,
        "tab": drawn.tab if drawn.tab == PORTAL_TAB and confirmed else "scarabee",
        "remarks": by_field(form.entry) if confirmed else {},
        "unreadable": why_unreadable(form.held) if confirmed else None,
        "has_kept_password": has_kept_password(form.held) if confirmed else False,
        "acts": offered(chosen, is_locked=row.is_locked) if chosen.by_administrator else [],
        "session_count": selectors.session_count(chosen.user) if chosen.user.is_active else 0,
        "left": [] if chosen.user.is_active else left_by(chosen.actor, chosen.user),
    }
    return render(request, "accounts/show.html", context, status=status)
