"""Going on, or no more, collecting the returns of somebody whose account is closed."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.leaving import Left
from scarabee.accounts.services import authority
from scarabee.accounts.views.chosen import ask_password, chosen_account
from scarabee.dossiers.refusals import to_show
from scarabee.maintenance.errors import Refusal
from scarabee.returns.selectors import leaving


@require_POST
def keep_collecting(request: HttpRequest, pk: int) -> HttpResponse:
    """Until the day that was typed, or no more. The password confirmed before, as for all that is done to accounts."""
    chosen = chosen_account(request, pk)
    address = chosen.addresses["show"]
    if not is_confirmed(request):
        return ask_password(address)
    with transaction.atomic():
        authority.take_turn()
        left = None if chosen.user.is_active else leaving.left_by(chosen.actor, chosen.user, request.POST)
        if left is None:
            messages.info(request, "Rien n’est plus attendu avec ces identifiants : il n’y a rien à changer.")
        elif left.form.is_valid():
            _go_on(request, left)
        elif left.form.meanwhile:
            messages.warning(request, str(left.form.meanwhile))
        else:
            messages.error(request, " ".join(str(text) for texts in left.form.errors.values() for text in texts))
    return redirect(address)


def _go_on(request: HttpRequest, left: Left) -> None:
    try:
        left.go_on()
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
        return
    until = left.form.cleaned_data["until"] if left.form.cleaned_data["keep"] else None
    if until:
        messages.success(request, f"Les retours sont récupérés jusqu’au {until:%d/%m/%Y}, et rien d’autre.")
    else:
        messages.success(request, "Les retours ne sont plus récupérés avec ces identifiants.")
