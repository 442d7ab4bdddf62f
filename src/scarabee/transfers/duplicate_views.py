"""Employers that stand in several dossiers, who declares each, and handing that over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.errors import Refusal
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services import declaring
from scarabee.maintenance.journal import Actor
from scarabee.transfers import selectors


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The SIRETs that several of the actor's dossiers hold."""
    actor = Actor.of(request.user)
    search = request.GET.get("chercher", "").strip()[:100]
    page, found = selectors.duplicate_page(actor, search=search, number=request.GET.get("page"))
    writable = set(Dossier.objects.writable_by(actor).values_list("pk", flat=True))
    context = {"page": page, "duplicates": found, "search": search, "writable": writable}
    return render(request, "transfers/duplicates.html", context)


@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Let another dossier declare a SIRET."""
    actor = Actor.of(request.user)
    siret, chosen = request.POST.get("siret", ""), request.POST.get("dossier", "")
    dossier = None
    if chosen.isdigit() and len(chosen) <= 18:
        dossier = Dossier.objects.visible_to(actor).filter(pk=int(chosen)).first()
    if dossier is None:
        messages.error(request, "Choisissez d’abord le dossier qui doit déclarer. Rien n’a été modifié.")
        return redirect("transfers:duplicates")
    try:
        declaring.hand_over(actor=actor, siret=siret, dossier=dossier)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"« {dossier.name} » déclare désormais l’employeur {siret}.")
    return redirect("transfers:duplicates")
