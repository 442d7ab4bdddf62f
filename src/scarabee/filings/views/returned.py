"""Après un retour à une sauvegarde: what rests, what the portal said, and the two decisions of an Administrateur."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.accounts.services.authority import require_administrator
from scarabee.dossiers.refusals import to_show
from scarabee.filings.selectors.returned import returned
from scarabee.filings.services import after_restore
from scarabee.filings.views.choices import counted
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """How it stands; `do=confirmer` lets standing orders go again, `do=clore` ends the search with a reason."""
    actor = Actor.of(request.user)
    require_administrator(actor)
    if request.method == "POST":
        try:
            messages.success(request, _decide(request, actor))
        except Refusal as refusal:
            messages.error(request, str(to_show(refusal)))
        return redirect("filings:after-restore")
    return render(request, "filings/after_restore.html", {"returned": returned(request.GET.get("page"))})


def _decide(request: HttpRequest, actor: Actor) -> str:
    if request.POST.get("do") == "clore":
        after_restore.close(actor=actor, reason=request.POST.get("pourquoi", ""))
        return "La recherche est close : les déclarations réelles peuvent être ordonnées."
    count = after_restore.confirm_orders(actor=actor)
    return f"{counted(count, 'ordre permanent', 'ordres permanents')} de nouveau en vigueur."
