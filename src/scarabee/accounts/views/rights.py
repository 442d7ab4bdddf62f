"""The rights of an account, dossier by dossier."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.accounts import selectors
from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.enums import Role
from scarabee.accounts.services import rights
from scarabee.accounts.views.chosen import ask_password, chosen_account

CHOICES = [(rights.NO_ROLE, "aucun"), *Role.choices]
_NOW, _BEFORE = "role-", "avant-"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """A role for each dossier of the page; saving touches no other dossier, and only what was changed."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(request.get_full_path())
    if request.method == "POST":
        changed = rights.set_roles(actor=chosen.actor, user=chosen.user, roles=_chosen_roles(request.POST))
        messages.success(request, f"Droits enregistrés. Dossiers dont le rôle a changé : {changed}.")
        return redirect(request.get_full_path())
    text = " ".join(request.GET.get("dossier", "").split())[:150]
    only_given = request.GET.get("montrer") == "donnes"
    context = {
        "chosen": chosen,
        "account": chosen.user,
        "page": selectors.rights_page(
            actor=chosen.actor, user=chosen.user, text=text, only_given=only_given, page=request.GET.get("page")
        ),
        "text": text,
        "only_given": only_given,
        "choices": CHOICES,
        "usual_role": chosen.user.get_usual_role_display(),
    }
    return render(request, "accounts/rights.html", context)


def _chosen_roles(posted: QueryDict) -> dict[int, str]:
    """What differs from what the page showed, or the role asked for all of them; by number of dossier."""
    shown = {name.removeprefix(_NOW): value for name, value in posted.items() if name.startswith(_NOW)}
    for_all = posted.get("pour-tous", "") if posted.get("do") == "tous" else ""
    return {
        int(number): for_all or str(role)
        for number, role in shown.items()
        if number.isdigit() and (for_all or role != posted.get(f"{_BEFORE}{number}"))
    }
