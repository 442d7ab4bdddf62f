"""The rights of an account, dossier by dossier."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.accounts import selectors
from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.models import Membership
from scarabee.accounts.rights_form import CHOICES, RightsForm, asked_in
from scarabee.accounts.services import authority, rights
from scarabee.accounts.views.chosen import Chosen, ask_password, chosen_account
from scarabee.dossiers.models import Dossier


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """A role for each dossier of the page; saving touches no other dossier."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(request.get_full_path())
    if request.method != "POST":
        return _page(request, chosen)
    with transaction.atomic():
        authority.take_turn()
        dossiers = list(Dossier.objects.filter(pk__in=asked_in(request.POST)))
        form = RightsForm(request.POST, user=chosen.user, dossiers=dossiers, held=_held(chosen, dossiers))
        if not form.is_valid():
            return _page(request, chosen, form)
        changed = rights.set_roles(actor=chosen.actor, user=chosen.user, roles=form.roles())
    messages.success(request, f"Droits enregistrés. Dossiers dont le rôle a changé : {changed}.")
    return redirect(request.get_full_path())


def _page(request: HttpRequest, chosen: Chosen, sent: RightsForm | None = None) -> HttpResponse:
    """The dossiers of the page, with what was sent where somebody else was faster."""
    text = " ".join(request.GET.get("dossier", "").split())[:150]
    only_given = request.GET.get("montrer") == "donnes"
    page = selectors.rights_page(
        actor=chosen.actor, user=chosen.user, text=text, only_given=only_given, page=request.GET.get("page")
    )
    held = {right.dossier.pk: right.role for right in page.object_list}
    form = RightsForm(None, user=chosen.user, dossiers=[right.dossier for right in page.object_list], held=held)
    context: dict[str, Any] = {
        "chosen": chosen,
        "account": chosen.user,
        "page": page,
        "form": sent or form,
        "rows": [(right.dossier, _field(sent, form, right.dossier)) for right in page.object_list],
        "text": text,
        "only_given": only_given,
        "choices": CHOICES,
        "usual_role": chosen.user.get_usual_role_display(),
    }
    return render(request, "accounts/rights.html", context, status=sent.status if sent else 200)


def _field(sent: RightsForm | None, form: RightsForm, dossier: Dossier) -> Any:
    return sent.field_of(dossier) if sent and sent.speaks_of(dossier) else form.field_of(dossier)


def _held(chosen: Chosen, dossiers: list[Dossier]) -> dict[int, str]:
    rows = Membership.objects.filter(user=chosen.user, dossier__in=dossiers)
    return dict(rows.values_list("dossier_id", "role"))
